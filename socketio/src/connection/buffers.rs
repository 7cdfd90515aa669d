//! Buffers of the current thread that are used again: an idle connection owns none.

use std::cell::RefCell;

use crate::proto::frame;

/// What one read from a socket takes at the most.
const READ: usize = 64 * 1024;
/// How many write buffers a thread keeps, and up to which size.
const KEEP: usize = 16;
const KEEP_UP_TO: usize = 64 * 1024;

thread_local! {
    static WRITE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ENCODE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer for frames that wait to be written.
pub(crate) fn take() -> Vec<u8> {
    WRITE.with_borrow_mut(Vec::pop).unwrap_or_else(|| Vec::with_capacity(512))
}

/// Gives a buffer back.
pub(crate) fn give(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > KEEP_UP_TO {
        return;
    }
    buffer.clear();
    WRITE.with_borrow_mut(|kept| {
        if kept.len() < KEEP {
            kept.push(buffer);
        }
    });
}

/// The thread's read buffer. It is taken out while it is used: handlers that run in between may read as well.
pub(crate) fn take_scratch() -> Vec<u8> {
    let mut scratch = SCRATCH.take();
    scratch.resize(READ, 0);
    scratch
}

/// Gives the read buffer back.
pub(crate) fn give_scratch(scratch: Vec<u8>) {
    SCRATCH.set(scratch);
}

/// Lends the read buffer.
pub(crate) fn with_scratch<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut scratch = take_scratch();
    let result = read(&mut scratch);
    give_scratch(scratch);
    result
}

/// The thread's buffer in which a frame is put together: a gap for the header, and the payload after it.
///
/// It is taken out while it is used: what writes the payload may run user code, which may encode something else
/// in between.
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    pub(crate) fn take() -> Self {
        let mut buffer = ENCODE.take();
        buffer.clear();
        buffer.extend_from_slice(&[0; frame::MAX_HEADER]);
        Self(buffer)
    }

    /// The gap, which is not to be touched, and what was written after it.
    pub(crate) fn payload(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Puts the header into the gap; returns the frame.
    pub(crate) fn finish(&mut self, opcode: u8) -> &[u8] {
        let start = frame::fill_gap(&mut self.0, opcode);
        &self.0[start..]
    }
}

impl Drop for Encoder {
    /// Gives the buffer back.
    fn drop(&mut self) {
        if self.0.capacity() <= KEEP_UP_TO {
            ENCODE.set(std::mem::take(&mut self.0));
        }
    }
}

/// Lets `body` write a payload, and hands out the frame.
pub(crate) fn with_frame<E, R>(
    opcode: u8,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    frame: impl FnOnce(&[u8]) -> R,
) -> Result<R, E> {
    let mut encoder = Encoder::take();
    body(encoder.payload())?;
    Ok(frame(encoder.finish(opcode)))
}
