//! What is wrong with the fields of a form: `cargo run -p examples --bin validation [PORT]`; its tests:
//! `cargo test -p examples --bin validation`.

use std::{env, error::Error};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, SocketIo, error::FieldErrors, on};
use tokio::net::TcpListener;

/// With a function of the program's; `validate` alone asks the crate garde, with the feature of that name.
#[derive(Serialize, Deserialize, Event)]
#[event("order", from = client, validate = check_order, ack = Receipt)]
struct Order {
    name: String,
    items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    count: u32,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Receipt {
    count: u32,
}

fn check_order(order: &Order) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    if order.name.trim().is_empty() {
        errors.add("name", "who orders?");
    }
    if order.items.is_empty() {
        errors.add("items", "order something");
    }
    for (place, item) in order.items.iter().enumerate() {
        if item.count > 10 {
            errors.add(format!("items[{place}].count"), "at most 10");
        }
    }
    errors.into_result()
}

/// It gets valid orders only.
#[on(Order)]
fn order(order: Order) -> Receipt {
    Receipt { count: order.items.iter().map(|item| item.count).sum() }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("validation on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use socketio::test::TestServer;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_form_learns_which_fields_are_wrong() {
        let server = TestServer::new(SocketIo::builder().discover().build().expect("no fault"));
        let mut ann = server.connect().await.expect("accepted");
        let order = |name: &str, counts: &[u32]| Order {
            name: name.to_owned(),
            items: counts.iter().map(|&count| Item { count }).collect(),
        };
        assert_eq!(ann.ask(&order("Ann", &[1, 2])).await, Ok(Receipt { count: 3 }));
        let error = ann.ask(&order(" ", &[1, 11])).await.expect_err("invalid");
        assert_eq!(
            serde_json::to_value(&error).expect("JSON"),
            json!({
                "code": "invalid",
                "message": "name: who orders? (and 1 more)",
                "data": { "fields": { "name": ["who orders?"], "items[1].count": ["at most 10"] } },
            })
        );
    }
}
