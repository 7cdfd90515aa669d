//! Packets of `socket.io-msgpack-parser` (notepack.io), read into the text form that [`packet::decode`](crate::proto::packet::decode) reads.

use std::{
    borrow::Cow,
    io::{self, Write},
    ops::Range,
};

use bytes::Bytes;

/// How many arrays and maps may enclose a value: about as many as the stack of JavaScript's writer allows.
const LEVELS: usize = 10_000;

/// A Socket.IO packet as text, without the Engine.IO type, and the attachments its placeholders number.
#[derive(Debug, PartialEq)]
pub(crate) struct Transcoded {
    pub(crate) text: String,
    /// Parts of the packet that was read: they keep its memory.
    pub(crate) attachments: Vec<Bytes>,
}

/// What one packet may become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_attachments: usize,
    /// In bytes.
    pub(crate) max_text: usize,
}

/// Why bytes are not a packet. The connection ends.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum MsgpackError {
    #[error("the packet ends inside a value")]
    Truncated,
    #[error("bytes after the packet")]
    Trailing,
    #[error("{0:#04x} starts no value")]
    Marker(u8),
    #[error("unknown extension")]
    Extension,
    #[error("a string is not UTF-8")]
    Utf8,
    #[error("a key is not a string")]
    Key,
    #[error("the packet is not a map")]
    Map,
    #[error("duplicate or missing or malformed `{0}`")]
    Field(&'static str),
    #[error("more than {LEVELS} levels of arrays and maps")]
    Nesting,
    #[error("attachments in a packet that can have none")]
    Binary,
    #[error("too many attachments")]
    Attachments,
    #[error("the packet's text is too long")]
    Text,
}

/// Reads one packet: a map of `type`, `nsp`, `data` and `id`; other keys are skipped.
///
/// Whether the payload fits the type is left to the reader of the text.
pub(crate) fn to_text(packet: &Bytes, limits: Limits) -> Result<Transcoded, MsgpackError> {
    let json = Bounded { text: Vec::new(), max: limits.max_text };
    let mut reader = Reader { packet, at: 0, json, attachments: Vec::new(), limits };
    let Head::Map(entries) = reader.head()? else { return Err(MsgpackError::Map) };
    let (mut kind, mut namespace, mut id, mut data) = (None, None, None, None);
    for _ in 0..entries {
        match reader.key()? {
            "type" => once("type", &mut kind, reader.integer("type")?)?,
            "nsp" => once("nsp", &mut namespace, reader.namespace()?)?,
            "id" => once("id", &mut id, reader.integer("id")?)?,
            "data" => once("data", &mut data, reader.data()?)?,
            _ => reader.skip()?,
        }
    }
    if reader.at < packet.len() {
        return Err(MsgpackError::Trailing);
    }
    let attachments = reader.attachments;
    let kind = match (kind.flatten(), attachments.len()) {
        (Some(kind @ 0..=4), 0) => kind.to_string(),
        (Some(kind @ 2..=3), count) => format!("{}{count}-", kind + 3),
        (Some(0..=4), _) => return Err(MsgpackError::Binary),
        _ => return Err(MsgpackError::Field("type")),
    };
    let (namespace, comma) = match namespace.ok_or(MsgpackError::Field("nsp"))? {
        "/" => ("", ""),
        namespace => (namespace, ","),
    };
    let id = id.flatten().map_or_else(String::new, |id| id.to_string());
    let json = String::from_utf8(reader.json.text).map_err(|_| MsgpackError::Utf8)?;
    // after the type, digits are an id
    if json.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(MsgpackError::Field("data"));
    }
    let text = [&kind, namespace, comma, &id, &json].concat();
    if text.len() > limits.max_text {
        return Err(MsgpackError::Text);
    }
    Ok(Transcoded { text, attachments })
}

/// Fills a field that may occur once.
fn once<T>(name: &'static str, field: &mut Option<T>, value: T) -> Result<(), MsgpackError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(MsgpackError::Field(name)),
    }
}

/// A value, or what its first bytes say about the bytes (`Str`, `Bin`) or values after them.
enum Head {
    Nil,
    Undefined,
    Bool(bool),
    Uint(u64),
    Int(i64),
    Float(f64),
    /// Milliseconds since 1970.
    Date(i64),
    Str(u64),
    Bin(u64),
    Array(u64),
    /// The number of keys.
    Map(u64),
}

struct Reader<'a> {
    packet: &'a Bytes,
    at: usize,
    json: Bounded,
    attachments: Vec<Bytes>,
    limits: Limits,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<Range<usize>, MsgpackError> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let end = end.filter(|end| *end <= self.packet.len()).ok_or(MsgpackError::Truncated)?;
        Ok(std::mem::replace(&mut self.at, end)..end)
    }

    /// `width` bytes, big-endian.
    fn uint(&mut self, width: u32) -> Result<u64, MsgpackError> {
        let bytes = self.take(width.into())?;
        Ok(self.packet[bytes].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn int(&mut self, width: u32) -> Result<i64, MsgpackError> {
        let unused = 64 - 8 * width;
        Ok((self.uint(width)? << unused).cast_signed() >> unused)
    }

    fn byte(&mut self) -> Result<u8, MsgpackError> {
        let byte = self.take(1)?;
        Ok(self.packet[byte.start])
    }

    /// All extensions of notepack are of type 0; their form says what they are.
    fn extension(&mut self) -> Result<(), MsgpackError> {
        if self.byte()? == 0 { Ok(()) } else { Err(MsgpackError::Extension) }
    }

    fn head(&mut self) -> Result<Head, MsgpackError> {
        Ok(match self.byte()? {
            byte @ 0..=0x7f => Head::Uint(byte.into()),
            byte @ 0x80..=0x8f => Head::Map((byte & 0x0f).into()),
            byte @ 0x90..=0x9f => Head::Array((byte & 0x0f).into()),
            byte @ 0xa0..=0xbf => Head::Str((byte & 0x1f).into()),
            0xc0 => Head::Nil,
            byte @ 0xc1 => return Err(MsgpackError::Marker(byte)),
            byte @ 0xc2..=0xc3 => Head::Bool(byte == 0xc3),
            byte @ 0xc4..=0xc6 => Head::Bin(self.uint(1 << (byte - 0xc4))?),
            // an ArrayBuffer, or a typed array in Node
            byte @ 0xc7..=0xc9 => {
                let length = self.uint(1 << (byte - 0xc7))?;
                self.extension()?;
                Head::Bin(length)
            }
            0xca => Head::Float(f32::from_bits(self.uint(4)? as u32).into()),
            0xcb => Head::Float(f64::from_bits(self.uint(8)?)),
            byte @ 0xcc..=0xcf => Head::Uint(self.uint(1 << (byte - 0xcc))?),
            byte @ 0xd0..=0xd3 => Head::Int(self.int(1 << (byte - 0xd0))?),
            0xd4 => {
                self.extension()?;
                self.extension()?;
                Head::Undefined
            }
            0xd7 => {
                self.extension()?;
                Head::Date(self.int(8)?)
            }
            0xd5 | 0xd6 | 0xd8 => return Err(MsgpackError::Extension),
            byte @ 0xd9..=0xdb => Head::Str(self.uint(1 << (byte - 0xd9))?),
            byte @ 0xdc..=0xdd => Head::Array(self.uint(2 << (byte - 0xdc))?),
            byte @ 0xde..=0xdf => Head::Map(self.uint(2 << (byte - 0xde))?),
            byte @ 0xe0.. => Head::Int(byte.cast_signed().into()),
        })
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], MsgpackError> {
        let bytes = self.take(length)?;
        Ok(&self.packet[bytes])
    }

    /// A string that is a word of the protocol.
    fn str(&mut self, length: u64) -> Result<&'a str, MsgpackError> {
        str::from_utf8(self.bytes(length)?).map_err(|_| MsgpackError::Utf8)
    }

    /// A string of the program: what is not UTF-8 in it becomes U+FFFD.
    fn text(&mut self, length: u64) -> Result<Cow<'a, str>, MsgpackError> {
        let bytes = self.bytes(length)?;
        Ok(str::from_utf8(bytes).map_or_else(|_| Cow::Owned(mended(bytes)), Cow::Borrowed))
    }

    fn key(&mut self) -> Result<&'a str, MsgpackError> {
        match self.head()? {
            Head::Str(length) => self.str(length),
            _ => Err(MsgpackError::Key),
        }
    }

    /// The key of a map of the program: as in JavaScript, a number or a word is its text.
    fn any_key(&mut self) -> Result<Cow<'a, str>, MsgpackError> {
        match self.head()? {
            Head::Str(length) => self.text(length),
            Head::Uint(number) => Ok(number.to_string().into()),
            Head::Int(number) => Ok(number.to_string().into()),
            Head::Bool(value) => Ok(value.to_string().into()),
            Head::Nil => Ok("null".into()),
            _ => Err(MsgpackError::Key),
        }
    }

    /// An integer of any form, from 0; none if it is undefined.
    fn integer(&mut self, name: &'static str) -> Result<Option<u64>, MsgpackError> {
        let number = match self.head()? {
            Head::Undefined => return Ok(None),
            Head::Uint(number) => Some(number),
            Head::Int(number) => u64::try_from(number).ok(),
            // 2^64
            Head::Float(number)
                if number.fract() == 0.0 && (0.0..18446744073709551616.0).contains(&number) =>
            {
                Some(number as u64)
            }
            _ => None,
        };
        number.map(Some).ok_or(MsgpackError::Field(name))
    }

    fn namespace(&mut self) -> Result<&'a str, MsgpackError> {
        let Head::Str(length) = self.head()? else { return Err(MsgpackError::Field("nsp")) };
        let name = self.str(length)?;
        if name.starts_with('/') && !name.contains(',') { Ok(name) } else { Err(MsgpackError::Field("nsp")) }
    }

    /// Passes over a value, however deep; its strings and keys are not looked at.
    fn skip(&mut self) -> Result<(), MsgpackError> {
        let mut values: u64 = 1;
        while values > 0 {
            values -= 1;
            match self.head()? {
                Head::Str(length) | Head::Bin(length) => {
                    self.take(length)?;
                }
                Head::Array(length) => values = values.saturating_add(length),
                Head::Map(length) => values = values.saturating_add(2 * length),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes the payload, unless it is undefined.
    fn data(&mut self) -> Result<(), MsgpackError> {
        match self.head()? {
            Head::Undefined => Ok(()),
            head => self.value(head),
        }
    }

    /// Writes a value. What is open is on the heap: the peer says how deep it is.
    fn value(&mut self, mut head: Head) -> Result<(), MsgpackError> {
        let mut open: Vec<Open> = vec![];
        loop {
            match head {
                Head::Array(left) => {
                    self.json.raw("[")?;
                    open.push(Open { left, is_map: false, is_empty: true });
                }
                Head::Map(left) => {
                    self.json.raw("{")?;
                    open.push(Open { left, is_map: true, is_empty: true });
                }
                head => self.scalar(head)?,
            }
            if open.len() > LEVELS {
                return Err(MsgpackError::Nesting);
            }
            let innermost = loop {
                let Some(innermost) = open.last_mut() else { return Ok(()) };
                if innermost.left > 0 {
                    break innermost;
                }
                self.json.raw(if innermost.is_map { "}" } else { "]" })?;
                open.pop();
            };
            innermost.left -= 1;
            if !std::mem::take(&mut innermost.is_empty) {
                self.json.raw(",")?;
            }
            if innermost.is_map {
                let key = self.any_key()?;
                self.json.value(&key)?;
                self.json.raw(":")?;
            }
            head = self.head()?;
        }
    }

    /// Writes a value that is neither an array nor a map.
    fn scalar(&mut self, head: Head) -> Result<(), MsgpackError> {
        match head {
            // the last two are not scalars: see `value`
            Head::Nil | Head::Undefined | Head::Array(_) | Head::Map(_) => self.json.raw("null"),
            Head::Bool(value) => self.json.value(&value),
            Head::Uint(number) => self.json.value(&number),
            Head::Int(number) => self.json.value(&number),
            // the nearest that JSON has; and null for what is not a number
            Head::Float(number) => self.json.value(&number.clamp(f64::MIN, f64::MAX)),
            Head::Date(milliseconds) => self.json.value(&date(milliseconds)),
            Head::Str(length) => {
                let text = self.text(length)?;
                self.json.value(&text)
            }
            Head::Bin(length) => {
                let bytes = self.take(length)?;
                let number = self.attachments.len();
                if number >= self.limits.max_attachments {
                    return Err(MsgpackError::Attachments);
                }
                self.attachments.push(self.packet.slice(bytes));
                self.json.raw(&format!(r#"{{"_placeholder":true,"num":{number}}}"#))
            }
        }
    }
}

/// An array or a map that is being read.
struct Open {
    /// How many values are still to come.
    left: u64,
    is_map: bool,
    is_empty: bool,
}

/// Bytes that are not UTF-8, as JavaScript would read them, with U+FFFD for what is not a character.
///
/// Halves of surrogate pairs have a form of three bytes in encoders that do not look at them; two of them are a character.
fn mended(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let (mut rest, mut plain) = (bytes, 0);
    while plain < rest.len() {
        let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, after @ ..] = &rest[plain..] else {
            plain += 1;
            continue;
        };
        let unit = |second: u8, third: u8| 0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f);
        let first = unit(*second, *third);
        let (units, after) = match after {
            [0xed, second @ 0xb0..=0xbf, third @ 0x80..=0xbf, after @ ..] if first < 0xdc00 => {
                (vec![first, unit(*second, *third)], after)
            }
            _ => (vec![first], after),
        };
        text.push_str(&String::from_utf8_lossy(&rest[..plain]));
        text.push_str(&String::from_utf16_lossy(&units));
        (rest, plain) = (after, 0);
    }
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

/// JSON up to a number of bytes.
struct Bounded {
    text: Vec<u8>,
    max: usize,
}

impl Bounded {
    fn raw(&mut self, text: &str) -> Result<(), MsgpackError> {
        self.write_all(text.as_bytes()).map_err(|_| MsgpackError::Text)
    }

    /// For values that have a JSON form: only the limit is an error.
    fn value<T: serde::Serialize + ?Sized>(&mut self, value: &T) -> Result<(), MsgpackError> {
        serde_json::to_writer(self, value).map_err(|_| MsgpackError::Text)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.max - self.text.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `Date.prototype.toISOString` says; none outside the dates of JavaScript.
fn date(milliseconds: i64) -> Option<String> {
    const DAY: i64 = 86_400_000;
    if milliseconds.unsigned_abs() > 100_000_000 * DAY.unsigned_abs() {
        return None;
    }
    // Years start in March and eras of 400 years with the year 0, so that the leap day is the last of all.
    let days = milliseconds.div_euclid(DAY) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + 400 * era + i64::from(month <= 2);
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
    let time = milliseconds.rem_euclid(DAY);
    let (hour, minute) = (time / 3_600_000, time / 60_000 % 60);
    let (second, fraction) = (time / 1_000 % 60, time % 1_000);
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"))
}

#[cfg(test)]
mod tests;
