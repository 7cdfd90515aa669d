//! JSON as Node's adapters write it: bytes are `{"type":"Buffer","data":[..]}`.

use bytes::Bytes;
use serde_json::Value;

/// JSON with placeholders, in which bytes have the form of `Buffer.prototype.toJSON`.
pub(crate) fn with_buffers(text: &str, attachments: &[Bytes]) -> String {
    if attachments.is_empty() {
        return text.to_owned();
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    walk(&mut value, &mut |value| {
        let number = (value["_placeholder"] == true).then(|| value["num"].as_u64()).flatten()?;
        let bytes = attachments.get(usize::try_from(number).ok()?)?;
        Some(serde_json::json!({ "type": "Buffer", "data": &bytes[..] }))
    });
    value.to_string()
}

/// The other way: JSON of Node, with placeholders for its bytes.
pub(crate) fn from_buffers(text: &str) -> (String, Vec<Bytes>) {
    let mut attachments: Vec<Bytes> = vec![];
    if !text.contains("\"Buffer\"") {
        return (text.to_owned(), attachments);
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return (text.to_owned(), attachments) };
    walk(&mut value, &mut |value| {
        if value["type"] != "Buffer" || value.as_object()?.len() != 2 {
            return None;
        }
        let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
        let bytes: Vec<u8> = value["data"].as_array()?.iter().map(byte).collect::<Option<_>>()?;
        attachments.push(bytes.into());
        Some(serde_json::json!({ "_placeholder": true, "num": attachments.len() - 1 }))
    });
    (value.to_string(), attachments)
}

/// Replaces objects for which there is something else, from the outside in.
fn walk(value: &mut Value, replace: &mut impl FnMut(&Value) -> Option<Value>) {
    match value {
        Value::Object(_) => {
            if let Some(other) = replace(value) {
                *value = other;
            } else if let Value::Object(entries) = value {
                entries.values_mut().for_each(|value| walk(value, replace));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, replace)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_way_there_and_back() {
        let text =
            r#"["x",{"a":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0},{"type":"Buffer"}]"#;
        let attachments = [Bytes::from_static(&[1, 2]), Bytes::from_static(&[3])];
        let buffers = with_buffers(text, &attachments);
        assert!(buffers.contains(r#"{"data":[3],"type":"Buffer"}"#), "{buffers}");
        let (text, attachments) = from_buffers(&buffers);
        assert_eq!(
            text,
            r#"["x",{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1},{"type":"Buffer"}]"#
        );
        assert_eq!(attachments, [&[3][..], &[1, 2]]);
    }
}
