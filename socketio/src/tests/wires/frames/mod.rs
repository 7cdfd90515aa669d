//! RFC 6455 against peers that break it, byte by byte: what they receive is read from the wire.

mod ends;
mod form;
mod limits;
mod pieces;
mod text;

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    Bytes, Config, DisconnectReason, Message, Socket, SocketIo, State,
    close::CloseCode,
    error::SocketError,
    on,
    tests::kit::{Log, Wire, assert_nothing_is_left, frame, seconds_since, server},
};

#[on(connect)]
fn connected(State(log): State<Log>) {
    log.add("connect");
}

#[on("message")]
fn echo(socket: &Socket, message: Message, State(log): State<Log>) {
    log.add("message");
    if message.as_text() == Some("leave") {
        socket.close_with(CloseCode::new(4001).expect("allowed"), "enough");
    }
    socket.emit(message);
}

#[on(ping)]
fn pinged(payload: Bytes, State(log): State<Log>) {
    log.add(format!("ping {}", payload.len()));
}

#[on(close)]
fn closing(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("close: {} {reason}", reason.code()));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    // what tungstenite says of a violation is its own business
    let kind =
        if let DisconnectReason::Protocol(_) = reason { "violation".into() } else { reason.to_string() };
    log.add(format!("disconnect: {} {kind}", reason.code()));
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    match error {
        SocketError::Disconnected { reason, dropped } => {
            log.add(format!("error: {}, {dropped} dropped", reason.code()));
        }
        other => log.add(format!("error: {other}")),
    }
}

fn start(config: Config) -> (SocketIo, Log) {
    let (io, log, _) = server(module_path!(), config);
    (io, log)
}

/// What became of a connection.
#[derive(Debug)]
struct Told {
    /// What stood before the close frame.
    frames: Vec<(u8, Vec<u8>)>,
    /// The close frame.
    code: Option<u16>,
    text: String,
    /// The server has waited for the peer to hang up, so that a reset cannot discard the close frame.
    waits: bool,
    /// The server's log after the first message.
    lines: Vec<String>,
}

/// What a peer receives that sends `bytes` after one message and before another.
async fn told(wire: Wire, config: Config, bytes: &[u8]) -> Told {
    let (io, log) = start(config);
    let mut raw = wire.open(&io).await;
    let ok = wire.says("ok");
    raw.send(&[&frame(0x81, &ok), bytes, &frame(0x81, &ok)].concat()).await;
    assert_eq!(raw.frame().await, Some((0x81, ok)));
    let began = Instant::now();
    let mut frames = raw.rest().await;
    let (first, close) = frames.pop().expect("a close frame");
    assert_eq!((first, seconds_since(began)), (0x88, 0), "the end of the stream follows at once: {close:?}");
    // the peer says nothing more, and does not hang up
    let waits = io.hub().connections() > 0;
    while io.hub().connections() > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seconds_since(began), if waits { 5 } else { 0 }, "the close timeout, or no time at all");
    assert_nothing_is_left(&io).await;
    let (code, text) = close.split_at(close.len().min(2));
    let code = <[u8; 2]>::try_from(code).ok().map(u16::from_be_bytes);
    let text = String::from_utf8(text.to_vec()).expect("UTF-8");
    let lines = log.lines();
    assert_eq!(lines[..2], ["connect", "message"]);
    Told { frames, code, text, waits, lines: lines[2..].to_vec() }
}

/// A violation ends the connection with this code: on the wire, in `disconnect` and in `error`. Nothing else is said.
async fn assert_violation(wire: Wire, code: u16, what: &str, bytes: &[u8]) {
    let told = told(wire, Config::new().max_payload(1000), bytes).await;
    assert_eq!((told.code, told.frames.len()), (Some(code), 0), "{wire:?}: {what}: {told:?}");
    assert!(told.waits, "{wire:?}: {what}");
    assert_eq!(told.lines, ends_with(code), "{wire:?}: {what}");
    assert_eq!(told.text.is_empty(), wire == Wire::Packets, "{wire:?}: {what}: {}", told.text);
}

/// The final events of a socket whose peer breaks the protocol.
fn ends_with(code: u16) -> [String; 2] {
    let kind = match code {
        1002 => "violation",
        1007 => "parse error (invalid UTF-8)",
        _ => "forced close (message too long)",
    };
    [format!("disconnect: {code} {kind}"), format!("error: {code}, 0 dropped")]
}
