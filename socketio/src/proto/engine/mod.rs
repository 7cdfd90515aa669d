//! Engine.IO v4 over WebSocket: one packet per frame, the first character is its type.

use serde::Serialize;

/// What a text frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet {
    /// `0`, `5`, `6`, or a stray `3` or `1` in a form that changes nothing.
    Ignored,
    /// `1`: the client leaves.
    Close,
    /// `3`: the answer to our ping.
    Pong,
    /// `4`: a message; it starts at this byte.
    Message,
}

/// A frame that is no packet: the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("not an Engine.IO packet")]
pub(crate) struct PacketError;

/// Why a request opens no session; the codes and texts are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("Transport unknown")]
    Transport,
    #[error("Bad request")]
    BadRequest,
    #[error("Unsupported protocol version")]
    Version,
}

impl RequestError {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Transport => 0,
            Self::BadRequest => 3,
            Self::Version => 5,
        }
    }
}

/// Does the query open a session over WebSocket?
pub(crate) fn check_query(query: &str) -> Result<(), RequestError> {
    let value = |key: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    };
    if value("transport") != Some("websocket") {
        return Err(RequestError::Transport);
    }
    if value("sid").is_some_and(|sid| !sid.is_empty()) {
        return Err(RequestError::BadRequest);
    }
    if value("EIO") != Some("4") {
        return Err(RequestError::Version);
    }
    Ok(())
}

/// Where the text of a message starts.
pub(crate) const MESSAGE_AT: usize = 1;

/// Reads the type of a text frame.
pub(crate) fn decode(text: &str) -> Result<Packet, PacketError> {
    match text.as_bytes() {
        [b'4', ..] => Ok(Packet::Message),
        [b'3', ..] => Ok(Packet::Pong),
        [b'1', ..] => Ok(Packet::Close),
        [b'0' | b'5' | b'6', ..] => Ok(Packet::Ignored),
        _ => Err(PacketError),
    }
}

/// What the server says first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Open<'a> {
    pub(crate) sid: &'a str,
    pub(crate) upgrades: &'a [&'a str],
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    pub(crate) max_payload: u64,
}

impl Open<'_> {
    /// Writes the packet `0{..}`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'0');
        // a struct of numbers and strings: writing it into a `Vec` cannot fail
        let _ = serde_json::to_writer(out, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_has_the_keys_in_order() {
        let mut out = vec![];
        let upgrades = [];
        Open {
            sid: "x",
            upgrades: &upgrades,
            ping_interval: 25_000,
            ping_timeout: 20_000,
            max_payload: 1_000_000,
        }
        .write(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        );
    }

    #[test]
    fn types() {
        assert_eq!(decode("42[\"a\"]").ok(), Some(Packet::Message));
        assert_eq!(decode("3").ok(), Some(Packet::Pong));
        assert_eq!(decode("1").ok(), Some(Packet::Close));
        assert_eq!(decode("6").ok(), Some(Packet::Ignored));
        for bad in ["", "2", "2probe", "x", "é"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
