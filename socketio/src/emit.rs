//! What can be emitted, and how its arguments are written.

use serde::Serialize;

/// A value could not be encoded as JSON.
#[derive(Debug, thiserror::Error)]
#[error("the value cannot be encoded")]
pub struct EncodeError(#[from] serde_json::Error);

/// Writes the arguments of an event, one after another.
#[derive(Debug)]
pub struct ArgsWriter<'a> {
    out: &'a mut Vec<u8>,
    written: usize,
}

impl ArgsWriter<'_> {
    /// Writes the next argument.
    ///
    /// # Errors
    /// If the value cannot be represented as JSON.
    pub fn arg<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.written > 0 {
            self.out.push(b',');
        }
        self.written += 1;
        serde_json::to_writer(&mut *self.out, value)?;
        Ok(())
    }
}
