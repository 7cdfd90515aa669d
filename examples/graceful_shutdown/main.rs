//! The server ends, and nothing is torn: `cargo run -p examples --bin graceful_shutdown [PORT]`, then Ctrl-C.

use std::{env, error::Error, time::Duration};

use axum::Router;
use socketio::{Config, DisconnectReason, SocketIo, event, on};
use tokio::{net::TcpListener, time::sleep};

/// A handler that runs while the server ends is not cut off: it has `handler_grace` to finish.
#[on("save")]
async fn save() {
    println!("saving");
    sleep(Duration::from_millis(300)).await;
    println!("saved");
}

#[on(disconnect)]
fn gone(reason: DisconnectReason) {
    println!("gone: {reason}");
}

/// Ctrl-C, or what `docker stop` and systemd send.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    tokio::signal::ctrl_c().await.ok();
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // together at most: shorter than the patience of whatever starts and stops the program
    let config = Config::new().shutdown_timeout(Duration::from_secs(8)).handler_grace(Duration::from_secs(5));
    let io = SocketIo::builder().discover().config(config).build()?;
    let app = Router::new().merge(io.router());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("graceful_shutdown on http://{}", listener.local_addr()?);
    let stop = async move {
        signal().await;
        // what was emitted before is still written
        io.emit(event!("restarting"));
        // inside the future that axum waits for: it serves the polling requests that clients need to hear the end
        io.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    println!("ended");
    Ok(())
}
