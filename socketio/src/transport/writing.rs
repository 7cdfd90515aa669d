//! Writing: finished frames of the outbox, as few system calls as they need.

use std::{
    collections::VecDeque,
    io,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};

use super::Written;
use crate::{
    connection::{Amount, Out, Stream, Taken, Terms, buffers},
    proto::{
        engine::{
            Revision,
            payload::{append_as_text, v3},
            stream,
        },
        frame,
    },
};

/// How far what goes to the peer is written. There are many, and most of them have nothing to write.
#[derive(Default)]
pub(super) struct Writing {
    /// What the peer does not take at the moment: the outbox believes so as well.
    blocked: Option<Box<UnderWay>>,
    /// The stream may keep something that was written to it.
    unflushed: bool,
    form: Form,
}

/// What was taken from the outbox and is being written: `own[at..]`, then `single`, then `more`.
#[derive(Default)]
struct UnderWay {
    own: Vec<u8>,
    at: usize,
    /// Invariant: `more` is empty while this is `None`.
    single: Option<Bytes>,
    more: VecDeque<Bytes>,
    /// So much of it is not reported to the outbox as written: in its frames, whatever was made of them.
    left: Amount,
}

/// What becomes of finished frames on their way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    /// Nothing: the client is on a WebSocket.
    #[default]
    AsTheyAre,
    /// So it is, and takes text only.
    Text,
    /// It is of revision 3, and takes text only or not.
    V3 { text_only: bool },
    /// It is on a stream without frames.
    Packets,
}

impl Writing {
    pub(super) fn new(terms: Terms) -> Self {
        let form = match terms.revision {
            Revision::V3 => Form::V3 { text_only: terms.base64 },
            Revision::V4 if terms.base64 => Form::Text,
            Revision::V4 => Form::AsTheyAre,
        };
        Self { form, ..Self::default() }
    }

    /// For a stream of packets.
    pub(super) fn of_packets() -> Self {
        Self { form: Form::Packets, ..Self::default() }
    }

    /// Is something taken, and not written yet?
    pub(super) fn is_under_way(&self) -> bool {
        self.blocked.is_some()
    }

    /// Writes what waits. When all is written, the outbox is armed to wake the owner.
    pub(super) fn write(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        out: Out<'_>,
    ) -> io::Result<Written> {
        let outbox = out.outbox;
        let was_blocked = self.blocked.is_some();
        let mut now = self.blocked.take().map_or_else(UnderWay::default, |blocked| *blocked);
        let (mut bytes, mut progress, mut sent) = (0, false, Amount::default());
        loop {
            let pending = now.write(stream, cx, &mut bytes)?.is_pending();
            progress |= bytes > 0;
            if pending {
                // what was made of the frames may be longer than they are
                let bytes = bytes.min(now.left.bytes);
                now.left.bytes -= bytes;
                outbox.set_blocked(Amount { messages: 0, bytes });
                self.blocked = Some(Box::new(now));
                return Ok(Written { blocked: true, progress, sent });
            }
            bytes = 0;
            let Some(taken) = outbox.take(std::mem::take(&mut now.left)) else { break };
            now.left = taken.amount();
            sent += now.left;
            self.unflushed = true;
            now.load(if self.form == Form::AsTheyAre { taken } else { rewritten(taken, self.form) });
        }
        if was_blocked {
            outbox.set_unblocked();
        }
        if self.unflushed && stream.poll_flush(cx)?.is_ready() {
            self.unflushed = false;
        }
        Ok(Written { blocked: false, progress, sent })
    }
}

impl UnderWay {
    fn write(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        bytes: &mut usize,
    ) -> io::Result<Poll<()>> {
        let mut write = |rest: &[u8]| -> io::Result<Option<usize>> {
            Ok(match stream.poll_write(cx, rest)? {
                Poll::Pending => None,
                Poll::Ready(written) => {
                    *bytes += written;
                    Some(written)
                }
            })
        };
        while self.at < self.own.len() {
            let Some(written) = write(&self.own[self.at..])? else { return Ok(Poll::Pending) };
            self.at += written;
        }
        if self.own.capacity() > 0 {
            buffers::give(std::mem::take(&mut self.own));
            self.at = 0;
        }
        while let Some(frame) = &mut self.single {
            let Some(written) = write(frame)? else { return Ok(Poll::Pending) };
            frame.advance(written);
            if frame.is_empty() {
                self.single = self.more.pop_front();
            }
        }
        Ok(Poll::Ready(()))
    }

    /// Small frames are copied together, so that they cost one system call: a vectored write of small slices
    /// was 3.5 times as expensive (session.md 3). A single shared frame is written from where it is.
    fn load(&mut self, taken: Taken) {
        self.own = taken.own;
        self.at = taken.own_at;
        self.more = taken.rest;
        let Some(first) = taken.shared else { return };
        if self.own.is_empty() && self.more.is_empty() {
            self.single = Some(first);
            return;
        }
        if self.own.capacity() == 0 {
            self.own = buffers::take();
        }
        let mut next = Some(first);
        while let Some(frame) = next.take_if(|frame| frame.len() <= SMALL && self.own.len() < TOGETHER) {
            self.own.extend_from_slice(&frame);
            next = self.more.pop_front();
        }
        self.single = next;
    }
}

/// What was taken from the outbox, in this form.
fn rewritten(taken: Taken, form: Form) -> Taken {
    let append = |own: &mut Vec<u8>, frames: &[u8]| match form {
        Form::AsTheyAre => own.extend_from_slice(frames),
        Form::Text => append_as_text(own, frames),
        Form::V3 { text_only } => v3::append_for_websocket(own, frames, text_only),
        Form::Packets => stream::append_frames(own, frames),
    };
    let mut own = buffers::take();
    append(&mut own, &taken.own[taken.own_at..]);
    let shared = taken.shared.iter().chain(&taken.rest);
    let mut out = Taken { messages: taken.messages, ..Taken::default() };
    if form == Form::Packets {
        let mut packets = shared.flat_map(split_packets).filter(|bytes| !bytes.is_empty());
        out.shared = packets.next();
        out.rest = packets.collect();
    } else {
        shared.for_each(|frames| append(&mut own, frames));
    }
    buffers::give(taken.own);
    Taken { own, ..out }
}

/// The packets of finished frames that many connections share: slices, not copies.
fn split_packets(frames: &Bytes) -> impl Iterator<Item = Bytes> {
    let mut rest = frames.clone();
    std::iter::from_fn(move || {
        let len = frame::first_len(&rest).filter(|len| *len <= rest.len())?;
        let mut frame = rest.split_to(len);
        Some(match stream::packet_of(&frame) {
            None => [Bytes::new(), Bytes::new()],
            Some((false, _)) => [frame.slice(1..), Bytes::new()],
            // the mark is in its first byte, which others share
            Some((true, packet)) => {
                let first = packet.first().map(|first| stream::mark_binary(*first));
                frame.advance(frame.len().min(2));
                [first.into_iter().collect(), frame]
            }
        })
    })
    .flatten()
}

/// Frames up to this size are copied together, up to this much.
const SMALL: usize = 4 * 1024;
const TOGETHER: usize = 64 * 1024;
