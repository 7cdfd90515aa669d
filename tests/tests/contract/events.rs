//! The events of a program.

#![allow(dead_code, unnameable_types, unreachable_pub, reason = "they are there to be described")]

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use socketio::{
    Ack, Bytes, ClientError, Data, Event, Payload,
    emit::{Args, Rest},
    on,
};
use uuid::Uuid;

/// Says something to the room.
#[derive(Deserialize, JsonSchema, Event)]
#[event("chat:send", from = client, ack = Receipt)]
struct Send<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    reply_to: Option<u64>,
}

#[derive(Serialize, Deserialize, JsonSchema, Payload)]
struct Receipt {
    length: usize,
}

#[on(Send)]
fn send(send: Send<'_>) -> Result<Receipt, ClientError> {
    Ok(Receipt { length: send.text.len() })
}

#[derive(Serialize, JsonSchema, Event)]
#[event("chat:message", from = server)]
struct Message<'a> {
    text: &'a str,
    by: &'a [&'a str],
}

/// The tuple itself has no schema: its fields have.
#[derive(Deserialize, Event)]
#[event("search", from = client, ack = Vec<Receipt>)]
struct Search(String, #[serde(default)] Option<u32>, #[serde(default)] bool);

#[on(Search)]
fn search(search: Search, answer: Ack<Vec<Receipt>>) {
    answer.send(&vec![Receipt { length: search.0.len() }]);
}

#[derive(Deserialize, Event)]
#[event("move", from = client)]
struct Move(f64, #[serde(default)] f64);

#[on(Move)]
fn go(_: Move) {}

#[derive(Serialize, Event)]
#[event("moved", from = server)]
struct Moved<'a>(f64, Cow<'a, str>, Option<u8>);

#[derive(Deserialize, Event)]
#[event("ping!", from = client)]
#[deprecated(note = "use `pong!`")]
struct Ping;

#[allow(deprecated)]
#[on(Ping)]
fn ping(_: Ping) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Part {
    offset: u64,
    data: Bytes,
    maybe: Option<Bytes>,
    many: Vec<Bytes>,
}

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event("file:part", ack = Bytes)]
struct FilePart {
    part: Part,
}

#[on(FilePart)]
fn file_part(part: FilePart) -> Bytes {
    part.part.data
}

/// Are you still there?
#[derive(Serialize, Event)]
#[event("question", from = server, ack = Answer)]
struct Question(String);

#[derive(Serialize, Deserialize, JsonSchema, Payload)]
struct Answer {
    #[serde(default)]
    yes: bool,
    because: Option<Box<Answer>>,
}

/// Removes somebody.
#[on("kick", namespace = "/admin")]
fn kick(Data(user): Data<Uuid>, reason: Option<String>) -> Result<bool, ClientError> {
    Ok(user.is_nil() && reason.is_none())
}

#[derive(Serialize, JsonSchema, Event)]
#[event("kicked", from = server, namespace = "/org/{id}")]
enum Kicked {
    User(Uuid),
    All,
}

#[on("leave", namespace = "/org/{id}")]
fn leave() {}

#[on("swap")]
fn swap(Args((number, text)): Args<(i32, String)>) -> Args<(String, i32)> {
    Args((text, number))
}

#[on("log")]
fn log(level: u8, rest: Rest) -> Rest {
    let _ = level;
    rest
}
