//! Writing: the parts of a message, and JSON with placeholders while it is read.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

fn write_nil(out: &mut Vec<u8>) {
    out.push(0xc0);
}

pub(crate) fn write_uint(out: &mut Vec<u8>, number: u64) {
    match number {
        0..=0x7f => out.push(number as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, number as u8]),
        0x100..=0xffff => {
            out.push(0xcd);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xce);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        _ => {
            out.push(0xcf);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

fn write_int(out: &mut Vec<u8>, number: i64) {
    match number {
        0.. => write_uint(out, number.unsigned_abs()),
        -32..0 => out.push(number as u8),
        -0x80..-32 => out.extend_from_slice(&[0xd0, number as u8]),
        -0x8000..-0x80 => {
            out.push(0xd1);
            out.extend_from_slice(&(number as i16).to_be_bytes());
        }
        -0x8000_0000..-0x8000 => {
            out.push(0xd2);
            out.extend_from_slice(&(number as i32).to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

pub(crate) fn write_str(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        len @ 0..=31 => out.push(0xa0 | len as u8),
        len @ 32..=0xff => out.extend_from_slice(&[0xd9, len as u8]),
        len @ 0x100..=0xffff => {
            out.push(0xda);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(0xdb);
            out.extend_from_slice(&(len as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

fn write_bin(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        len @ 0..=0xff => out.extend_from_slice(&[0xc4, len as u8]),
        len @ 0x100..=0xffff => {
            out.push(0xc5);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(0xc6);
            out.extend_from_slice(&(len as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(bytes);
}

pub(crate) fn write_map(out: &mut Vec<u8>, keys: usize) {
    out.splice(out.len().., collection(keys, 0x80, 0xde));
}

pub(crate) fn write_array(out: &mut Vec<u8>, elements: usize) {
    out.splice(out.len().., collection(elements, 0x90, 0xdc));
}

/// The head of an array or a map.
fn collection(length: usize, short: u8, long: u8) -> Vec<u8> {
    match length {
        0..=15 => vec![short | length as u8],
        16..=0xffff => [&[long][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[long + 1][..], &(length as u32).to_be_bytes()].concat(),
    }
}

/// Writes JSON with placeholders.
///
/// # Errors
/// If it is not JSON, or has more levels than serde_json reads.
pub(crate) fn write_json(
    out: &mut Vec<u8>,
    text: &str,
    attachments: &[Bytes],
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    Writer { out, attachments }.deserialize(&mut json)?;
    json.end()
}

/// Writes a value while it is read: no tree is made of it.
struct Writer<'o, 'a> {
    out: &'o mut Vec<u8>,
    attachments: &'a [Bytes],
}

impl<'a> Writer<'_, 'a> {
    fn again(&mut self) -> Writer<'_, 'a> {
        Writer { out: self.out, attachments: self.attachments }
    }

    /// Puts the head of a collection before its elements, whose number is known only now.
    fn insert_head(&mut self, at: usize, head: Vec<u8>) {
        self.out.splice(at..at, head);
    }
}

impl<'de> DeserializeSeed<'de> for Writer<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        write_nil(self.out);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.out.push(if value { 0xc3 } else { 0xc2 });
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        write_uint(self.out, number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        write_int(self.out, number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.out.push(0xcb);
        self.out.extend_from_slice(&number.to_be_bytes());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        write_str(self.out, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let (start, mut count) = (self.out.len(), 0);
        while seq.next_element_seed(self.again())?.is_some() {
            count += 1;
        }
        self.insert_head(start, collection(count, 0x90, 0xdc));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let (start, mut count) = (self.out.len(), 0);
        while let Some(key) = map.next_key::<String>()? {
            if count == 0 && key == "_placeholder" && !self.attachments.is_empty() {
                return self.placeholder(map);
            }
            count += 1;
            write_str(self.out, &key);
            map.next_value_seed(self.again())?;
        }
        self.insert_head(start, collection(count, 0x80, 0xde));
        Ok(())
    }
}

impl Writer<'_, '_> {
    /// An object that starts as a placeholder does, and may only look like one.
    fn placeholder<'de, A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut entries = vec![("_placeholder".to_owned(), map.next_value::<Value>()?)];
        while let Some(entry) = map.next_entry::<String, Value>()? {
            entries.push(entry);
        }
        if let [(_, Value::Bool(true)), (key, number)] = &entries[..]
            && key == "num"
            && let Some(bytes) = number.as_u64().and_then(|number| self.attachments.get(number as usize))
        {
            write_bin(self.out, bytes);
            return Ok(());
        }
        write_map(self.out, entries.len());
        for (key, value) in entries {
            write_str(self.out, &key);
            value.deserialize_any(self.again()).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
