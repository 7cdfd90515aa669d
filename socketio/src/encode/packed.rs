//! Compressed frames, next to the plain ones that they stand for: any message may go plain (RFC 7692 section 6).

use std::ops::Range;

use bytes::{Buf, Bytes};

use crate::{
    config::Deflate,
    connection::packing::Packer,
    proto::{
        deflate::{MAX_WINDOW, append_stored, window_of},
        frame::{self, MAX_HEADER, RSV1},
    },
};

/// The finished frames of a message: plain, and compressed where that was worth it.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    plain: Bytes,
    // boxed: there is none where nobody takes it, and these are moved about
    #[cfg(feature = "deflate")]
    packed: Option<Box<Packed>>,
}

/// Finished frames with the mark of compression.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    pub(super) frames: Bytes,
    /// The smallest window with which it can be read.
    #[cfg_attr(not(feature = "deflate"), expect(dead_code, reason = "nothing is compressed then"))]
    window: u8,
}

/// The compressed beginning of a packet which an offset is to follow.
#[derive(Debug)]
pub(super) struct PackedDraft {
    /// The gap for a frame's header, and what is compressed.
    body: Vec<u8>,
    /// Finished frames that follow the packet.
    attachments: Vec<u8>,
    window: u8,
}

/// Room for an offset of ours, for one of a Redis stream, and for what encloses it.
pub(super) const TAIL: usize = 48;

impl Finished {
    pub(super) fn plain(plain: Bytes) -> Self {
        Self::new(plain, None)
    }

    #[cfg_attr(not(feature = "deflate"), expect(unused_variables, reason = "nothing is compressed then"))]
    pub(super) fn new(plain: Bytes, packed: Option<Packed>) -> Self {
        Self {
            plain,
            #[cfg(feature = "deflate")]
            packed: packed.map(Box::new),
        }
    }

    /// For a client with this window; 0: one that takes no compressed messages.
    #[cfg(feature = "deflate")]
    #[inline]
    pub(crate) fn for_window(&self, window: u8) -> &Bytes {
        match &self.packed {
            Some(packed) if packed.window <= window => &packed.frames,
            _ => &self.plain,
        }
    }

    #[cfg(not(feature = "deflate"))]
    #[inline]
    pub(crate) fn for_window(&self, _: u8) -> &Bytes {
        &self.plain
    }
}

/// A message as it is encoded: a packet and its attachments, or bytes of the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loose<'a> {
    pub(super) opcode: u8,
    pub(super) payload: &'a [u8],
    pub(super) attachments: &'a [Vec<u8>],
    /// Bytes of the program, which may be compressed already: not a packet.
    pub(super) is_bytes: bool,
    /// It may be compressed, as far as the program is concerned.
    pub(super) compress: bool,
}

impl Loose<'_> {
    /// Is it worth the time, and can a client with a window of so many bits read it?
    pub(super) fn is_worth_it(&self, settings: &Deflate, window: u8) -> bool {
        let (is_wanted, len) = (self.compress && (settings.binary || !self.is_bytes), self.payload.len());
        is_wanted && len >= settings.threshold && window_of(len) <= window
    }

    /// Compresses what is worth it, for clients with a window of up to this many bits. `None`: nothing is.
    pub(super) fn pack(&self, settings: &Deflate, window: u8) -> Option<Packed> {
        let mut frames = vec![];
        let needed = if self.is_worth_it(settings, window) {
            append_packed(&mut frames, self.opcode, self.payload, settings)
        } else {
            frame::append(&mut frames, self.opcode, self.payload);
            0
        };
        let window = needed.max(self.append_attachments(&mut frames, settings, window));
        (window > 0).then(|| Packed { frames: frames.into(), window })
    }

    /// Compresses a packet that an offset is to follow, if that is worth it.
    pub(super) fn pack_draft(&self, settings: &Deflate) -> Option<Box<PackedDraft>> {
        if !self.is_worth_it(settings, MAX_WINDOW) {
            return None;
        }
        let body = {
            let mut packer = Packer::take(settings);
            let beginning = packer.beginning(MAX_HEADER, self.payload)?;
            let mut body = Vec::with_capacity(beginning.len() + TAIL);
            body.extend_from_slice(beginning);
            body
        };
        let mut attachments = vec![];
        let needed = self.append_attachments(&mut attachments, settings, MAX_WINDOW);
        Some(Box::new(PackedDraft { body, attachments, window: needed.max(window_of(self.payload.len())) }))
    }

    /// Returns the smallest window with which they can be read.
    fn append_attachments(&self, frames: &mut Vec<u8>, settings: &Deflate, most: u8) -> u8 {
        if !(settings.binary && self.compress) {
            append_framed(frames, self.attachments);
            return 0;
        }
        let mut window = 0;
        for attachment in self.attachments {
            if attachment.len() >= settings.threshold && window_of(attachment.len()) <= most {
                window = window.max(append_packed(frames, frame::BINARY, attachment, settings));
            } else {
                frame::append(frames, frame::BINARY, attachment);
            }
        }
        window
    }
}

pub(super) fn append_framed(frames: &mut Vec<u8>, attachments: &[Vec<u8>]) {
    for attachment in attachments {
        frame::append(frames, frame::BINARY, attachment);
    }
}

/// Appends a message, compressed if that makes it shorter. Returns the smallest window with which it can be read; 0: it is
/// plain.
fn append_packed(frames: &mut Vec<u8>, opcode: u8, message: &[u8], settings: &Deflate) -> u8 {
    match Packer::take(settings).message(MAX_HEADER, message) {
        Some(frame) => {
            let start = frame::fill_gap(frame, opcode | RSV1);
            frames.extend_from_slice(&frame[start..]);
            window_of(message.len())
        }
        None => {
            frame::append(frames, opcode, message);
            0
        }
    }
}

impl PackedDraft {
    /// The whole message: `tail` is where in the plain one that is what follows the beginning.
    pub(super) fn finish(self, opcode: u8, tail: Range<usize>, plain: Bytes) -> Finished {
        let Self { mut body, attachments, window } = self;
        append_stored(&mut body, &plain[tail]);
        let start = frame::fill_gap(&mut body, opcode | RSV1);
        body.extend_from_slice(&attachments);
        let mut frames = Bytes::from(body);
        frames.advance(start);
        let packed = (frames.len() < plain.len()).then_some(Packed { frames, window });
        Finished::new(plain, packed)
    }
}
