//! The handlers over real sockets. The plain wire needs no more than a WebSocket library.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use super::{Accepted, app, check};

#[test]
fn a_low_bid_is_refused() {
    assert_eq!(check(9).expect_err("it is too low").code(), "too_low");
    assert_eq!(check(10), Ok(Accepted { amount: 10 }));
}

/// All of it without a client: duplicate handlers, missing state, reserved names.
#[tokio::test]
async fn the_server_can_be_built() {
    let (io, _) = app().expect("no fault");
    assert!(io.table().to_string().contains("bid"), "{}", io.table());
}

#[tokio::test]
async fn a_bid_is_acknowledged_and_the_others_hear_of_it() {
    let address = serve().await;
    let (mut ann, mut bob) = (Client::connect(address).await, Client::connect(address).await);

    ann.send(json!({ "event": "bid", "data": { "amount": 20 }, "id": 1 })).await;
    assert_eq!(ann.receive().await, json!({ "ack": 1, "data": { "amount": 20 } }));
    assert_eq!(bob.receive().await, json!({ "event": "outbid", "data": 20 }));
}

#[tokio::test]
async fn a_low_bid_is_answered_with_an_error() {
    let mut ann = Client::connect(serve().await).await;
    ann.send(json!({ "event": "bid", "data": { "amount": 1 }, "id": 7 })).await;
    let answer = ann.receive().await;
    assert_eq!(answer["error"]["code"], "too_low", "{answer}");
}

/// Port 0 is a free one: tests run side by side.
async fn serve() -> SocketAddr {
    let (_, app) = app().expect("no fault");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    // ends with the test's runtime
    tokio::spawn(axum::serve(listener, app).into_future());
    address
}

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let (socket, _) = client_async(format!("ws://{address}/ws"), stream).await.expect("accepted");
        let mut client = Self(socket);
        // its connect handlers are done: from here on, broadcasts reach it
        client.send(json!({ "event": "is anybody there", "id": 0 })).await;
        assert_eq!(client.receive().await["error"]["code"], "unknown_event");
        client
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("it is open");
    }

    /// The next message. A test that waits for one that never comes should fail: give this a `timeout`.
    async fn receive(&mut self) -> Value {
        let message = self.0.next().await.expect("it is open").expect("no error");
        serde_json::from_str(message.to_text().expect("a text")).expect("JSON")
    }
}
