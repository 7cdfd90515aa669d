//! An application, served in this process.

use std::net::SocketAddr;

use axum::{Router, serve::Listener};
use socketio::SocketIo;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::soon;

/// An application that is served on a port of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Serves an application on a free port of 127.0.0.1, with `ConnectInfo<SocketAddr>`.
///
/// # Panics
/// If no port is free.
pub async fn serve(io: &SocketIo, app: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let (stop, stopped) = stop(io);
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped);
    Server { address, stop: Some(stop), task: tokio::spawn(served.into_future()) }
}

/// What ends a server, and the future that axum waits for.
fn stop(io: &SocketIo) -> (oneshot::Sender<()>, impl Future<Output = ()> + Send + 'static) {
    let (stop, stopped) = oneshot::channel();
    let io = io.clone();
    let stopped = async move {
        // a dropped server stops as well
        let _ = stopped.await;
        io.close().await;
    };
    (stop, stopped)
}

impl Server {
    /// Serves an application on a listener of any kind.
    ///
    /// # Panics
    /// If the listener has no address.
    pub fn on(io: &SocketIo, app: Router, listener: impl Listener<Addr = SocketAddr>) -> Self {
        let address = listener.local_addr().expect("it listens");
        let (stop, stopped) = stop(io);
        let served = axum::serve(listener, app).with_graceful_shutdown(stopped);
        Self { address, stop: Some(stop), task: tokio::spawn(served.into_future()) }
    }

    /// Shuts down as programs do: `io.close()` inside axum's graceful shutdown.
    ///
    /// # Panics
    /// If that does not end soon.
    pub async fn shut_down(mut self) {
        drop(self.stop.take());
        let served = soon("the end of the server", &mut self.task).await;
        served.expect("no panic").expect("no error");
    }
}
