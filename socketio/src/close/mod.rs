//! What a close frame says: a code and a text.

pub(crate) mod reason;

use std::sync::Arc;

pub(crate) use self::reason::DisconnectReason;

/// A WebSocket close code that may be sent (RFC 6455 section 7.4).
///
/// ```
/// use socketio::close::CloseCode;
///
/// assert_eq!(CloseCode::new(4001).map(CloseCode::get), Some(4001));
/// assert_eq!(CloseCode::new(1006), None, "that one is never sent");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server goes down, or the page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: a kind of data that is not accepted.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: a message whose text is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: against the server's policy; a refused connection.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message that is too long.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: the server failed.
    pub const INTERNAL: Self = Self(1011);
    /// 1012: the server restarts.
    pub const RESTART: Self = Self(1012);
    /// 1013: the peer reads too slowly, or the server is overloaded.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// A code that may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999.
    pub fn new(code: u16) -> Option<Self> {
        matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999).then_some(Self(code))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

/// The text of a close frame: at most 123 bytes.
///
/// ```
/// use socketio::close::CloseReason;
///
/// assert_eq!(CloseReason::from("enough").as_str(), "enough");
/// assert_eq!(CloseReason::truncating(&"x".repeat(200)).as_str().len(), 123);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CloseReason(Arc<str>);

impl CloseReason {
    /// Cuts `text` on a character boundary where it is longer than a close frame can hold.
    pub fn truncating(text: &str) -> Self {
        let mut end = text.len().min(123);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(text[..end].into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for CloseReason {
    /// See [`truncating`](Self::truncating).
    fn from(text: &str) -> Self {
        Self::truncating(text)
    }
}

impl From<String> for CloseReason {
    /// See [`truncating`](Self::truncating).
    fn from(text: String) -> Self {
        Self::truncating(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_may_be_sent_exist() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
            assert_eq!(CloseCode::new(code), None, "{code}");
        }
        for code in [1000, 1003, 1007, 1014, 3000, 4999] {
            assert_eq!(CloseCode::new(code).map(CloseCode::get), Some(code));
        }
    }

    #[test]
    fn reasons_are_cut_on_a_character_boundary() {
        let reason = CloseReason::truncating(&"é".repeat(80));
        assert_eq!(reason.as_str(), "é".repeat(61));
    }
}
