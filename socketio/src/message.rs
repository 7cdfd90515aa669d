//! Raw messages and byte strings.

use std::{
    cell::RefCell,
    fmt,
    ops::{Deref, Range},
};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::proto::base64;

/// One message without an event's name: a frame on the plain wire, the event `message` on the Socket.IO wire.
///
/// ```
/// use socketio::Message;
///
/// assert_eq!(Message::text("hello").as_text(), Some("hello"));
/// assert_eq!(Message::binary(vec![1, 2]).as_bytes(), [1, 2]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message(pub(crate) Raw);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    Text(Utf8Bytes),
    Binary(bytes::Bytes),
}

impl Message {
    /// A text message.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Raw::Text(Utf8Bytes::from(text.into())))
    }

    /// A binary message.
    pub fn binary(bytes: impl Into<bytes::Bytes>) -> Self {
        Self(Raw::Binary(bytes.into()))
    }

    /// The text of a text message.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Raw::Text(text) => Some(text.as_str()),
            Raw::Binary(_) => None,
        }
    }

    /// The bytes of the message, text or binary.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Raw::Text(text) => text.as_bytes(),
            Raw::Binary(bytes) => bytes,
        }
    }

    /// Is it a binary message?
    pub fn is_binary(&self) -> bool {
        matches!(self.0, Raw::Binary(_))
    }
}

/// What messages without an event's name are heard as.
pub(crate) const MESSAGE: &str = "message";

/// A part of a text, in its memory. The range is on character boundaries.
pub(crate) fn slice(text: &Utf8Bytes, range: Range<usize>) -> Utf8Bytes {
    let bytes: bytes::Bytes = text.clone().into();
    Utf8Bytes::try_from(bytes.slice(range)).unwrap_or_default()
}

impl fmt::Debug for Message {
    /// Shows the kind and the length: payloads do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_binary() { "Binary" } else { "Text" };
        write!(f, "Message::{kind}({} bytes)", self.as_bytes().len())
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// A byte string that travels as binary where the wire can carry it, and as a base64 string inside the
/// plain wire's envelopes.
///
/// Cheap to clone; dereferences to `[u8]`. A binary message that a handler takes shares the memory it was read
/// into: copy what is small and kept for long.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use socketio::{Bytes, Event, Socket, on};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event("file:part")]
/// struct Part {
///     offset: u64,
///     data: Bytes,
/// }
///
/// #[on(Part)]
/// fn part(socket: &Socket, part: Part) {
///     println!("{} bytes at {}", part.data.len(), part.offset);
///     socket.broadcast().emit(&part);
/// }
///
/// assert_eq!(Bytes::from(vec![1, 2, 3])[..], [1, 2, 3]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bytes(bytes::Bytes);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<bytes::Bytes> for Bytes {
    fn from(bytes: bytes::Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Bytes> for bytes::Bytes {
    fn from(bytes: Bytes) -> Self {
        bytes.0
    }
}

impl serde::Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Bytes {
    /// From an attachment on the Socket.IO wire, where it shares the memory that was read into; from a base64
    /// string on the plain wire.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
                base64::read(text).map(Bytes::from).map_err(E::custom)
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes::Bytes::copy_from_slice(bytes)))
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes::from(bytes))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
                let (mut is_placeholder, mut number) = (false, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "_placeholder" => is_placeholder = map.next_value()?,
                        "num" => number = Some(map.next_value()?),
                        _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                    }
                }
                let number = number.filter(|_| is_placeholder);
                let number =
                    number.ok_or_else(|| serde::de::Error::custom("expected bytes, found an object"))?;
                attachment(number)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("attachment {number} is missing")))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

thread_local! {
    /// The attachments of the packet whose arguments are being extracted.
    ///
    /// A thread-local, because placeholders stand anywhere inside a payload, beneath whatever serde puts
    /// between (tagged enums buffer their content). Extraction is sync, so nothing else can come in between.
    static ATTACHMENTS: RefCell<Vec<bytes::Bytes>> = const { RefCell::new(Vec::new()) };
}

/// Runs `extract`, for which placeholders stand for these attachments.
pub(crate) fn with_attachments<R>(attachments: &[bytes::Bytes], extract: impl FnOnce() -> R) -> R {
    struct Restore(Vec<bytes::Bytes>);

    impl Drop for Restore {
        fn drop(&mut self) {
            ATTACHMENTS.set(std::mem::take(&mut self.0));
        }
    }

    if attachments.is_empty() {
        return extract();
    }
    let _restore = Restore(ATTACHMENTS.replace(attachments.to_vec()));
    extract()
}

/// The attachment with this number, inside [`with_attachments`].
pub(crate) fn attachment(number: usize) -> Option<Bytes> {
    ATTACHMENTS.with_borrow(|attachments| attachments.get(number).cloned().map(Bytes))
}
