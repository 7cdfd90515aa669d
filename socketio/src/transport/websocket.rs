//! A WebSocket: tungstenite reads untrusted frames from memory, but for the usual ones, and we read and write the stream.
//!
//! Reading goes through a buffer of the thread, so that an idle connection keeps 256 bytes; writing takes
//! finished frames from the outbox. tungstenite's own frames (pong, close) go through the outbox as well, so
//! that there is one order.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    error::ProtocolError,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

use super::{Read, Received, Sink};
use crate::{
    close::{CloseCode, DisconnectReason},
    config::Config,
    connection::{Frame, Out, Stream, Taken, buffers},
    proto::{
        engine::payload::append_as_text,
        frame::{self, FrameTracker, Whole},
    },
};

/// One WebSocket connection.
pub(crate) struct WebSocket {
    stream: Stream,
    context: WebSocketContext,
    /// `context` may hold whole frames, or the beginning of one, or of a message.
    is_inside: bool,
    tracker: FrameTracker,
    /// Read from the stream, and not given to `context` yet because reading is paused.
    held: Vec<u8>,
    /// Reading was paused: `held` and `context` may hold whole frames.
    behind: bool,
    /// A large message has made `context` large.
    large: bool,
    writing: Writing,
    /// The outbox believes that the socket does not take more.
    blocked: bool,
    closing: Closing,
    /// What was read is no WebSocket's, or the stream has ended.
    broken: bool,
    max_payload: usize,
    /// The client takes text only.
    base64: bool,
}

/// What was taken from the outbox and is being written: `own[at..]`, then `single`, then `more`.
#[derive(Default)]
struct Writing {
    own: Vec<u8>,
    at: usize,
    /// Invariant: `more` is empty while this is `None`.
    single: Option<Bytes>,
    #[expect(clippy::box_collection, reason = "there is hardly ever one: 24 bytes of every connection")]
    more: Option<Box<VecDeque<Bytes>>>,
    /// Messages in all of it.
    messages: u32,
    /// The stream may keep something that was written to it.
    unflushed: bool,
}

/// How a turn of writing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// The peer does not take more at the moment.
    pub(crate) blocked: bool,
    /// It took something.
    pub(crate) progress: bool,
}

/// How far the closing handshake has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// Our close frame is on the way: wait for the peer's.
    Handshake,
    /// All has been said by us: write the rest and end our direction.
    Said,
    /// All has been said by both: write the rest, and be gone.
    Both,
    /// Our direction has ended: wait for the peer to end its own, so that nothing we wrote is lost by a reset.
    Ended,
}

impl WebSocket {
    /// `early`: what the peer sent behind its request.
    pub(crate) fn new(stream: Stream, early: Vec<u8>, config: &Config) -> Self {
        Self {
            stream,
            context: context(config.max_payload),
            is_inside: false,
            tracker: FrameTracker::default(),
            behind: !early.is_empty(),
            held: early,
            large: false,
            writing: Writing::default(),
            blocked: false,
            closing: Closing::No,
            broken: false,
            max_payload: config.max_payload,
            base64: false,
        }
    }

    /// The client may take text only: then binary packets go out as base64.
    pub(crate) fn text_only(self, base64: bool) -> Self {
        Self { base64, ..self }
    }

    /// Was what was read no WebSocket's? What is wrong above that, in packets, is none of this.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Is part of a message read, and the rest outstanding?
    pub(crate) fn is_inside_message(&self) -> bool {
        !self.tracker.is_between_messages()
    }

    /// Reads frames and hands them to the desk, up to `budget` of them.
    pub(crate) fn read(
        &mut self,
        cx: &mut Context<'_>,
        out: Out<'_>,
        sink: &mut impl Sink,
        budget: &mut usize,
    ) -> Read {
        if self.behind {
            let held = std::mem::take(&mut self.held);
            match self.feed(cx, out, &held, false, sink, budget) {
                Read::Idle => {}
                other => return other,
            }
        }
        for _ in 0..READS_PER_TURN {
            let mut scratch = buffers::take_scratch();
            let mut buffer = ReadBuf::new(&mut scratch);
            // `poll_read`, not `try_read`: after a read that did not fill the buffer it knows that the socket is
            // empty, and saves the system call that would say so
            let read = match self.stream.poll_read(cx, &mut buffer) {
                Poll::Pending => None,
                Poll::Ready(Ok(())) => {
                    let bytes = buffer.filled();
                    Some(self.feed(cx, out, bytes, bytes.is_empty(), sink, budget))
                }
                Poll::Ready(Err(error)) => Some(Read::Ended(DisconnectReason::TransportError(error.kind()))),
            };
            buffers::give_scratch(scratch);
            match read {
                None => return Read::Idle,
                Some(Read::Idle) => {}
                Some(other) => return other,
            }
        }
        Read::Yield
    }

    fn feed(
        &mut self,
        cx: &mut Context<'_>,
        out: Out<'_>,
        bytes: &[u8],
        eof: bool,
        sink: &mut impl Sink,
        budget: &mut usize,
    ) -> Read {
        let mut feed = Feed { bytes, eof, tracker: &mut self.tracker, out };
        let paused = loop {
            if *budget == 0 {
                break Read::Yield;
            }
            if !sink.has_room() {
                break Read::Full;
            }
            let whole = if self.is_inside { None } else { read_whole(&mut feed.bytes, self.max_payload) };
            if let Some(received) = whole {
                *budget -= 1;
                if let Err(reason) = sink.receive(cx, received) {
                    return Read::Ended(reason);
                }
                continue;
            }
            if !self.is_inside && feed.bytes.is_empty() && !eof {
                self.behind = false;
                return Read::Idle;
            }
            self.is_inside = true;
            let received = match self.context.read(&mut feed) {
                Ok(Message::Text(text)) => {
                    self.large |= text.len() > LARGE;
                    Received::Text(text)
                }
                Ok(Message::Binary(bytes)) => {
                    self.large |= bytes.len() > LARGE;
                    Received::Binary(bytes)
                }
                Ok(Message::Ping(payload)) => {
                    // the answer is tungstenite's, and it is made by the next call: not after a pause of ours
                    let _ = self.context.flush(&mut feed);
                    Received::Ping(payload)
                }
                Ok(Message::Pong(_)) => Received::Pong,
                Ok(Message::Close(frame)) => {
                    self.closing = Closing::Both;
                    let said = feed.tracker.close_code();
                    if frame.as_ref().is_none_or(|frame| u16::from(frame.code) == said) {
                        let _ = self.context.flush(&mut feed);
                        return Read::Ended(client_close(frame));
                    }
                    // tungstenite has made a violation of a code that it does not know
                    if let Some(code) = CloseCode::new(said) {
                        out.outbox.push_last(Frame::Own(&frame::close(code.get())));
                        return Read::Ended(client_close(Some(CloseFrame {
                            code: said.into(),
                            reason: Utf8Bytes::default(),
                        })));
                    }
                    let _ = self.context.flush(&mut feed);
                    self.closing = Closing::Said;
                    return Read::Ended(DisconnectReason::protocol(format_args!("close code {said}")));
                }
                // only made by those who ask for raw frames
                Ok(Message::Frame(_)) => continue,
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    // tungstenite looks at frames, and at the fragments of a message, when they are complete
                    if feed.tracker.message_len() > self.max_payload as u64 {
                        return Read::Ended(DisconnectReason::TooLong);
                    }
                    if !feed.tracker.may_be_utf8(bytes) {
                        return Read::Ended(DisconnectReason::InvalidUtf8);
                    }
                    self.behind = false;
                    self.is_inside = !feed.tracker.is_between_messages();
                    self.shed();
                    return Read::Idle;
                }
                Err(error) => {
                    self.broken = true;
                    return Read::Ended(reason_of(&error));
                }
            };
            *budget -= 1;
            if received.len() > self.max_payload {
                return Read::Ended(DisconnectReason::TooLong);
            }
            if let Err(reason) = sink.receive(cx, received) {
                return Read::Ended(reason);
            }
        };
        self.behind = true;
        self.held = feed.bytes.to_vec();
        paused
    }

    /// Gives the read buffer back after a large message: tungstenite would keep it for ever.
    fn shed(&mut self) {
        if self.large && self.tracker.is_between_messages() && self.context.can_write() {
            self.context = context(self.max_payload);
            self.large = false;
        }
    }

    /// Writes what waits. When all is written, the outbox is armed to wake the owner.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> io::Result<Written> {
        let Out { outbox, limits } = out;
        let (mut bytes, mut progress) = (0, false);
        loop {
            let pending = self.write_taken(cx, &mut bytes)?.is_pending();
            progress |= bytes > 0;
            if pending {
                outbox.set_blocked(true, 0, bytes, limits);
                self.blocked = true;
                return Ok(Written { blocked: true, progress });
            }
            let messages = std::mem::take(&mut self.writing.messages);
            match outbox.take(messages, std::mem::take(&mut bytes)) {
                Some(taken) if self.base64 => self.writing.load(as_text(&taken)),
                Some(taken) => self.writing.load(taken),
                None => break,
            }
        }
        if std::mem::take(&mut self.blocked) {
            outbox.set_blocked(false, 0, 0, limits);
        }
        if self.writing.unflushed && self.stream.poll_flush(cx)?.is_ready() {
            self.writing.unflushed = false;
        }
        Ok(Written { blocked: false, progress })
    }

    fn write_taken(&mut self, cx: &mut Context<'_>, bytes: &mut usize) -> io::Result<Poll<()>> {
        let writing = &mut self.writing;
        let mut write = |rest: &[u8]| -> io::Result<Option<usize>> {
            Ok(match self.stream.poll_write(cx, rest)? {
                Poll::Pending => None,
                Poll::Ready(written) => {
                    *bytes += written;
                    Some(written)
                }
            })
        };
        while writing.at < writing.own.len() {
            let Some(written) = write(&writing.own[writing.at..])? else { return Ok(Poll::Pending) };
            writing.at += written;
        }
        if writing.own.capacity() > 0 {
            buffers::give(std::mem::take(&mut writing.own));
            writing.at = 0;
        }
        while let Some(frame) = &mut writing.single {
            let Some(written) = write(frame)? else { return Ok(Poll::Pending) };
            frame.advance(written);
            if frame.is_empty() {
                writing.single = writing.next();
            }
        }
        writing.more = None;
        Ok(Poll::Ready(()))
    }

    /// Starts the closing handshake. After a fault of the peer (`failed`) its answer is not waited for.
    pub(crate) fn start_close(&mut self, out: Out<'_>, said: Option<(CloseCode, &str)>, failed: bool) {
        if self.closing != Closing::No {
            return;
        }
        let mut feed = Feed { bytes: &[], eof: false, tracker: &mut self.tracker, out };
        let frame = said
            .map(|(code, reason)| CloseFrame { code: code.get().into(), reason: reason.to_owned().into() });
        // through tungstenite, so that its state follows; it fails only where there is nobody to tell
        let _ = self.context.close(&mut feed, frame);
        let _ = self.context.flush(&mut feed);
        self.closing = if failed { Closing::Said } else { Closing::Handshake };
    }

    /// Is there a closing handshake to be finished?
    pub(crate) fn is_closing(&self) -> bool {
        self.closing != Closing::No
    }

    /// Finishes the closing handshake: writes what is left, reads until the peer has closed.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> Poll<()> {
        loop {
            match self.closing {
                Closing::No => return Poll::Ready(()),
                Closing::Handshake | Closing::Said | Closing::Both => match self.write(cx, out) {
                    Err(_) => return Poll::Ready(()),
                    Ok(Written { blocked: true, .. }) => return Poll::Pending,
                    Ok(_) => match self.closing {
                        Closing::Handshake => self.closing = ready!(self.read_close(cx, out)),
                        // nothing more comes that a reset could answer
                        Closing::Both => return self.stream.poll_end(cx),
                        _ => match ready!(self.stream.poll_shutdown(cx)) {
                            Err(_) => return Poll::Ready(()),
                            Ok(()) => self.closing = Closing::Ended,
                        },
                    },
                },
                Closing::Ended => match self.discard(cx) {
                    Poll::Ready(Ok(n)) if n > 0 => {}
                    Poll::Ready(_) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }

    /// Reads until the peer's close frame; what comes before is not handled any more.
    fn read_close(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> Poll<Closing> {
        if std::mem::take(&mut self.behind) {
            let held = std::mem::take(&mut self.held);
            if let Some(closing) = self.feed_close(out, &held, false) {
                return Poll::Ready(closing);
            }
        }
        loop {
            let mut scratch = buffers::take_scratch();
            let mut buffer = ReadBuf::new(&mut scratch);
            let closed = match self.stream.poll_read(cx, &mut buffer) {
                Poll::Pending => None,
                Poll::Ready(Ok(())) => {
                    let bytes = buffer.filled();
                    Some(self.feed_close(out, bytes, bytes.is_empty()))
                }
                Poll::Ready(Err(_)) => Some(Some(Closing::Said)),
            };
            buffers::give_scratch(scratch);
            match closed {
                None => return Poll::Pending,
                Some(Some(closing)) => return Poll::Ready(closing),
                Some(None) => {}
            }
        }
    }

    /// What follows, if the peer has closed or broken the connection.
    fn feed_close(&mut self, out: Out<'_>, bytes: &[u8], eof: bool) -> Option<Closing> {
        let mut feed = Feed { bytes, eof, tracker: &mut self.tracker, out };
        loop {
            match self.context.read(&mut feed) {
                Ok(Message::Close(_)) => return Some(Closing::Both),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(_) => return Some(Closing::Said),
            }
        }
    }

    fn discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut scratch = buffers::take_scratch();
        let mut buffer = ReadBuf::new(&mut scratch);
        let read = self.stream.poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len());
        buffers::give_scratch(scratch);
        read
    }
}

/// Takes the message that `bytes` begin with, if it is a usual one: whole, and in one frame. Everything else is for
/// tungstenite, with which one event alone costs 12 % more instructions, and each of sixteen 7 %.
fn read_whole(bytes: &mut &[u8], max: usize) -> Option<Received> {
    let (whole, rest) = Whole::split_first(bytes, max)?;
    let received = match whole.opcode {
        // what is no text is for tungstenite to refuse
        frame::TEXT => Received::Text(String::from_utf8(whole.payload()).ok()?.into()),
        _ => Received::Binary(whole.payload().into()),
    };
    *bytes = rest;
    Some(received)
}

impl Writing {
    fn next(&mut self) -> Option<Bytes> {
        self.more.as_mut()?.pop_front()
    }

    /// Small frames are copied together, so that they cost one system call: a vectored write of small slices
    /// was 3.5 times as expensive (session.md 3). A single shared frame is written from where it is.
    fn load(&mut self, taken: Taken) {
        self.own = taken.own;
        self.at = taken.own_at;
        self.messages = taken.messages;
        self.unflushed = true;
        self.more = (!taken.rest.is_empty()).then(|| Box::new(taken.rest));
        let Some(first) = taken.shared else { return };
        if self.own.is_empty() && self.more.is_none() {
            self.single = Some(first);
            return;
        }
        if self.own.capacity() == 0 {
            self.own = buffers::take();
        }
        let mut next = Some(first);
        while let Some(frame) = next.take_if(|frame| frame.len() <= SMALL && self.own.len() < TOGETHER) {
            self.own.extend_from_slice(&frame);
            next = self.next();
        }
        self.single = next;
    }
}

/// What tungstenite reads from and writes to: bytes that were read already, and the outbox.
struct Feed<'a> {
    bytes: &'a [u8],
    eof: bool,
    tracker: &'a mut FrameTracker,
    out: Out<'a>,
}

impl io::Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return if self.eof { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let (now, later) = self.bytes.split_at(buffer.len().min(self.bytes.len()));
        buffer[..now.len()].copy_from_slice(now);
        self.tracker.pass(now);
        self.bytes = later;
        Ok(now.len())
    }
}

impl io::Write for Feed<'_> {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        if frame::is_close(frame) {
            self.out.outbox.push_last(Frame::Own(frame));
        } else {
            // Pongs count like messages: a peer that pings and does not read is a slow one. Refusing is the
            // outbox's own business.
            let _ = self.out.push(Frame::Own(frame));
        }
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was taken from the outbox, for a client that takes text only.
fn as_text(taken: &Taken) -> Taken {
    let mut own = buffers::take();
    let frames = taken.shared.iter().chain(&taken.rest).map(Bytes::as_ref);
    std::iter::once(&taken.own[taken.own_at..])
        .chain(frames)
        .for_each(|frames| append_as_text(&mut own, frames));
    Taken { own, messages: taken.messages, ..Taken::default() }
}

fn context(max_payload: usize) -> WebSocketContext {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // we write by ourselves: nothing is to be kept back
        .write_buffer_size(0)
        .max_message_size(Some(max_payload))
        // a control frame may have 125 bytes, however small messages have to be
        .max_frame_size(Some(max_payload.max(125)));
    WebSocketContext::new(Role::Server, Some(config))
}

fn client_close(frame: Option<CloseFrame>) -> DisconnectReason {
    match frame {
        None => DisconnectReason::ClientClose { code: None, reason: "".into() },
        Some(frame) => DisconnectReason::ClientClose {
            code: Some(frame.code.into()),
            reason: frame.reason.as_str().into(),
        },
    }
}

fn reason_of(error: &Error) -> DisconnectReason {
    match error {
        Error::Capacity(_) => DisconnectReason::TooLong,
        Error::Utf8(_) => DisconnectReason::InvalidUtf8,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => DisconnectReason::TransportClose,
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => DisconnectReason::TransportClose,
        Error::Io(error) => DisconnectReason::TransportError(error.kind()),
        error => DisconnectReason::Protocol(error.to_string().into()),
    }
}

/// What an idle connection keeps. The default is 128 KiB; the throughput is the same, because larger reads go
/// through the thread's buffer.
const READ_BUFFER: usize = 256;
/// A message beyond this makes tungstenite's buffer worth giving back.
const LARGE: usize = 8 * 1024;
/// Then it is the neighbours' turn.
const READS_PER_TURN: usize = 4;
/// Frames up to this size are copied together, up to this much.
const SMALL: usize = 4 * 1024;
const TOGETHER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// What tungstenite reads of `bytes`, if they are all it needs.
    fn by_tungstenite(bytes: &[u8]) -> Option<Message> {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        WebSocketContext::new(Role::Server, Some(config)).read(&mut Cursor::new(bytes.to_vec())).ok()
    }

    proptest! {
        /// What is read without tungstenite is what tungstenite would have read; only messages in one frame are.
        #[test]
        fn a_whole_message_is_what_tungstenite_reads(
            first in prop_oneof![Just(0x81), Just(0x82), any::<u8>()],
            payload in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..140),
                "[ -~é☃]{0,300}".prop_map(String::into_bytes),
            ],
            form in 0..8,
            masked in prop::bool::weighted(0.9),
            mask in any::<[u8; 4]>(),
            follows in prop::collection::vec(any::<u8>(), 0..9),
            missing in 0_usize..4,
            max in prop_oneof![Just(usize::MAX), 0_usize..300],
        ) {
            let mut bytes = vec![first, if masked { 0x80 } else { 0 }];
            match (payload.len(), form) {
                (len, 0) => {
                    bytes[1] |= 127;
                    bytes.extend((len as u64).to_be_bytes());
                }
                (len @ 0..=125, 2..) => bytes[1] |= len as u8,
                (len, _) => {
                    bytes[1] |= 126;
                    bytes.extend((len as u16).to_be_bytes());
                }
            }
            if masked {
                bytes.extend(mask);
            }
            bytes.extend(payload.iter().enumerate().map(|(at, byte)| if masked { byte ^ mask[at % 4] } else { *byte }));
            let len = bytes.len();
            bytes.extend(follows);
            bytes.truncate(bytes.len() - missing.min(bytes.len()));

            let read = Whole::split_first(&bytes, max);
            let is_usual = [0x81, 0x82].contains(&first) && masked && form != 0;
            prop_assert_eq!(read.is_some(), is_usual && len <= bytes.len() && payload.len() <= max);
            let Some((whole, rest)) = read else { return Ok(()) };
            prop_assert_eq!(bytes.len() - rest.len(), len);
            let payload = whole.payload();
            let expected = match (whole.opcode, String::from_utf8(payload.clone())) {
                (frame::TEXT, Ok(text)) => Some(Message::text(text)),
                (frame::TEXT, Err(_)) => None,
                (_, _) => Some(Message::binary(payload)),
            };
            prop_assert_eq!(by_tungstenite(&bytes[..len]), expected);
        }
    }
}
