//! permessage-deflate: RFC 7692.

mod emitting;
mod offsets;
mod reading;

use crate::{
    Bytes, Config, DisconnectReason, Event, Message, Socket, SocketIo, State,
    config::Deflate,
    event, on,
    tests::kit::{Gate, Log, Raw, inflated, server},
};

#[on("message")]
fn echo(socket: &Socket, message: Message, State(log): State<Log>) {
    log.add("message");
    socket.emit(message);
}

#[on("quiet")]
fn quiet(_text: String, State(log): State<Log>) {
    log.add("quiet");
}

#[on("echo")]
fn echo_event(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("answer")]
fn answer(text: String) -> String {
    text
}

#[on("attached")]
fn attached(socket: &Socket, text: String, bytes: Bytes) {
    socket.emit(event!("attached", text, bytes));
}

#[derive(serde::Serialize, Event)]
#[event("secret", from = server, compress = false)]
struct Secret(String);

#[on("flags")]
fn flags(socket: &Socket, text: String) {
    let event = || event!("flags", &text);
    socket.emit(event());
    socket.compress(false).emit(event());
    socket.compress(true).emit(event());
    socket.volatile().compress(false).emit(event());
    socket.compress(false).volatile().emit(event());
    socket.everyone().emit(event());
    socket.everyone().compress(false).emit(event());
    socket.emit(&Secret(text.clone()));
    socket.everyone().emit(&Secret(text));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{}: {reason}", reason.code()));
}

/// What browsers and `ws` offer.
const OFFER: &str = "permessage-deflate; client_max_window_bits";

const TEXT: u8 = 0x81;
const PACKED_TEXT: u8 = 0xc1;

fn start(deflate: Deflate) -> (SocketIo, Log, Gate) {
    start_with(Config::new(), deflate)
}

fn start_with(config: Config, deflate: Deflate) -> (SocketIo, Log, Gate) {
    server(module_path!(), config.deflate(deflate))
}

/// The next frame is a compressed text: what it says.
async fn packed(raw: &mut Raw) -> String {
    let (first, payload) = raw.frame().await.expect("a frame");
    assert_eq!(first, PACKED_TEXT, "{}", String::from_utf8_lossy(&payload));
    String::from_utf8(inflated(&payload, 15)).expect("text")
}

/// The next frame is a plain text.
async fn plain(raw: &mut Raw) -> String {
    let (first, payload) = raw.frame().await.expect("a frame");
    assert_eq!(first, TEXT, "{payload:?}");
    String::from_utf8(payload).expect("text")
}

/// JSON of about this length, in which little repeats itself word for word.
fn words(len: usize) -> String {
    let mut text = String::new();
    let mut seed = 1_u32;
    while text.len() < len {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(["id", "name", "user", "value", "room", "time"][(seed >> 28) as usize % 6]);
        text.push_str(&(seed >> 20).to_string());
        text.push(' ');
    }
    text.truncate(len);
    text
}
