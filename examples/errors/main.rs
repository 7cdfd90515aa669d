//! What can go wrong, and who hears of it: `cargo run -p examples --bin errors [PORT]`.

use std::{env, error::Error, io};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{
    ClientError, Event, Payload, SocketIo,
    error::{IntoClientError, SocketError},
    extract::Extension,
    on,
};
use tokio::net::TcpListener;

#[derive(Deserialize, Event)]
#[event("buy", from = client, ack = Receipt)]
struct Buy {
    article: String,
    count: u32,
}

#[derive(Serialize, Deserialize, Payload)]
struct Receipt {
    price: u32,
}

/// An error of the program. Nothing of it reaches a client unless this says so.
enum ShopError {
    SoldOut { left: u32 },
    Database(io::Error),
}

impl IntoClientError for ShopError {
    fn into_client_error(self) -> ClientError {
        match self {
            // a code for programs, a message for people
            Self::SoldOut { left } => ClientError::new("sold_out", format!("only {left} left")),
            // the details are ours alone
            Self::Database(error) => {
                eprintln!("database: {error}");
                ClientError::new("internal", "please try again later")
            }
        }
    }
}

/// Not reached with a payload that is not a `Buy`: the client is answered with `bad_payload`.
#[on(Buy)]
fn buy(Buy { article, count }: Buy) -> Result<Receipt, ShopError> {
    match article.as_str() {
        "tea" if count > 3 => Err(ShopError::SoldOut { left: 3 }),
        "milk" => Err(ShopError::Database(io::ErrorKind::ConnectionRefused.into())),
        "cheese" => panic!("a bug, which ends neither the socket nor the server"),
        _ => Ok(Receipt { price: 2 * count }),
    }
}

struct Administrator;

/// An extractor that fails is a guard. Nobody is an administrator here: always answered with `rejected`.
#[on("close the shop")]
fn close(_administrator: Extension<Administrator>) {}

/// One place for everything that went wrong on a socket, whether or not its client asked for an answer.
#[on(error)]
fn failed(error: &SocketError) {
    println!("{error}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // a mistake in the set-up is an error here, with `file:line` of the handler
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("errors on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
