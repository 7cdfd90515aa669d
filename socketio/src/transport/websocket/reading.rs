//! Reading: from the stream into memory, and from there message by message.

use std::{
    io::{self, ErrorKind},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::{
    Error, Message, Utf8Bytes,
    error::ProtocolError,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

use super::{
    closing::Closing,
    inflating::{self, Inflating},
    text::text,
};
use crate::{
    close::{CloseCode, DisconnectReason},
    connection::{Frame, Out, Progress, Stream, buffers},
    proto::frame::{self, FrameTracker, Whole},
    transport::{Input, Next, Received},
};

/// How far what the peer sends is read. There are many, and most of them wait: what is seldom needed is in a box.
pub(super) struct Reading {
    /// It may hold whole frames, or the beginning of one, or of a message. `None`: the next byte begins a message.
    inside: Option<Box<Inside>>,
    /// Reading was paused: this and `inside` may hold whole frames.
    held: Option<Box<Held>>,
    /// How many messages have begun that were not [usual ones](read_whole).
    begun: u32,
    /// What was read is not a WebSocket's, or the stream has ended.
    is_broken: bool,
    inflating: Inflating,
    max_payload: usize,
}

/// In the middle of what tungstenite reads. It is gone afterwards, with the buffer that a large message has made large.
struct Inside {
    context: WebSocketContext,
    tracker: FrameTracker,
}

/// Read from the stream, and not looked at yet because reading is paused.
struct Held {
    bytes: Vec<u8>,
    /// Where it begins in `bytes`.
    at: u32,
}

impl Reading {
    /// `early`: what was read of the stream already. `inflates`: the peer may send compressed messages.
    pub(super) fn new(early: Vec<u8>, inflates: bool, max_payload: usize) -> Self {
        Self {
            inside: None,
            held: (!early.is_empty()).then(|| Box::new(Held { bytes: early, at: 0 })),
            begun: 0,
            is_broken: false,
            inflating: Inflating { is_agreed: inflates, ..Inflating::default() },
            max_payload,
        }
    }

    /// Was what was read not a WebSocket's? What is wrong above that, in packets, does not count.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// How far the message has come that is read in part.
    pub(super) fn unfinished(&self) -> Option<Progress> {
        let (number, bytes) = self.inside.as_ref()?.tracker.unfinished()?;
        Some(Progress { number, bytes: usize::try_from(bytes).unwrap_or(usize::MAX) })
    }

    /// The next message of what was read already, if it is a [usual one](read_whole).
    // three calls less for each message, and a dozen instructions in each
    #[inline(always)]
    pub(super) fn next_whole(&self, input: &mut Input) -> Option<Received> {
        let rest = input.rest_mut();
        if self.inside.is_some() || rest.is_empty() {
            return None;
        }
        let (received, rest) = read_whole(rest, self.max_payload)?;
        input.keep(rest);
        Some(received)
    }

    /// Whatever is not a [usual message](Self::next_whole): a message of what was read with the help of tungstenite, or
    /// more from the stream. `None`: something was read, look at it first.
    pub(super) fn more(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        out: Out<'_>,
        input: &mut Input,
        closing: &mut Closing,
    ) -> Option<Next> {
        if let Some(held) = self.held.take() {
            input.load(held.bytes, held.at);
            return None;
        }
        if input.is_open {
            if self.inflating.is_agreed {
                if inflating::is_enough(input) {
                    return Some(Next::Yield);
                }
                if self.inside.is_none()
                    && let Some(next) = self.inflating.next_whole(input, self.max_payload)
                {
                    return Some(next);
                }
            }
            match self.take(out, input, closing) {
                Next::Idle => input.is_open = false,
                next => return Some(next),
            }
        }
        if input.reads == READS_PER_TURN {
            return Some(Next::Yield);
        }
        // `poll_read`, not `try_read`: after a read that did not fill the buffer it knows that the socket is
        // empty, and saves the system call that would say so
        let mut buffer = ReadBuf::new(input.buffer());
        match stream.poll_read(cx, &mut buffer) {
            Poll::Pending => Some(Next::Idle),
            Poll::Ready(Ok(())) => {
                let len = buffer.filled().len();
                input.fill(len);
                None
            }
            Poll::Ready(Err(error)) => Some(Next::Ended(DisconnectReason::TransportError(error.kind()))),
        }
    }

    /// Keeps what is still to be looked at.
    #[inline]
    pub(super) fn pause(&mut self, input: &mut Input) {
        if input.is_open {
            self.hold(input);
        }
        input.give_back();
    }

    #[cold]
    fn hold(&mut self, input: &mut Input) {
        let (bytes, at) = input.unload();
        self.held = Some(Box::new(Held { bytes, at }));
    }

    /// Takes a message from what was read with tungstenite, if there is a whole one.
    fn take(&mut self, out: Out<'_>, input: &mut Input, closing: &mut Closing) -> Next {
        if self.inside.is_none() && input.rest().is_empty() && !input.eof {
            return Next::Idle;
        }
        let (context, mut feed) = self.inside(input.rest(), input.eof, out);
        let read = loop {
            match context.read(&mut feed) {
                // only made for those who ask for raw frames
                Ok(Message::Frame(_)) => {}
                Ok(Message::Ping(payload)) => {
                    // the answer is tungstenite's, and it is made by the next call: not after a pause of ours
                    let _ = context.flush(&mut feed);
                    break Ok(Received::Ping(alone(&payload)));
                }
                Ok(Message::Text(text)) => break Ok(Received::Text(text.as_str().to_owned().into())),
                Ok(Message::Binary(bytes)) => break Ok(Received::Binary(alone(&bytes))),
                Ok(Message::Pong(_)) => break Ok(Received::Pong),
                Ok(Message::Close(frame)) => return closed(context, feed, frame, closing),
                Err(error) => break Err(error),
            }
        };
        let rest = feed.bytes.len();
        input.keep(rest);
        match read {
            Ok(received) if received.len() > self.max_payload => Next::Ended(DisconnectReason::TooLong),
            Ok(received) => match (received, self.inflating.marks.opcode()) {
                (Received::Binary(bytes), Some(opcode)) => {
                    inflating::inflated(opcode, &bytes, input, self.max_payload)
                }
                (received, _) => Next::Received(received),
            },
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => self.wait(input.all()),
            Err(error) => {
                self.is_broken = true;
                Next::Ended(reason_of(&error))
            }
        }
    }

    /// A message is not whole yet. tungstenite looks at frames, and at the fragments of a message, when they are
    /// complete: what can be known to be wrong before that is reported now.
    fn wait(&mut self, read: &[u8]) -> Next {
        let Some(Inside { context, tracker }) = self.inside.as_deref_mut() else { return Next::Idle };
        if tracker.message_len() > self.max_payload as u64 {
            return Next::Ended(DisconnectReason::TooLong);
        }
        if !tracker.may_be_utf8(read) {
            return Next::Ended(DisconnectReason::InvalidUtf8);
        }
        // it must know that a close frame was sent
        if tracker.is_between_messages() && context.can_write() {
            self.begun = tracker.begun();
            self.inside = None;
        }
        Next::Idle
    }

    /// tungstenite, and what it is to read.
    fn inside<'a>(
        &'a mut self,
        bytes: &'a [u8],
        eof: bool,
        out: Out<'a>,
    ) -> (&'a mut WebSocketContext, Feed<'a>) {
        let (begun, max_payload) = (self.begun, self.max_payload);
        let Inside { context, tracker } = &mut **self.inside.get_or_insert_with(|| {
            Box::new(Inside { context: context(max_payload), tracker: FrameTracker::after(begun) })
        });
        (context, Feed { bytes, eof, tracker, inflating: &mut self.inflating, out })
    }

    /// Starts the closing handshake: our close frame goes to the outbox.
    pub(super) fn close(&mut self, out: Out<'_>, said: Option<(CloseCode, &str)>) {
        let (context, mut feed) = self.inside(&[], false, out);
        let frame = said
            .map(|(code, reason)| CloseFrame { code: code.get().into(), reason: reason.to_owned().into() });
        // through tungstenite, so that its state follows; it fails only where there is nobody to tell
        let _ = context.close(&mut feed, frame);
        let _ = context.flush(&mut feed);
    }

    /// Reads until the peer's close frame; what comes before is not handled any more. Is ready with `true` if there was
    /// one, with `false` if the stream is broken.
    pub(super) fn poll_close(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        out: Out<'_>,
    ) -> Poll<bool> {
        if let Some(held) = self.held.take()
            && let Some(closed) = self.find_close(out, &held.bytes[held.at as usize..], false)
        {
            return Poll::Ready(closed);
        }
        loop {
            let closed = ready!(buffers::with_scratch(|scratch| {
                let mut buffer = ReadBuf::new(scratch);
                stream.poll_read(cx, &mut buffer).map(|read| match read {
                    Ok(()) => self.find_close(out, buffer.filled(), buffer.filled().is_empty()),
                    Err(_) => Some(false),
                })
            }));
            if let Some(closed) = closed {
                return Poll::Ready(closed);
            }
        }
    }

    fn find_close(&mut self, out: Out<'_>, bytes: &[u8], eof: bool) -> Option<bool> {
        let (context, mut feed) = self.inside(bytes, eof, out);
        loop {
            match context.read(&mut feed) {
                Ok(Message::Close(_)) => return Some(true),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(_) => return Some(false),
            }
        }
    }
}

/// The peer's close frame was read.
fn closed(
    context: &mut WebSocketContext,
    mut feed: Feed<'_>,
    frame: Option<CloseFrame>,
    closing: &mut Closing,
) -> Next {
    let said = feed.tracker.close_code();
    if frame.as_ref().is_none_or(|frame| u16::from(frame.code) == said) {
        let _ = context.flush(&mut feed);
        *closing = Closing::Both;
        return Next::Ended(client_close(frame));
    }
    // tungstenite has made a violation of a code that it does not know
    if let Some(code) = CloseCode::new(said) {
        feed.out.outbox.push_last(Frame::Own(&frame::close(code.get())));
        let frame = CloseFrame { code: said.into(), reason: Utf8Bytes::default() };
        *closing = Closing::Both;
        return Next::Ended(client_close(Some(frame)));
    }
    let _ = context.flush(&mut feed);
    *closing = Closing::Said;
    Next::Ended(DisconnectReason::protocol(format_args!("close code {said}")))
}

/// The message that `bytes` begin with, if it is a usual one: whole, and in one frame; and how many bytes follow it.
/// Everything else is for tungstenite, with which one event alone costs 12 % more instructions, and each of sixteen 7 %.
#[inline(never)]
fn read_whole(bytes: &mut [u8], max: usize) -> Option<(Received, usize)> {
    let (mut whole, rest) = Whole::split_first(bytes, max)?;
    let opcode = whole.opcode;
    let payload = whole.unmask();
    if opcode != frame::TEXT {
        return Some((Received::Binary(Bytes::copy_from_slice(payload)), rest));
    }
    let Some(text) = text(payload) else {
        // what is not text is for tungstenite to refuse, as it came
        whole.unmask();
        return None;
    };
    Some((Received::Text(text), rest))
}

/// A copy: a message of tungstenite's is a part of its read buffer, which a large one has made large, and would keep all
/// of it in memory.
fn alone(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// What tungstenite reads from and writes to: bytes that were read already, and the outbox.
struct Feed<'a> {
    bytes: &'a [u8],
    eof: bool,
    tracker: &'a mut FrameTracker,
    inflating: &'a mut Inflating,
    out: Out<'a>,
}

impl io::Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return if self.eof { Ok(0) } else { Err(ErrorKind::WouldBlock.into()) };
        }
        let mut len = buffer.len().min(self.bytes.len());
        if self.inflating.is_agreed {
            // never beyond the end of a frame: the message that comes out is then the one that has begun last
            len = len.min(self.tracker.rest_of_frame(self.bytes));
        }
        let (now, later) = self.bytes.split_at(len);
        let buffer = &mut buffer[..len];
        buffer.copy_from_slice(now);
        if self.inflating.is_agreed
            && self.tracker.is_between_frames()
            && let Some(first) = buffer.first_mut()
        {
            *first = self.inflating.marks.take(*first);
        }
        self.tracker.pass(buffer);
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

/// What is unusual and small is read with this. The default is 128 KiB; the throughput is the same, because larger reads
/// go through the thread's buffer.
const READ_BUFFER: usize = 256;
/// Then it is the neighbours' turn.
const READS_PER_TURN: usize = 4;

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

            let mut unmasked = bytes.clone();
            let read = Whole::split_first(&mut unmasked, max);
            let is_usual = [0x81, 0x82].contains(&first) && masked && form != 0;
            prop_assert_eq!(read.is_some(), is_usual && len <= bytes.len() && payload.len() <= max);
            let Some((mut whole, rest)) = read else { return Ok(()) };
            prop_assert_eq!(bytes.len() - rest, len);
            let payload = whole.unmask().to_vec();
            let expected = match (whole.opcode, String::from_utf8(payload.clone())) {
                (frame::TEXT, Ok(text)) => Some(Message::text(text)),
                (frame::TEXT, Err(_)) => None,
                (_, _) => Some(Message::binary(payload)),
            };
            prop_assert_eq!(&by_tungstenite(&bytes[..len]), &expected);
            let mut left = bytes.clone();
            let received = read_whole(&mut left, max).map(|(received, _)| match received {
                Received::Text(text) => Message::Text(text),
                Received::Binary(bytes) => Message::Binary(bytes),
                other => panic!("{other:?}"),
            });
            prop_assert_eq!(&received, &expected);
            // what is not text reaches tungstenite as it came
            prop_assert!(received.is_some() || left == bytes);
        }
    }
}
