//! The public types are all the same driver.

/// A type around a driver is a driver.
macro_rules! delegate {
    ($name:ident) => {
        impl socketio::cluster::Cluster for $name {
            fn start(&self, node: socketio::cluster::Node) {
                self.0.start(node);
            }

            fn publish(
                &self,
                operation: &socketio::cluster::Operation<'_>,
            ) -> Result<(), socketio::cluster::Full> {
                self.0.publish(operation)
            }

            fn ask(
                &self,
                question: &socketio::cluster::Question<'_>,
            ) -> Result<(), socketio::cluster::NotConnected> {
                self.0.ask(question)
            }

            fn recount(&self, id: socketio::cluster::QuestionId, namespace: &str) {
                self.0.recount(id, namespace);
            }

            fn enter(&self, namespace: &str) {
                self.0.enter(namespace);
            }

            fn leave(&self, namespace: &str) {
                self.0.leave(namespace);
            }

            fn follows_rooms(&self) -> bool {
                self.0.follows_rooms()
            }

            fn room(&self, namespace: &str, room: &str, lives: bool) {
                self.0.room(namespace, room, lives);
            }

            fn history(&self) -> Option<&dyn socketio::cluster::History> {
                self.0.history()
            }

            fn close(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
                self.0.close()
            }
        }
    };
}
