//! A value on its way between nodes: its JSON, and the bytes that placeholders in it stand for.

use std::fmt;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    encode,
    encode::Arguments,
    error::EncodeError,
    handler::{Attached, Body},
    proto::Span,
};

/// A value, or an event with its arguments, as it travels between nodes: JSON text in which
/// `{"_placeholder":true,"num":0}` stands for the first of the byte strings that go with it.
///
/// ```
/// use socketio::cluster::Packed;
///
/// let event = Packed::new(r#"["moved",{"_placeholder":true,"num":0}]"#, vec![vec![1, 2].into()])?;
/// assert_eq!(event.name().as_deref(), Some("moved"));
/// assert!(Packed::new("[", vec![]).is_err());
/// # Ok::<(), socketio::cluster::NotPacked>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Packed {
    text: Utf8Bytes,
    attachments: Vec<Bytes>,
}

/// A text is not one JSON value, or is nested too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one JSON value of at most {LEVELS} levels")]
pub struct NotPacked;

/// How many arrays and objects may enclose a value: below the limit of serde_json, which reads it later.
const LEVELS: usize = 120;

impl Packed {
    /// Checks the text of another node.
    ///
    /// # Errors
    /// If it is not one JSON value, or has more than 120 levels.
    pub fn new(text: impl Into<String>, attachments: Vec<Bytes>) -> Result<Self, NotPacked> {
        let text: String = text.into();
        serde_json::from_str::<&RawValue>(&text).map_err(|_| NotPacked)?;
        if is_deeper(&text, LEVELS) || u32::try_from(text.len()).is_err() {
            return Err(NotPacked);
        }
        Ok(Self { text: text.into(), attachments })
    }

    /// An event of this process: `["name",..]`.
    pub(crate) fn event(name: &str, args: &dyn Arguments) -> Result<Self, EncodeError> {
        let (text, attachments) = encode::packed_event(name, args)?;
        Ok(Self { text: text.into(), attachments: attachments.into_iter().map(Bytes::from).collect() })
    }

    /// A value of this process.
    pub(crate) fn value<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        let (text, attachments) = encode::packed_value(value)?;
        Ok(Self { text: text.into(), attachments: attachments.into_iter().map(Bytes::from).collect() })
    }

    /// A part of a frame that a client sent, which is one JSON value.
    pub(crate) fn part(text: &str, attachments: &[Bytes]) -> Self {
        Self { text: text.to_owned().into(), attachments: attachments.to_vec() }
    }

    /// The JSON.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// What the placeholders stand for.
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// How many bytes it has, attachments included.
    pub fn len(&self) -> usize {
        self.text.len() + self.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    /// Never `true`: a JSON value has at least one character.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of the event, if it is one: an array that starts with a text.
    pub fn name(&self) -> Option<String> {
        self.parts().map(|parts| parts.name)
    }

    /// The parts of an event.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        let text = self.text.as_str();
        let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        let (name, args) = elements.split_first()?;
        let name = serde_json::from_str(name.get()).ok()?;
        // elements lie in the text, one after another
        let start = |value: &RawValue| value.get().as_ptr() as usize - text.as_ptr() as usize;
        let range = match (args.first(), args.last()) {
            (Some(first), Some(last)) => start(first)..start(last) + last.get().len(),
            _ => 0..0,
        };
        Some(Parts { name, inside: text.get(range.clone())?, span: Span::many(range), count: args.len() })
    }

    /// The arguments of an event, for a handler.
    pub(crate) fn arguments(&self, span: Span) -> Body {
        self.body(span)
    }

    /// The value, as the answer of a client is read.
    pub(crate) fn into_answer(self) -> Body {
        let span = Span::one(0..self.text.len());
        self.body(span)
    }

    fn body(&self, span: Span) -> Body {
        if self.attachments.is_empty() {
            return Body::Json { frame: self.text.clone(), span };
        }
        let attached =
            Attached { text: self.text.clone(), args: span, attachments: self.attachments.clone() };
        Body::Attached(attached.into())
    }
}

/// An event, taken apart.
pub(crate) struct Parts<'a> {
    pub(crate) name: String,
    /// The arguments, with commas between them.
    pub(crate) inside: &'a str,
    pub(crate) span: Span,
    pub(crate) count: usize,
}

/// Has the text, which is JSON, more levels than this?
fn is_deeper(text: &str, levels: usize) -> bool {
    let opens = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if opens <= levels {
        return false;
    }
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => {
                depth += 1;
                if depth > levels {
                    return true;
                }
            }
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

impl fmt::Debug for Packed {
    /// Shows the length: payloads do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_taken_apart_where_it_lies() {
        let packed = Packed::new(r#" ["a\n" , 1 ,{"b":[2, "]"]} ] "#, vec![]).expect("JSON");
        let parts = packed.parts().expect("an event");
        assert_eq!((&*parts.name, parts.inside, parts.count), ("a\n", r#"1 ,{"b":[2, "]"]}"#, 2));
        assert_eq!(Packed::new(r#"["x"]"#, vec![]).expect("JSON").parts().expect("an event").count, 0);
        for text in ["{}", "[]", "[1]", "1"] {
            assert!(Packed::new(text, vec![]).expect("JSON").parts().is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_value_of_few_levels_is_refused() {
        for text in ["", "[", "1 2", "\"\u{1}\"", "nul"] {
            assert_eq!(Packed::new(text, vec![]), Err(NotPacked), "{text}");
        }
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Packed::new(nested(LEVELS), vec![]).is_ok());
        assert_eq!(Packed::new(nested(LEVELS + 1), vec![]), Err(NotPacked));
        assert!(Packed::new(format!("{:?}", "[".repeat(1000)), vec![]).is_ok(), "brackets in a text");
        assert!(Packed::new(format!("[{}1]", "[],".repeat(1000)), vec![]).is_ok(), "side by side");
    }
}
