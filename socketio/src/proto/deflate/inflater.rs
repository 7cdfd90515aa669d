//! Inflating what a peer has compressed, up to a limit.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{FLUSHED, InflateFault, MAX_WINDOW};

/// What inflates, and its buffer, used again for each message.
pub(crate) struct Inflater {
    stream: Inflate,
    buffer: Vec<u8>,
}

/// The buffer grows from this.
const START: usize = 4 * 1024;
/// A buffer beyond this is given back.
const KEEP: usize = 64 * 1024;

impl Inflater {
    pub(crate) fn new() -> Self {
        Self { stream: Inflate::new(false, MAX_WINDOW), buffer: vec![] }
    }

    /// Inflates a message, as far as it is no longer than `max`: beyond that, nothing is inflated.
    pub(crate) fn message(&mut self, compressed: &[u8], max: usize) -> Result<Vec<u8>, InflateFault> {
        let len = self.inflate(compressed, max);
        let message = len.map(|len| self.buffer[..len].to_vec());
        if self.buffer.len() > KEEP {
            self.buffer = vec![];
        }
        message
    }

    fn inflate(&mut self, compressed: &[u8], max: usize) -> Result<usize, InflateFault> {
        self.stream.reset(false);
        let most = max.saturating_add(1);
        let mut written = 0;
        for mut rest in [compressed, &FLUSHED] {
            loop {
                if written == self.buffer.len() {
                    let len = (written * 2).max(START).min(most);
                    self.buffer.resize(len.max(self.buffer.len()), 0);
                }
                // what was there before may be more than this message may have
                let end = self.buffer.len().min(most);
                let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
                let output = &mut self.buffer[written..end];
                let room = output.len();
                let status = self
                    .stream
                    .decompress(rest, output, InflateFlush::SyncFlush)
                    .map_err(|_| InflateFault::Malformed)?;
                let read = (self.stream.total_in() - before_in) as usize;
                let wrote = (self.stream.total_out() - before_out) as usize;
                rest = &rest[read..];
                written += wrote;
                if written > max {
                    return Err(InflateFault::TooLong);
                }
                match status {
                    // a final block may be followed by more (RFC 7692 section 7.2.3.4)
                    Status::StreamEnd => {
                        self.stream.reset(false);
                        if rest.is_empty() {
                            break;
                        }
                    }
                    Status::Ok | Status::BufError if rest.is_empty() && wrote < room => break,
                    Status::Ok | Status::BufError if read == 0 && wrote == 0 => {
                        return Err(InflateFault::Malformed);
                    }
                    Status::Ok | Status::BufError => {}
                }
            }
        }
        Ok(written)
    }
}
