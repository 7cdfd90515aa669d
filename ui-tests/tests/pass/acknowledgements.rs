//! The ways to answer.

use serde::{Deserialize, Serialize};
use socketio::{Ack, ClientError, Event, Payload, Socket, error::IntoClientError, on};

#[derive(Serialize, Deserialize, Payload)]
struct Receipt {
    id: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("order", ack = Receipt)]
struct Order {
    item: String,
}

enum ShopError {
    SoldOut,
}

impl IntoClientError for ShopError {
    fn into_client_error(self) -> ClientError {
        match self {
            Self::SoldOut => ClientError::new("sold_out", "nothing left"),
        }
    }
}

#[on(Order, namespace = "/value")]
fn value(_: Order) -> Receipt {
    Receipt { id: 1 }
}

#[on(Order, namespace = "/result")]
async fn result(order: Order) -> Result<Receipt, ShopError> {
    if order.item.is_empty() { Err(ShopError::SoldOut) } else { Ok(Receipt { id: 1 }) }
}

#[on(Order, namespace = "/later")]
async fn later(_: Order, ack: Ack<Receipt>) -> Result<(), ShopError> {
    tokio::spawn(async move { ack.send(&Receipt { id: 1 }) });
    Ok(())
}

#[on("order", namespace = "/named")]
fn named(_: Order) -> Receipt {
    Receipt { id: 1 }
}

#[on("sum")]
fn sum(a: i64, b: i64) -> Result<(i64, bool), ClientError> {
    Ok((a + b, true))
}

#[on("forward")]
async fn forward(socket: &Socket) -> Result<u64, ClientError> {
    let asked = socket.emit_with_ack(&Order { item: "tea".to_owned() });
    let receipt = asked.await.map_err(|_| ClientError::new("no_answer", "nobody answered"))?;
    Ok(receipt.id)
}

fn main() {}
