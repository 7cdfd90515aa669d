//! A payload that borrows from the frame does not outlive its handler.

use std::borrow::Cow;

use serde::Deserialize;
use socketio::{Payload, on};

#[derive(Deserialize, Payload)]
struct Said<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[on("say")]
async fn say(said: Said<'_>) {
    std::thread::spawn(move || println!("{}", said.text));
}

fn main() {}
