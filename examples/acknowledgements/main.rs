//! Answers, both ways: `cargo run -p examples --bin acknowledgements [PORT]`.

use std::{env, error::Error, time::Duration};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Ack, ClientError, Event, Payload, Socket, SocketIo, error::AckError, on};
use tokio::{net::TcpListener, time::sleep};

/// The event says what it is acknowledged with: a handler that returns anything else does not compile.
#[derive(Deserialize, Event)]
#[event("divide", from = client, ack = Quotient)]
struct Divide {
    dividend: u32,
    divisor: u32,
}

#[derive(Serialize, Deserialize, Payload)]
struct Quotient {
    value: u32,
    remainder: u32,
}

/// The returned value is the acknowledgement; an error arrives as `{ error: { code, message } }`.
#[on(Divide)]
fn divide(Divide { dividend, divisor }: Divide) -> Result<Quotient, ClientError> {
    let value = dividend.checked_div(divisor).ok_or_else(|| ClientError::new("zero", "division by zero"))?;
    Ok(Quotient { value, remainder: dividend % divisor })
}

/// An `Ack` answers later. Meanwhile the next events of the socket are handled.
#[on("report")]
fn report(ack: Ack<String>) {
    tokio::spawn(async move {
        sleep(Duration::from_millis(100)).await;
        ack.send(&"the report".to_owned());
    });
}

/// What the server asks, and what the client answers.
#[derive(Serialize, Event)]
#[event("confirm", from = server, ack = bool)]
struct Confirm {
    question: String,
}

/// Asks the client while the client waits for us. That is safe: an acknowledgement does not queue with events.
#[on("delete")]
async fn delete(socket: &Socket, file: String) -> Result<String, ClientError> {
    let question = Confirm { question: format!("Delete {file}?") };
    match socket.emit_with_ack(&question).timeout(Duration::from_secs(5)).await {
        Ok(true) => Ok(format!("{file} is deleted")),
        Ok(false) => Ok(format!("{file} is kept")),
        Err(AckError::Timeout) => Err(ClientError::new("timeout", "you did not answer")),
        Err(error) => Err(ClientError::new("no_answer", error.to_string())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("acknowledgements on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
