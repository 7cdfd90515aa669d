//! RFC 6455 against peers that break it, byte by byte: what they are sent really is on the wire.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep, timeout},
};

use super::{Log, assert_nothing_is_left, seconds_since, server};
use crate::{
    Bytes, Config, DisconnectReason, Message, Socket, SocketIo, State,
    close::CloseCode,
    error::SocketError,
    on,
    proto::frame,
    test::{client_frame, packets_pipe, plain_pipe, polling::settle},
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

/// Both wires run over the same frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wire {
    Plain,
    Packets,
}

pub(super) const WIRES: [Wire; 2] = [Wire::Plain, Wire::Packets];

impl Wire {
    /// A connection whose socket is accepted.
    pub(super) async fn open(self, io: &SocketIo) -> Raw {
        match self {
            Self::Plain => Raw::over(plain_pipe(&io.websocket().messages(), "/ws", 64 * 1024)),
            Self::Packets => {
                let mut raw = Raw::over(packets_pipe(io, ""));
                assert!(raw.frame().await.is_some_and(|(_, open)| open.starts_with(b"0{\"sid\":")));
                raw.send(&client_frame(0x1, b"40")).await;
                assert!(raw.frame().await.is_some_and(|(_, reply)| reply.starts_with(b"40{\"sid\":")));
                raw
            }
        }
    }

    /// A text message, as it stands in a frame.
    pub(super) fn says(self, text: impl AsRef<[u8]>) -> Vec<u8> {
        match self {
            Self::Plain => text.as_ref().to_vec(),
            Self::Packets => [b"42[\"message\",\"", text.as_ref(), b"\"]"].concat(),
        }
    }

    /// A binary message, as the frames that carry it.
    fn binary(self, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let binary = (0x82, bytes.to_vec());
        match self {
            Self::Plain => vec![binary],
            Self::Packets => {
                let packet = br#"451-["message",{"_placeholder":true,"num":0}]"#;
                vec![(0x81, packet.to_vec()), binary]
            }
        }
    }
}

/// No client at all: bytes in, frames out.
pub(super) struct Raw {
    pub(super) pipe: DuplexStream,
    read: Vec<u8>,
}

impl Raw {
    pub(super) fn over(pipe: DuplexStream) -> Self {
        Self { pipe, read: vec![] }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.pipe.write_all(bytes).await.expect("the server reads");
    }

    /// The server's next frame: its first byte and its payload. `None`: the end of the stream.
    pub(super) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((_, payload, rest)) = frame::split_first(&self.read) {
                assert_eq!(self.read[1] & 0x80, 0, "servers do not mask");
                let (frame, rest) = ((self.read[0], payload.to_vec()), rest.to_vec());
                self.read = rest;
                return Some(frame);
            }
            let more = timeout(Duration::from_secs(3600), self.pipe.read_buf(&mut self.read)).await;
            if more.expect("within an hour").expect("readable") == 0 {
                assert!(self.read.is_empty(), "half a frame: {:?}", self.read);
                return None;
            }
        }
    }

    /// All frames up to the end of the stream.
    pub(super) async fn rest(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut frames = vec![];
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }
}

/// A client's frame with this first byte: the bits and the opcode.
pub(super) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let mut frame = client_frame(0x0, payload.as_ref());
    frame[0] = first;
    frame
}

pub(super) fn close(code: u16, text: &[u8]) -> Vec<u8> {
    frame(0x88, [&code.to_be_bytes(), text].concat())
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
    /// The server has waited for the peer to hang up, so that a reset cannot lose the close frame.
    waits: bool,
    /// The server's log, after the first message.
    lines: Vec<String>,
}

/// What a peer receives that sends `bytes` after a message and before another one.
async fn told(wire: Wire, config: Config, bytes: &[u8]) -> Told {
    let (io, log) = start(config);
    let mut raw = wire.open(&io).await;
    let ok = wire.says("ok");
    raw.send(&[&frame(0x81, &ok), bytes, &frame(0x81, &ok)].concat()).await;
    assert_eq!(raw.frame().await, Some((0x81, ok)));
    let began = Instant::now();
    let mut frames = raw.rest().await;
    let (first, close) = frames.pop().expect("a close frame");
    assert_eq!(
        (first, seconds_since(began)),
        (0x88, 0),
        "the end of the stream is right behind it: {close:?}"
    );
    // the peer says nothing more, and does not hang up
    let waits = io.hub().connections() > 0;
    while io.hub().connections() > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seconds_since(began), if waits { 5 } else { 0 }, "the close timeout, or none");
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

/// RFC 6455 5.1 and 5.2: every frame is masked, has no reserved bit and a known opcode.
#[tokio::test(start_paused = true)]
async fn frames_of_a_wrong_form_are_violations() {
    for wire in WIRES {
        let text = wire.says("x");
        for first in [0x81, 0x82, 0x88, 0x89, 0x8a, 0x01] {
            let unmasked = [&[first, text.len() as u8], &text[..]].concat();
            assert_violation(wire, 1002, &format!("{first:#x} without a mask"), &unmasked).await;
            for bits in [0x40, 0x20, 0x10, 0x70] {
                let reserved = frame(first | bits, &text);
                assert_violation(wire, 1002, &format!("{first:#x} with {bits:#x}"), &reserved).await;
            }
        }
        for opcode in (0x3..=0x7).chain(0xb..=0xf) {
            for first in [0x80 | opcode, opcode] {
                assert_violation(wire, 1002, &format!("{first:#x}"), &frame(first, &text)).await;
                assert_violation(wire, 1002, &format!("{first:#x}, empty"), &frame(first, b"")).await;
            }
        }
    }
}

/// RFC 6455 5.5: control frames have at most 125 bytes and are not fragmented.
#[tokio::test(start_paused = true)]
async fn control_frames_are_short_and_whole() {
    for wire in WIRES {
        for opcode in [0x8, 0x9, 0xa] {
            for len in [126, 127, 999] {
                let long = frame(0x80 | opcode, vec![b'x'; len]);
                assert_violation(wire, 1002, &format!("{opcode:#x} of {len} bytes"), &long).await;
            }
            let parts = [frame(opcode, b"xy"), frame(0x80, b"z")].concat();
            assert_violation(wire, 1002, &format!("{opcode:#x} in parts"), &parts).await;
        }
    }
}

/// RFC 6455 5.4: a continuation has something to continue, and nothing else may stand between two of them.
#[tokio::test(start_paused = true)]
async fn fragments_have_their_order() {
    for wire in WIRES {
        let text = wire.says("x");
        let begun = frame(0x01, &text[..1]);
        for (what, bytes) in [
            ("the end of nothing", vec![frame(0x80, &text)]),
            ("a part of nothing", vec![frame(0x00, &text)]),
            ("the empty end of nothing", vec![frame(0x80, b"")]),
            ("text within", vec![begun.clone(), frame(0x81, &text)]),
            ("binary within", vec![begun.clone(), frame(0x82, &text)]),
            ("another beginning", vec![begun.clone(), begun.clone()]),
            ("text within binary", vec![frame(0x02, b"x"), frame(0x00, b""), frame(0x81, &text)]),
        ] {
            assert_violation(wire, 1002, what, &bytes.concat()).await;
        }
        let twice_ended = [begun, frame(0x80, &text[1..]), frame(0x80, b"")];
        let told = told(wire, Config::new(), &twice_ended.concat()).await;
        assert_eq!((told.frames, told.code), (vec![(0x81, text)], Some(1002)), "{wire:?}");
        assert_eq!(told.lines[1..], ends_with(1002), "{wire:?}");
    }
}

/// RFC 6455 7.4: codes that may not be sent are violations, as are half a code and a text that is not UTF-8.
#[tokio::test(start_paused = true)]
async fn close_frames_of_a_wrong_form_are_violations() {
    for wire in WIRES {
        for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, u16::MAX] {
            for text in ["", "why"] {
                let told = told(wire, Config::new(), &close(code, text.as_bytes())).await;
                assert_eq!((told.code, told.frames.len()), (Some(1002), 0), "{wire:?}: {code}");
                assert_eq!(told.lines, ends_with(1002), "{wire:?}: {code}");
            }
        }
        assert_violation(wire, 1002, "half a code", &frame(0x88, [3])).await;
        for text in [&b"\xff"[..], b"caf\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
            assert_violation(wire, 1007, &format!("{text:?}"), &close(1000, text)).await;
        }
    }
}

/// RFC 6455 5.5.1: codes that may be sent are echoed. What follows the close frame is not read.
#[tokio::test(start_paused = true)]
async fn close_frames_are_echoed() {
    for wire in WIRES {
        let codes = (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]);
        for code in codes.map(Some).chain([None]) {
            for text in ["", "é", &"x".repeat(123)] {
                let bytes = code.map_or_else(|| frame(0x88, b""), |code| close(code, text.as_bytes()));
                let told = told(wire, Config::new(), &bytes).await;
                assert_eq!((told.code, told.frames.len()), (code, 0), "{wire:?}: {code:?}");
                assert!(!told.waits, "both have said all: the server hangs up, as RFC 6455 7.1.1 asks");
                let reason = match code {
                    None => "transport close".to_owned(),
                    // tungstenite does not know it: its text is lost
                    Some(1014) => "transport close (1014)".to_owned(),
                    Some(code) if text.is_empty() => format!("transport close ({code})"),
                    Some(code) => format!("transport close ({code}: {text})"),
                };
                let number = code.unwrap_or(1005);
                assert_eq!(told.lines[0], format!("disconnect: {number} {reason}"), "{wire:?}");
                let clean = matches!(number, 1000 | 1001 | 1005);
                assert_eq!(told.lines.len(), if clean { 1 } else { 2 }, "{wire:?}: {:?}", told.lines);
            }
        }
    }
}

/// RFC 6455 8.1: a text is UTF-8, however it is cut into frames.
#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf_8_is_refused() {
    let wrong: [(&str, &[u8]); 12] = [
        ("no lead", b"\x80"),
        ("no such byte", b"\xff"),
        ("a lead alone", b"\xc3"),
        ("two of three bytes", b"\xe2\x82"),
        ("three of four bytes", b"\xf0\x9d\x84"),
        ("a lead and ASCII", b"\xe2x"),
        ("overlong /", b"\xc0\xaf"),
        ("overlong / of three", b"\xe0\x80\xaf"),
        ("overlong / of four", b"\xf0\x80\x80\xaf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("above U+10FFFF", b"\xf4\x90\x80\x80"),
    ];
    for wire in WIRES {
        for (what, bytes) in wrong {
            let text = wire.says([b"a\xc3\xa9", bytes].concat());
            assert_violation(wire, 1007, what, &frame(0x81, &text)).await;
            for at in 0..=text.len() {
                let (one, two) = (frame(0x01, &text[..at]), frame(0x80, &text[at..]));
                assert_violation(wire, 1007, &format!("{what}, cut at {at}"), &[one, two].concat()).await;
            }
        }
    }
}

/// RFC 6455 8.1: characters may be cut by frames and by the network.
#[tokio::test(start_paused = true)]
async fn characters_may_be_cut_anywhere() {
    for wire in WIRES {
        let (io, _) = start(Config::new());
        let mut raw = wire.open(&io).await;
        let text = wire.says("aé€𝄞\u{10ffff}\u{fffd}z");
        for at in 0..=text.len() {
            // two fragments, four of which two are empty, and one frame in two reads
            let two = [frame(0x01, &text[..at]), frame(0x80, &text[at..])].concat();
            let four = [(0x01, 0..0), (0x00, 0..at), (0x00, 0..0), (0x80, at..text.len())];
            let four: Vec<u8> =
                four.into_iter().flat_map(|(first, part)| frame(first, &text[part])).collect();
            for (bytes, cut) in [(two, 0), (four, 0), (frame(0x81, &text), 6 + at)] {
                raw.send(&bytes[..cut]).await;
                settle().await;
                raw.send(&bytes[cut..]).await;
                assert_eq!(raw.frame().await, Some((0x81, text.clone())), "{wire:?}: {at}");
            }
        }
        let bytes: Vec<_> = (0..text.len()).flat_map(|at| frame(u8::from(at == 0), &text[at..=at])).collect();
        raw.send(&bytes).await;
        raw.send(&frame(0x80, b"")).await;
        assert_eq!(raw.frame().await, Some((0x81, text)), "{wire:?}: a byte for each fragment");
        assert_nothing_is_left(&io).await;
    }
}

/// A message that will be too long is refused by the header that says so: its payload is not waited for.
#[tokio::test(start_paused = true)]
async fn a_message_is_too_long_before_it_has_come() {
    let begins = |first: u8, len: &[u8]| [&[first], len, &[1, 2, 3, 4]].concat();
    for wire in WIRES {
        let (text, top) = (wire.says("x".repeat(600)), 1_u64 << 63);
        for (what, bytes) in [
            ("1001 bytes", vec![begins(0x81, &[0xfe, 0x03, 0xe9])]),
            ("1001 bytes of binary", vec![begins(0x82, &[0xfe, 0x03, 0xe9])]),
            ("64 bit", vec![begins(0x82, &[&[0xff], &70_000_u64.to_be_bytes()[..]].concat())]),
            ("the top bit", vec![begins(0x82, &[&[0xff], &top.to_be_bytes()[..]].concat())]),
            ("all bits", vec![begins(0x81, &[&[0xff], &u64::MAX.to_be_bytes()[..]].concat())]),
            ("a fragment", vec![begins(0x01, &[0xfe, 0x03, 0xe9])]),
            ("401 bytes behind 600", vec![frame(0x01, &text[..600]), begins(0x80, &[0xfe, 0x01, 0x91])]),
            (
                "401 bytes behind a ping, with more to come",
                vec![frame(0x02, &text[..600]), frame(0x8a, b"x"), begins(0x00, &[0xfe, 0x01, 0x91])],
            ),
        ] {
            let (io, log) = start(Config::new().max_payload(1000));
            let mut raw = wire.open(&io).await;
            let began = Instant::now();
            raw.send(&bytes.concat()).await;
            let frames = raw.rest().await;
            assert_eq!(frames.len(), 1, "{wire:?}: {what}: {frames:?}");
            assert_eq!((frames[0].0, &frames[0].1[..2]), (0x88, &1009_u16.to_be_bytes()[..]), "{what}");
            assert_eq!(began.elapsed(), Duration::ZERO, "{wire:?}: {what}");
            assert_eq!(log.lines()[1..], ends_with(1009), "{wire:?}: {what}");
            drop(raw);
            assert_nothing_is_left(&io).await;
        }
        // and in full, in a hundred pieces, and one that just fits
        assert_violation(wire, 1009, "1001 bytes", &frame(0x81, [b'x'; 1001])).await;
        let pieces: Vec<_> = (0..101).flat_map(|at| frame(u8::from(at == 0), [b'x'; 10])).collect();
        assert_violation(wire, 1009, "a hundred pieces", &pieces).await;
        let fits = wire.says("x".repeat(1000 - wire.says("").len()));
        let bytes =
            [frame(0x01, &fits[..999]), frame(0x89, b"p"), frame(0x80, &fits[999..]), close(1000, b"")];
        let told = told(wire, Config::new().max_payload(1000), &bytes.concat()).await;
        assert_eq!(told.frames, [(0x8a, b"p".to_vec()), (0x81, fits)], "{wire:?}");
    }
}

/// A whole session: text, binary, in parts, empty, pings within and between, and the close.
fn session(wire: Wire) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let long = wire.says("lång ".repeat(60));
    let (mut bytes, mut answers) = (vec![], vec![]);
    for (first, payload) in [(0x81, wire.says("é")), (0x81, wire.says("")), (0x81, long.clone())] {
        bytes.extend(frame(first, &payload));
        answers.push((0x81, payload));
    }
    for binary in [&[0xff, 0x00][..], &[], &[7; 300]] {
        for (first, payload) in wire.binary(binary) {
            bytes.extend(frame(first, &payload));
            answers.push((first, payload));
        }
    }
    for ping in [&b""[..], b"p", &[0xff; 125]] {
        bytes.extend(frame(0x89, ping));
        answers.push((0x8a, ping.to_vec()));
    }
    bytes.extend([frame(0x8a, b"nobody asked"), frame(0x8a, b"")].concat());
    // in parts, with control frames between; the answer to the ping comes first
    for (at, cut) in [0..10, 10..10, 10..11, 11..200, 200..long.len()].into_iter().enumerate() {
        let last = if cut.end == long.len() { 0x80 } else { 0 };
        bytes.extend(frame(last | u8::from(at == 0), &long[cut]));
        if last == 0 {
            bytes.extend([frame(0x89, [at as u8]), frame(0x8a, b"")].concat());
            answers.push((0x8a, vec![at as u8]));
        }
    }
    answers.push((0x81, long));
    if wire == Wire::Plain {
        bytes.extend([frame(0x01, b""), frame(0x00, b""), frame(0x80, b"")].concat());
        bytes.extend([frame(0x02, b""), frame(0x80, b"")].concat());
        answers.extend([(0x81, vec![]), (0x82, vec![])]);
    }
    bytes.extend(close(4321, "fertig".as_bytes()));
    answers.push((0x88, [&4321_u16.to_be_bytes(), &b"fertig"[..]].concat()));
    (bytes, answers)
}

/// How the network cuts a session does not matter, not even into single bytes.
#[tokio::test(start_paused = true)]
async fn a_session_may_come_byte_by_byte() {
    for wire in WIRES {
        let (bytes, answers) = session(wire);
        let mut logs = vec![];
        for piece in [1, 2, 3, 7, 255, 256, 257, bytes.len()] {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            for piece in bytes.chunks(piece) {
                raw.send(piece).await;
                settle().await;
            }
            assert_eq!(raw.rest().await, answers, "{wire:?}: pieces of {piece}");
            drop(raw);
            assert_nothing_is_left(&io).await;
            logs.push(log.lines());
        }
        assert_eq!(logs[0].last().expect("lines"), "error: 4321, 0 dropped");
        assert!(logs.iter().all(|lines| *lines == logs[0]), "{wire:?}: {logs:?}");
    }
}

/// Where a read begins says nothing about where a frame begins: not even if what is read looks like a whole one.
#[tokio::test(start_paused = true)]
async fn a_part_that_looks_like_a_frame_is_a_part() {
    for wire in WIRES {
        let (io, log) = start(Config::new());
        let mut raw = wire.open(&io).await;
        // a payload that is, as it stands in its frame, frames
        let frames = frame(0x82, b"not a message").repeat(4);
        let header = frame(0x82, b"").len();
        let payload = frame(0x82, &frames)[header..].to_vec();
        for cut in header..header + frames.len() {
            let messages = wire.binary(&payload);
            let bytes: Vec<u8> =
                messages.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
            assert!(bytes.ends_with(&frames));
            let (begins, ends) = bytes.split_at(bytes.len() - frames.len() - header + cut);
            raw.send(begins).await;
            settle().await;
            raw.send(ends).await;
            for message in messages {
                assert_eq!(raw.frame().await, Some(message), "{wire:?}: cut at {cut}");
            }
        }
        // between the parts of a message, a whole one is a violation
        raw.send(&frame(0x01, b"4")).await;
        settle().await;
        let received = log.lines().len();
        raw.send(&frame(0x81, wire.says("x"))).await;
        assert!(
            matches!(&raw.rest().await[..], [(0x88, close)] if close.starts_with(&1002_u16.to_be_bytes()))
        );
        assert_eq!(log.lines()[received..], ends_with(1002));
        drop(raw);
        assert_nothing_is_left(&io).await;
    }
}

/// As many frames as one write can hold: each is answered, in order, whatever a turn's share is.
#[tokio::test(start_paused = true)]
async fn a_write_may_hold_many_frames() {
    for (wire, share) in [(Wire::Plain, 1), (Wire::Plain, 64), (Wire::Packets, 1), (Wire::Packets, 64)] {
        let (io, log) = start(Config::new().frames_per_turn(share));
        let mut raw = wire.open(&io).await;
        let texts: Vec<_> = (0..1500).map(|n| wire.says(n.to_string())).collect();
        let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(0x81, text)).collect();
        assert!(bytes.len() < 64 * 1024, "one write");
        raw.send(&bytes).await;
        for text in texts {
            assert_eq!(raw.frame().await, Some((0x81, text)), "{wire:?}: {share}");
        }
        assert_eq!(log.lines().len(), 1501);
        assert_nothing_is_left(&io).await;
    }
}

/// A peer that is gone without a word: it is asked, has its time, and nothing is said to it any more.
#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_more_is_given_up() {
    for wire in WIRES {
        let (io, log) = start(
            Config::new()
                .ping_interval(Duration::from_secs(10))
                .ping_timeout(Duration::from_secs(5))
                .message_timeout(Duration::from_secs(60)),
        );
        let mut raw = wire.open(&io).await;
        let began = Instant::now();
        // half of a frame is not a sign of life
        raw.send(&frame(0x81, wire.says("half"))[..5]).await;
        let ping = if wire == Wire::Plain { (0x89, vec![]) } else { (0x81, b"2".to_vec()) };
        assert_eq!(raw.rest().await, [ping], "{wire:?}");
        assert_eq!(seconds_since(began), 15, "{wire:?}");
        assert_eq!(log.lines()[1..], ["disconnect: 1006 ping timeout", "error: 1006, 0 dropped"], "{wire:?}");
        assert_nothing_is_left(&io).await;
        assert_eq!(seconds_since(began), 15, "nothing is waited for: {wire:?}");
    }
}

/// A message that does not come to its end has its time, and its peer learns so.
#[tokio::test(start_paused = true)]
async fn half_a_message_has_its_time() {
    for wire in WIRES {
        let text = wire.says("never complete");
        for half in [frame(0x81, &text)[..1].to_vec(), frame(0x81, &text)[..9].to_vec(), frame(0x01, &text)] {
            let (io, log) = start(Config::new().message_timeout(Duration::from_secs(4)));
            let mut raw = wire.open(&io).await;
            let began = Instant::now();
            raw.send(&half).await;
            let frames = raw.rest().await;
            assert_eq!(
                (frames.len(), frames[0].0, &frames[0].1[..2]),
                (1, 0x88, &[0x03, 0xf0][..]),
                "{wire:?}"
            );
            assert_eq!(seconds_since(began), 4, "{wire:?}");
            assert_eq!(log.lines()[2], "error: 1008, 0 dropped", "{wire:?}");
            drop(raw);
            assert_nothing_is_left(&io).await;
        }
    }
}

/// A stream that ends without a close frame, wherever that is: no handshake, one `disconnect`, one `error`.
#[tokio::test(start_paused = true)]
async fn a_stream_may_end_anywhere() {
    for wire in WIRES {
        let (bytes, _) = session(wire);
        for end in (0..bytes.len() - 1).step_by(11).chain([bytes.len() - 1]) {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            raw.send(&bytes[..end]).await;
            raw.pipe.shutdown().await.expect("open");
            assert!(raw.rest().await.iter().all(|(first, _)| *first != 0x88), "{wire:?}: {end}");
            assert_nothing_is_left(&io).await;
            let lines = log.lines();
            let (events, last) = lines.split_at(lines.len() - 2);
            assert_eq!(last, ["disconnect: 1006 transport close", "error: 1006, 0 dropped"], "{end}");
            assert!(
                events[1..].iter().all(|line| line == "message" || line.starts_with("ping ")),
                "{lines:?}"
            );
        }
    }
}

/// How a peer takes the server's close frame.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Peer {
    /// It answers, in its own words.
    Answers,
    /// It has messages on the way, and answers then.
    Talks,
    /// It breaks the protocol instead.
    Raves,
    /// It hangs up.
    HangsUp,
    /// It says nothing.
    Keeps,
}

/// RFC 6455 7.1.1: the server's own close waits for the peer's answer, for its time and not forever.
#[tokio::test(start_paused = true)]
async fn the_servers_close_waits_for_the_answer() {
    for wire in WIRES {
        for peer in [Peer::Answers, Peer::Talks, Peer::Raves, Peer::HangsUp, Peer::Keeps] {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            raw.send(&frame(0x81, wire.says("leave"))).await;
            // Socket.IO leaves its namespaces first
            if wire == Wire::Packets {
                assert_eq!(raw.frame().await, Some((0x81, b"41".to_vec())));
            }
            let goodbye = (0x88, [&4001_u16.to_be_bytes(), &b"enough"[..]].concat());
            assert_eq!(raw.frame().await, Some(goodbye), "{wire:?}");
            settle().await;
            assert_eq!(io.hub().connections(), 1, "the answer is waited for: {wire:?}");
            let began = Instant::now();
            let late = frame(0x81, wire.says("late"));
            match peer {
                Peer::Answers => raw.send(&close(1000, b"")).await,
                Peer::Talks => {
                    raw.send(&[&late[..], &frame(0x89, b"p"), &late, &close(4001, b"")].concat()).await;
                }
                Peer::Raves => raw.send(&[&late[..], &frame(0x83, b"")].concat()).await,
                Peer::HangsUp => raw.pipe.shutdown().await.expect("open"),
                Peer::Keeps => {}
            }
            assert_eq!(raw.rest().await, [], "{wire:?}: {peer:?}");
            assert_eq!(seconds_since(began), if peer == Peer::Keeps { 5 } else { 0 }, "{wire:?}: {peer:?}");
            drop(raw);
            assert_nothing_is_left(&io).await;
            let reason = "4001 forced server close";
            assert_eq!(
                log.lines()[1..],
                ["message".to_owned(), format!("close: {reason}"), format!("disconnect: {reason}")],
                "{wire:?}: {peer:?}"
            );
        }
    }
}
