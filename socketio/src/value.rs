//! Values whose types are known only at run time, bytes included.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Number;

use crate::{
    encode::{ArgsWriter, Arguments},
    error::{ClientError, EncodeError},
    event::{Carries, Payload, Takes},
    extract::{EventContext, FromEvent},
    message::{Bytes, attachment},
};

/// What an argument can be: JSON, with bytes in it.
///
/// On the plain wire bytes are strings, and stay strings here: only a type says which strings mean bytes.
///
/// ```
/// use socketio::{emit::Value, on};
///
/// #[on("anything")]
/// fn anything(value: Value) {
///     match value {
///         Value::Text(text) => println!("{text}"),
///         Value::Binary(bytes) => println!("{} bytes", bytes.len()),
///         other => println!("{other:?}"),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// Bytes, which travel as an attachment.
    Binary(Bytes),
    /// A list.
    List(Vec<Value>),
    /// Keys and values, in the order in which they came.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if it is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(entries) => {
                Self::Map(entries.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Binary(bytes) => bytes.serialize(serializer),
            Self::List(values) => {
                let mut seq = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Number(number.into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
                Ok(Value::Binary(bytes.to_vec().into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut values = vec![];
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Value::List(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut entries = vec![];
                while let Some(entry) = map.next_entry::<String, Value>()? {
                    entries.push(entry);
                }
                let value = Value::Map(entries);
                match placeholder(&value) {
                    None => Ok(value),
                    // an object that only looks like a placeholder, where there are no attachments, is an object
                    Some(number) => Ok(attachment(number).map_or(value, Value::Binary)),
                }
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The number of the attachment that the object stands for.
fn placeholder(value: &Value) -> Option<usize> {
    match (value.get("_placeholder")?, value.get("num")?) {
        (Value::Bool(true), Value::Number(number)) => usize::try_from(number.as_u64()?).ok(),
        _ => None,
    }
}

impl Payload for Value {}

impl<'e, K: Carries> FromEvent<'e, K> for Value {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.next_arg()
    }
}

/// All arguments that are left, as values of any type: for handlers, emits and acknowledgements alike.
///
/// ```
/// use socketio::{Socket, emit::Rest, event, on};
///
/// #[on("copy")]
/// fn copy(socket: &Socket, rest: Rest) -> Rest {
///     socket.emit(event!("copied", ..rest.clone()));
///     rest // the acknowledgement, with as many arguments
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rest(pub Vec<Value>);

impl Payload for Rest {
    const SPREADS: bool = true;
    const TAKES: Takes = Takes::All;
}

impl<'e, K: Carries> FromEvent<'e, K> for Rest {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let mut values = vec![];
        while !cx.is_exhausted() {
            values.push(Value::from_event_arg(cx)?);
        }
        Ok(Self(values))
    }
}

impl Value {
    /// The next argument: a raw frame of the plain wire is a text or bytes.
    fn from_event_arg(cx: &mut EventContext<'_>) -> Result<Self, ClientError> {
        match cx.next_frame() {
            Some(message) => Ok(match message.as_text() {
                Some(text) => text.into(),
                None => Self::Binary(Bytes::from(message.as_bytes().to_vec())),
            }),
            None => cx.next_arg(),
        }
    }
}

impl Arguments for Rest {
    fn arity(&self) -> usize {
        self.0.len()
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        self.0.iter().try_for_each(|value| args.arg(value))
    }
}

/// Several values as the arguments of an event, of a handler, or of an acknowledgement: `Args((a, b))`.
///
/// ```
/// use socketio::{emit::Args, on};
///
/// // two arguments in, two values in the answer
/// #[on("swap")]
/// fn swap(Args((a, b)): Args<(i32, String)>) -> Args<(String, i32)> {
///     Args((b, a))
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Args<T>(pub T);

impl<T> Payload for Args<T> {
    const SPREADS: bool = true;
}

impl<'e, K: Carries, T: Deserialize<'e>> FromEvent<'e, K> for Args<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.next_args().map(Self)
    }
}

impl<T: Arguments> Arguments for Args<T> {
    fn arity(&self) -> usize {
        self.0.arity()
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        self.0.write(args)
    }
}
