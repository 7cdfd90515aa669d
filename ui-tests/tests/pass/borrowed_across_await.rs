//! A payload that borrows from the frame may be held while the handler waits.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, Socket, extract::EventName, on};

#[derive(Serialize, Deserialize, Payload)]
struct Line<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Event)]
#[event("doc:edit", from = client)]
struct Edit<'a, 'b> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    lines: Vec<Line<'b>>,
}

#[on(Edit)]
async fn edit(socket: &Socket, EventName(name): EventName<'_>, edit: Edit<'_, '_>, note: Option<Cow<'_, str>>) {
    std::future::ready(()).await;
    let _ = (socket.id(), name, edit.title, edit.lines.first().map(|line| &line.text), note);
}

#[on("raw")]
async fn raw<'a>(text: Cow<'a, str>) -> Cow<'a, str> {
    std::future::ready(()).await;
    text
}

fn main() {}
