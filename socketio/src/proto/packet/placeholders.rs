//! `{"_placeholder":true,"num":0}`: where an attachment belongs.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// Checks that `json` is JSON, and that every placeholder in it names one of the attachments.
pub(super) fn check(json: &str, attachments: usize) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Checked(attachments).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Any value, with this many attachments.
#[derive(Clone, Copy)]
struct Checked(usize);

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut is_placeholder, mut number) = (false, Value::Null);
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "_placeholder" => is_placeholder = map.next_value::<Value>()? == true,
                "num" => number = map.next_value()?,
                _ => map.next_value_seed(self)?,
            }
        }
        if is_placeholder && number.as_u64().is_none_or(|number| number >= self.0 as u64) {
            return Err(A::Error::custom("a placeholder without its attachment"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Some JSON, placeholders included.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i16>().prop_map(|number| json!(number)),
            "[a-z\"\\\\]{0,4}".prop_map(|text| json!(text)),
            (any::<bool>(), 0_u8..4).prop_map(|(is, num)| json!({ "_placeholder": is, "num": num })),
            Just(json!({ "_placeholder": true })),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-z]{1,3}|num", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// The same question, asked of a tree.
    fn fits(value: &Value, attachments: u64) -> bool {
        match value {
            Value::Array(values) => values.iter().all(|value| fits(value, attachments)),
            Value::Object(map) => {
                let is_placeholder = map.get("_placeholder") == Some(&json!(true));
                let names_one = map.get("num").and_then(Value::as_u64).is_some_and(|num| num < attachments);
                // what stands under these two keys is not looked into
                let others = map.iter().filter(|(key, _)| !["_placeholder", "num"].contains(&key.as_str()));
                (!is_placeholder || names_one)
                    && others.into_iter().all(|(_, value)| fits(value, attachments))
            }
            _ => true,
        }
    }

    proptest! {
        #[test]
        fn every_placeholder_names_an_attachment(value in values(), attachments in 0_usize..5) {
            let text = value.to_string();
            prop_assert_eq!(check(&text, attachments).is_ok(), fits(&value, attachments as u64), "{}", text);
        }

        #[test]
        fn what_is_not_json_is_an_error(text in "[\\[\\]{}\",:a1 ]{0,12}") {
            prop_assert_eq!(check(&text, 0).is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }
}
