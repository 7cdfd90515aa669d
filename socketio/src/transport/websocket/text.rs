//! The text of a message, in memory of its own: keeping it keeps nothing else alive.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A copy of what a peer has sent. `None`: it is not UTF-8.
///
/// A short one is in a block with its own count of owners. `Bytes` makes that count, in a second block, when it is cloned for
/// the first time; a handler that takes the message of a plain connection clones it, and pays a tenth of the event for that.
#[inline]
pub(super) fn text(payload: &[u8]) -> Option<Utf8Bytes> {
    if payload.len() <= SHORT {
        Utf8Bytes::try_from(Bytes::from_owner(Block::<SHORT>::new(payload))).ok()
    } else if payload.len() <= MEDIUM {
        Utf8Bytes::try_from(Bytes::from_owner(Block::<MEDIUM>::new(payload))).ok()
    } else {
        Some(simdutf8::basic::from_utf8(payload).ok()?.into())
    }
}

/// With what `Bytes` adds, allocations of 80 and 208 bytes.
const SHORT: usize = 48;
const MEDIUM: usize = 176;

struct Block<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

impl<const N: usize> Block<N> {
    /// `payload` has at most `N` bytes, and `N` is less than 256.
    fn new(payload: &[u8]) -> Self {
        let mut bytes = [0; N];
        bytes[..payload.len()].copy_from_slice(payload);
        Self { len: payload.len() as u8, bytes }
    }
}

impl<const N: usize> AsRef<[u8]> for Block<N> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths_are_what_was_sent() {
        for len in 0..600 {
            let sent: String = ('a'..='z').cycle().take(len).collect();
            assert_eq!(text(sent.as_bytes()).as_deref(), Some(sent.as_str()));
            let mut other = sent.into_bytes();
            if let Some(last) = other.last_mut() {
                *last = 0xc3;
                assert_eq!(text(&other), None, "{len}");
            }
        }
    }
}
