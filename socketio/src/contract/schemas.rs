//! The schemas of our own types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::marks::{BYTES, MARK, REST, SPREAD};
use crate::{
    emit::{Args, Rest, Value},
    error::ClientError,
    extract::Data,
    message::{Bytes, Message},
};

macro_rules! inline {
    ($([$($generics:tt)*] $ty:ty, $name:literal, $generator:ident => $schema:expr;)*) => { $(
        impl $($generics)* JsonSchema for $ty {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn schema_id() -> Cow<'static, str> {
                std::any::type_name::<Self>().into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )* };
}

inline! {
    // an attachment on Socket.IO's wire, a base64 string on the plain one
    [] Bytes, "Bytes", _generator => json_schema!({ "type": "string", "contentEncoding": "base64", MARK: BYTES });
    [] Message, "Message", _generator => json_schema!({ "anyOf": [
        { "type": "string" },
        { "type": "string", "contentEncoding": "base64", MARK: BYTES },
    ] });
    [] Value, "Value", _generator => json_schema!(true);
    [] Rest, "Rest", _generator => json_schema!({ "type": "array", MARK: REST });
    [<T: JsonSchema>] Args<T>, "Args", generator => {
        let inside = generator.subschema_for::<T>();
        json_schema!({ "allOf": [inside], MARK: SPREAD })
    };
    [<T: JsonSchema>] Data<T>, "Data", generator => generator.subschema_for::<T>();
    [] ClientError, "ClientError", _generator => json_schema!({
        "type": "object",
        "required": ["code", "message"],
        "properties": { "code": { "type": "string" }, "message": { "type": "string" }, "data": true },
    });
}
