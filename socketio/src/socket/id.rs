//! The identity of a socket.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// The public identity of a socket: it never changes, and says nothing about the session's secret id.
///
/// 20 URL-safe characters on the Socket.IO wire, a UUID v4 on the plain wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(Form);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    /// 15 random bytes: 20 characters of URL-safe base64.
    Short([u8; 15]),
    Uuid(Uuid),
}

/// A text is not the id of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a socket id")]
pub struct InvalidSocketId;

impl SocketId {
    /// A new id for the Socket.IO wire.
    pub(crate) fn short() -> Self {
        Self(Form::Short(random()))
    }

    /// A new id for the plain wire.
    pub(crate) fn uuid() -> Self {
        Self(Form::Uuid(Uuid::new_v4()))
    }
}

/// A new secret id of an engine session: 20 characters from 15 random bytes.
pub(crate) fn session_id() -> String {
    URL_SAFE_NO_PAD.encode(random())
}

/// Random bytes from the operating system.
///
/// # Panics
/// If the operating system has none to give. Uuid panics in that case as well; there is no safe way to go on.
fn random() -> [u8; 15] {
    let mut bytes = [0; 15];
    #[expect(clippy::expect_used, reason = "without random numbers no id can be a secret")]
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Form::Short(bytes) => {
                let mut text = [0; 20];
                // 15 bytes are 20 characters exactly
                let len = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).unwrap_or(0);
                f.write_str(str::from_utf8(&text[..len]).unwrap_or_default())
            }
            Form::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SocketId({self})")
    }
}

impl FromStr for SocketId {
    type Err = InvalidSocketId;

    fn from_str(text: &str) -> Result<Self, InvalidSocketId> {
        match text.len() {
            20 => {
                let mut bytes = [0; 15];
                URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| InvalidSocketId)?;
                Ok(Self(Form::Short(bytes)))
            }
            36 => Uuid::parse_str(text).map(|uuid| Self(Form::Uuid(uuid))).map_err(|_| InvalidSocketId),
            _ => Err(InvalidSocketId),
        }
    }
}

impl serde::Serialize for SocketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for SocketId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        for id in [SocketId::short(), SocketId::uuid()] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(SocketId::short().to_string().len(), 20);
        for text in
            ["", "a", "é234567890123456789", "zzzzzzzzzzzzzzzzzzzzz", "no-uuid-no-uuid-no-uuid-no-uuid-no-u"]
        {
            assert_eq!(text.parse::<SocketId>(), Err(InvalidSocketId), "{text}");
        }
    }
}
