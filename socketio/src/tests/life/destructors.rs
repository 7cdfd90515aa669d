//! Guarantee 6 where nobody would look: destructors of what a program gives to the framework, and values that it throws. Two of
//! them in one socket would end the process with every connection, if one was let out.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use crate::{
    Config, Socket, State, on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, builder, settled},
};

/// Its destructor panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

fn extension(socket: &Socket) {
    socket.extensions().insert(Bomb);
}

fn attribute(socket: &Socket) {
    socket.set_attribute("bomb", Arc::new(Bomb));
}

fn listener(socket: &Socket) {
    let (one, other) = (Bomb, Bomb);
    let hears = move |_: &crate::handler::IncomingEvent| {
        let _ = &one;
    };
    socket.on("never", hears).expect("a name");
    let hears = move |_| {
        let _ = &other;
        async {}
    };
    socket.on_async("never", hears).expect("a name");
}

#[on("keep")]
async fn keep(socket: Socket, what: String, State(log): State<Log>, State(gate): State<Gate>) {
    let all = what == "all";
    if all || what == "an extension" {
        extension(&socket);
    }
    if all || what == "an attribute" {
        attribute(&socket);
    }
    if all || what == "a listener" {
        listener(&socket);
    }
    log.add("kept");
    if all || what == "a future" {
        let _bomb = Bomb;
        gate.pass().await;
    }
}

#[on("throw")]
fn throw() {
    std::panic::panic_any(Bomb);
}

#[on("throw_later")]
async fn throw_later() {
    std::panic::panic_any(Bomb);
}

#[on("value")]
fn value() -> u32 {
    1
}

/// The state of a server is dropped with it.
#[derive(Clone)]
struct Explosive(#[expect(dead_code, reason = "it is dropped")] Arc<Bomb>);

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_destructor_ends_no_other_connection() {
    let (builder, log, _gate) = builder(module_path!());
    let io = builder
        .state(Explosive(Arc::new(Bomb)))
        .config(settled(Config::new().handler_grace(Duration::from_secs(1))))
        .build();
    let io = io.unwrap_or_else(|error| panic!("{error}"));
    let mut neighbour = TestClient::plain(&io.websocket()).await;
    let places = ["an extension", "an attribute", "a listener", "a future", "all"];
    for (at, what) in places.into_iter().enumerate() {
        let mut client = TestClient::plain(&io.websocket()).await;
        client.emit("keep", json!(what)).await;
        log.wait_for(at + 1).await;
        client.cut();
        // its grace is over as well
        sleep(Duration::from_secs(3)).await;
        assert_eq!(io.hub().connections(), 1, "{what}");
        assert_eq!(neighbour.ask("value", json!(null)).await["data"], 1, "{what}");
    }
    // a handler that runs when the server closes
    let mut client = TestClient::plain(&io.websocket()).await;
    client.emit("keep", json!("all")).await;
    log.wait_for(places.len() + 1).await;
    assert_nothing_is_left(&io).await;
    drop((client, neighbour, io));
}

#[tokio::test(start_paused = true)]
async fn a_thrown_value_whose_destructor_panics_is_a_panic_of_its_handler() {
    let (builder, _, _) = builder(module_path!());
    let io = builder.state(Explosive(Arc::new(Bomb))).build().unwrap_or_else(|error| panic!("{error}"));
    let mut client = TestClient::plain(&io.websocket()).await;
    for event in ["throw", "throw_later"] {
        assert_eq!(client.ask(event, json!(null)).await["error"]["code"], "panicked");
    }
    assert_eq!(client.ask("value", json!(null)).await["data"], 1, "the connection goes on");
    drop(client);
    assert_nothing_is_left(&io).await;
}
