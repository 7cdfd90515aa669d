//! Arguments that come from the client.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{
    error::{ClientError, FieldErrors},
    event::{Carries, Payload, Takes},
    extract::{EventContext, FromEvent, validate::validated},
    message::{Bytes, Message},
};

/// Any deserializable value as the next argument, for types that have no `#[derive(Payload)]`.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use socketio::{Data, on};
///
/// #[on("scores")]
/// fn scores(Data(scores): Data<BTreeMap<String, u32>>) -> u32 {
///     scores.values().sum()
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Data<T>(pub T);

impl<'e, K: Carries, T: Deserialize<'e>> FromEvent<'e, K> for Data<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.next_arg().map(Self)
    }
}

/// An argument that may be `null`, or missing where it is the last one.
impl<'e, K: Carries, P: Payload + FromEvent<'e, K>> FromEvent<'e, K> for Option<P> {
    type Rejection = P::Rejection;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, P::Rejection> {
        if cx.is_exhausted() || cx.arguments.take_null() { Ok(None) } else { P::from_event(cx).map(Some) }
    }
}

macro_rules! payloads {
    ($($ty:ty;)*) => { $(
        impl Payload for $ty {}

        impl<'e, K: Carries> FromEvent<'e, K> for $ty {
            type Rejection = ClientError;

            fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
                cx.next_arg()
            }
        }
    )* };
}

payloads! {
    bool;
    u8; u16; u32; u64; usize;
    i8; i16; i32; i64; isize;
    f32; f64;
    serde_json::Value;
}

impl<T: Payload> Payload for Vec<T> {
    const VALIDATES: bool = T::VALIDATES;

    fn validate(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        for (place, value) in self.iter().enumerate() {
            if let Err(inside) = value.validate() {
                errors.add_inside(&format!("[{place}]"), inside);
            }
        }
        errors.into_result()
    }
}

impl<'e, K: Carries, T: Payload> FromEvent<'e, K> for Vec<T>
where
    Vec<T>: Deserialize<'e>,
{
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.next_arg().and_then(validated)
    }
}

macro_rules! tuples {
    ($(($($name:ident $place:tt),+))*) => { $(
        impl<$($name: Payload),+> Payload for ($($name,)+) {
            const VALIDATES: bool = $($name::VALIDATES)||+;

            fn validate(&self) -> Result<(), FieldErrors> {
                let mut errors = FieldErrors::new();
                $(if let Err(inside) = self.$place.validate() {
                    errors.add_inside(concat!("[", $place, "]"), inside);
                })+
                errors.into_result()
            }
        }

        impl<'e, K: Carries, $($name: Payload),+> FromEvent<'e, K> for ($($name,)+)
        where
            ($($name,)+): Deserialize<'e>,
        {
            type Rejection = ClientError;

            fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
                cx.next_arg().and_then(validated)
            }
        }
    )* };
}

tuples! { (A 0, B 1) (A 0, B 1, C 2) }

/// Only as an acknowledgement: an argument that may have escapes is `Cow<'_, str>`.
impl Payload for &str {}

/// As an acknowledgement `null` where there is none; as an argument see below.
impl<T: Payload> Payload for Option<T> {
    const TAKES: Takes = Takes::Optional;
    const VALIDATES: bool = T::VALIDATES;

    fn validate(&self) -> Result<(), FieldErrors> {
        self.as_ref().map_or(Ok(()), Payload::validate)
    }
}

impl Payload for String {}

impl<'e, K: Carries> FromEvent<'e, K> for String {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.arguments.next_text().map(Cow::into_owned)
    }
}

impl Payload for Cow<'_, str> {}

impl<'e, K: Carries> FromEvent<'e, K> for Cow<'e, str> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.arguments.next_text()
    }
}

impl Payload for Bytes {}

impl<'e, K: Carries> FromEvent<'e, K> for Bytes {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match cx.arguments.next_binary() {
            Some(bytes) => Ok(bytes.into()),
            None => cx.next_arg(),
        }
    }
}

impl Payload for Message {}

impl<'e, K: Carries> FromEvent<'e, K> for Message {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        cx.arguments.next_message()
    }
}
