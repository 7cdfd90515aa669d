//! A handler may be called like anything that is not a function: the function is all that has its name.
#![deny(warnings)]

use std::str;

use serde::{Deserialize, Serialize};
use socketio::{Event, SocketIo, handlers, on};
use tokio::time;

mod chat {
    pub const LIMIT: usize = 3;
}

mod globbed {
    pub mod clock {}
    pub fn shout() {}
}
#[allow(unused_imports)]
use globbed::*;

#[derive(Serialize, Deserialize, Event)]
#[event("probed")]
struct Probe {
    text: String,
}

// a module
#[on("chat")]
fn chat(text: String) {
    let _ = &text.as_str()[..chat::LIMIT];
}

// imports
#[on("time")]
async fn time() {
    time::sleep(time::Duration::ZERO).await;
}

#[on("clock")]
fn clock() {}

#[on("shout")]
fn shout() {}

// a crate, and this one
#[on("serde")]
fn serde() {}

#[on("socketio")]
fn socketio() {}

// primitive types
#[on("str")]
fn str(text: &socketio::Socket) {
    let _ = (text, str::from_utf8(&[]));
}

#[on("u32")]
fn u32(number: u32) -> u32 {
    number
}

#[on("bool")]
fn bool(_: bool) {}

#[on("usize")]
fn usize() {}

// types and macros
#[allow(non_snake_case)]
#[on("String")]
fn String(_: String) {}

#[on("vec")]
fn vec(list: Vec<u8>) {
    let _ = (list, vec![1]);
}

// a keyword
#[on("match")]
fn r#match() {}

// a type that our own code knows another one of
#[on(Probe)]
fn probe(probe: Probe) {
    let _ = probe.text;
}

mod inner {
    pub mod kick {}

    #[socketio::on("kick", manual)]
    pub fn kick() {}
}

fn main() {
    mod local {}

    #[on("local")]
    fn local() {}

    let io = SocketIo::builder().discover().build().expect("no faults");
    assert_eq!(io.table().to_string().lines().count(), 15 + 1);
    let handlers = handlers![chat, time, clock, self::str, u32, vec, r#match, inner::kick, local];
    assert_eq!(handlers.len(), 9);
}
