//! An event needs only the half of serde that its direction asks for.

use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, Socket, on};

#[derive(Deserialize, Event)]
#[event("chat:say", from = client)]
struct Say {
    text: String,
}

#[derive(Deserialize, Event)]
#[event("move", from = client)]
struct Move(i64, i64);

#[derive(Serialize, Event)]
#[event("chat:said", from = server)]
struct Said<'a> {
    bytes: &'a [u8],
}

/// What the server sends is not deserialized, nor are its fields.
#[derive(Serialize)]
struct Point(i64, i64);

#[derive(Serialize, Event)]
#[event("moved", from = server)]
struct Moved<'a>(Point, &'a [u8]);

#[derive(Deserialize, Payload)]
struct Note {
    text: String,
}

#[derive(Serialize, Payload)]
struct Stored {
    length: usize,
}

#[on(Say)]
fn say(socket: &Socket, say: Say) {
    socket.emit(&Said { bytes: say.text.as_bytes() });
}

#[on(Move)]
fn moved(socket: &Socket, Move(x, y): Move) {
    socket.emit(&Moved(Point(x, y), b"ok"));
}

#[on("note")]
fn note(note: Note) -> Stored {
    Stored { length: note.text.len() }
}

fn main() {}
