//! A task that emits on an interval and ends with the server: `cargo run -p examples --bin background_task [PORT]`.

use std::{env, error::Error, time::Duration};

use axum::Router;
use serde::Serialize;
use socketio::{ClientError, Event, Socket, SocketIo, on};
use tokio::{
    net::TcpListener,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

const SYMBOLS: [&str; 2] = ["EUR", "USD"];

#[derive(Serialize, Event)]
#[event("price", from = server)]
struct Price {
    symbol: &'static str,
    cents: u64,
}

/// Each symbol has a room: prices go to those who want them.
#[on("subscribe")]
fn subscribe(socket: &Socket, symbol: String) -> Result<(), ClientError> {
    if !SYMBOLS.contains(&symbol.as_str()) {
        return Err(ClientError::new("unknown_symbol", format!("{symbol} is not traded here")));
    }
    socket.join(symbol);
    Ok(())
}

#[on("unsubscribe")]
fn unsubscribe(socket: &Socket, symbol: String) {
    socket.leave(&symbol);
    println!("one subscriber of {symbol} less");
}

async fn trade(io: SocketIo, stop: CancellationToken) {
    let mut ticks = interval(Duration::from_millis(50));
    // after a pause of the machine: go on, without making up for it
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut cents = 100;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        cents += 1;
        for symbol in SYMBOLS {
            // volatile: a client that reads slowly misses a price instead of falling behind
            io.to(symbol).volatile().emit(&Price { symbol, cents });
        }
    }
    println!("no more prices");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let app = Router::new().merge(io.router()).route_service("/ws", io.websocket());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("background_task on http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let trading = tokio::spawn(trade(io.clone(), stop.clone()));
    let stopped = async move {
        tokio::signal::ctrl_c().await.ok();
        stop.cancel();
        // the task first, so that it emits to nobody who is being disconnected
        trading.await.ok();
        io.close().await;
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(stopped).await?)
}
