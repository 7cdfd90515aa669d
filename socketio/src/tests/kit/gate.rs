use std::sync::Arc;

use tokio::sync::Semaphore;

/// A gate that handlers wait at, and the test opens.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<Semaphore>, Arc<Semaphore>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)))
    }

    /// In the handler: reports to the test, and waits.
    pub(crate) async fn pass(&self) {
        self.1.add_permits(1);
        self.0.acquire().await.expect("open").forget();
    }

    /// In the test: waits until a handler has come.
    pub(crate) async fn reached(&self) {
        self.1.acquire().await.expect("open").forget();
    }

    /// In the test: lets one handler pass.
    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }

    /// In the test: lets all handlers pass from here on.
    pub(crate) fn open_all(&self) {
        self.0.add_permits(1 << 40);
    }
}
