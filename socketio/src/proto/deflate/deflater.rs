//! Compressing: one message after another, each on its own.

use zlib_rs::{Deflate, DeflateFlush, Status, crc32::crc32};

use super::{FLUSHED, MAX_WINDOW};

/// A compressor and its buffer, used again for each message: a new one costs a third more time.
pub(crate) struct Deflater {
    stream: Deflate,
    level: u8,
    buffer: Vec<u8>,
}

/// A buffer beyond this is given back.
const KEEP: usize = 64 * 1024;

impl Deflater {
    pub(crate) fn new(level: u8) -> Self {
        Self { stream: Deflate::new(level.into(), false, MAX_WINDOW), level, buffer: vec![] }
    }

    pub(crate) fn level(&self) -> u8 {
        self.level
    }

    /// Compresses a whole message. What is returned starts with `gap` bytes for a header. `None`: it would not become
    /// shorter.
    pub(crate) fn message(&mut self, gap: usize, message: &[u8]) -> Option<&mut [u8]> {
        let end = self.flushed(gap, message)? - FLUSHED.len();
        Some(&mut self.buffer[..end])
    }

    /// Compresses the beginning of a message, which [`append_stored`](super::append_stored) goes on with.
    pub(crate) fn beginning(&mut self, gap: usize, message: &[u8]) -> Option<&[u8]> {
        let end = self.flushed(gap, message)?;
        Some(&self.buffer[..end])
    }

    /// A whole file of gzip (RFC 1952). `None`: it would not become shorter.
    pub(crate) fn file(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        // no name, no time, of no particular system
        const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
        const FOOT: usize = 8;
        self.stream.reset();
        let room = text.len().checked_sub(HEAD.len() + FOOT)?;
        let mut file = HEAD.to_vec();
        file.resize(HEAD.len() + room, 0);
        let status = self.stream.compress(text, &mut file[HEAD.len()..], DeflateFlush::Finish).ok()?;
        if status != Status::StreamEnd {
            return None;
        }
        file.truncate(HEAD.len() + usize::try_from(self.stream.total_out()).ok()?);
        file.extend_from_slice(&crc32(0, text).to_le_bytes());
        // the length, modulo 2^32
        file.extend_from_slice(&(text.len() as u32).to_le_bytes());
        Some(file)
    }

    /// Returns where what was written ends.
    fn flushed(&mut self, gap: usize, message: &[u8]) -> Option<usize> {
        self.stream.reset();
        if self.buffer.capacity() > KEEP {
            self.buffer = vec![];
        }
        // with this much room, what does not fit is longer than the message
        let room = message.len() + FLUSHED.len();
        let len = gap + room;
        if self.buffer.len() < len {
            self.buffer.resize(len, 0);
        }
        let output = &mut self.buffer[gap..len];
        self.stream.compress(message, output, DeflateFlush::SyncFlush).ok()?;
        let written = usize::try_from(self.stream.total_out()).ok()?;
        let is_whole = written < room && output[..written].ends_with(&FLUSHED);
        is_whole.then_some(gap + written)
    }
}
