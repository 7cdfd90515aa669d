//! Reading: values where they lie, and as JSON with placeholders.

use bytes::Bytes;

use crate::wire::{LEVELS, Malformed};

/// Reads values one after another, where they lie.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A value, or what its first bytes say about the bytes (`Str`, `Bin`) or values after them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Head {
    Nil,
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

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where the next value starts.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes to a position that was given before.
    pub(crate) fn go_to(&mut self, position: usize) {
        self.at = position.min(self.bytes.len());
    }

    /// The whole message must have been read.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(Malformed::Trailing) }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let end = end.filter(|end| *end <= self.bytes.len()).ok_or(Malformed::Truncated)?;
        let start = std::mem::replace(&mut self.at, end);
        Ok(&self.bytes[start..end])
    }

    fn uint(&mut self, width: u32) -> Result<u64, Malformed> {
        Ok(self.take(width.into())?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn int(&mut self, width: u32) -> Result<i64, Malformed> {
        let unused = 64 - 8 * width;
        Ok((self.uint(width)? << unused).cast_signed() >> unused)
    }

    /// An extension: dates of type -1 and 0, nothing, or bytes.
    fn extension(&mut self, length: u64) -> Result<Head, Malformed> {
        let kind = self.int(1)?;
        match (kind, length) {
            (-1, 4) => Ok(Head::Date(self.uint(4)? as i64 * 1000)),
            (-1, 8) => {
                let packed = self.uint(8)?;
                let (nanoseconds, seconds) = (packed >> 34, packed & 0x3_ffff_ffff);
                Ok(Head::Date(seconds as i64 * 1000 + (nanoseconds / 1_000_000) as i64))
            }
            (-1, 12) => {
                let nanoseconds = self.uint(4)?;
                let seconds = self.int(8)?;
                let milliseconds = i64::try_from(nanoseconds / 1_000_000).unwrap_or_default();
                Ok(Head::Date(seconds.saturating_mul(1000).saturating_add(milliseconds)))
            }
            (0, 1) => {
                self.take(1)?;
                Ok(Head::Nil)
            }
            (0, 8) => Ok(Head::Date(self.int(8)?)),
            // an ArrayBuffer, or a typed array; what nobody knows is bytes as well
            _ => Ok(Head::Bin(length)),
        }
    }

    pub(crate) fn head(&mut self) -> Result<Head, Malformed> {
        let byte = self.uint(1)? as u8;
        Ok(match byte {
            0..=0x7f => Head::Uint(byte.into()),
            0x80..=0x8f => Head::Map((byte & 0x0f).into()),
            0x90..=0x9f => Head::Array((byte & 0x0f).into()),
            0xa0..=0xbf => Head::Str((byte & 0x1f).into()),
            0xc0 => Head::Nil,
            0xc1 => return Err(Malformed::Marker),
            0xc2..=0xc3 => Head::Bool(byte == 0xc3),
            0xc4..=0xc6 => Head::Bin(self.uint(1 << (byte - 0xc4))?),
            0xc7..=0xc9 => {
                let length = self.uint(1 << (byte - 0xc7))?;
                self.extension(length)?
            }
            0xca => Head::Float(f32::from_bits(self.uint(4)? as u32).into()),
            0xcb => Head::Float(f64::from_bits(self.uint(8)?)),
            0xcc..=0xcf => Head::Uint(self.uint(1 << (byte - 0xcc))?),
            0xd0..=0xd3 => Head::Int(self.int(1 << (byte - 0xd0))?),
            0xd4..=0xd8 => self.extension(1 << (byte - 0xd4))?,
            0xd9..=0xdb => Head::Str(self.uint(1 << (byte - 0xd9))?),
            0xdc..=0xdd => Head::Array(self.uint(2 << (byte - 0xdc))?),
            0xde..=0xdf => Head::Map(self.uint(2 << (byte - 0xde))?),
            0xe0.. => Head::Int(byte.cast_signed().into()),
        })
    }

    fn text(&mut self, length: u64) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.take(length)?).map_err(|_| Malformed::Utf8)
    }

    /// A text; emitters of other languages send raw strings as bytes.
    pub(crate) fn str(&mut self) -> Result<&'a str, Malformed> {
        match self.head()? {
            Head::Str(length) | Head::Bin(length) => self.text(length),
            _ => Err(Malformed::Shape),
        }
    }

    /// The number of elements.
    pub(crate) fn array(&mut self) -> Result<u64, Malformed> {
        match self.head()? {
            Head::Array(length) => Ok(length),
            _ => Err(Malformed::Shape),
        }
    }

    /// Passes over a value, however deep.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let mut values: u64 = 1;
        while values > 0 {
            values -= 1;
            match self.head()? {
                Head::Str(length) | Head::Bin(length) => {
                    self.take(length)?;
                }
                Head::Array(length) => values = values.saturating_add(length),
                Head::Map(length) => values = values.saturating_add(length.saturating_mul(2)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes the next value as JSON, its bytes as placeholders.
    pub(crate) fn json(&mut self, out: &mut Vec<u8>, attachments: &mut Vec<Bytes>) -> Result<(), Malformed> {
        let head = self.head()?;
        self.value(head, out, attachments, LEVELS)
    }

    fn value(
        &mut self,
        head: Head,
        out: &mut Vec<u8>,
        attachments: &mut Vec<Bytes>,
        levels: usize,
    ) -> Result<(), Malformed> {
        let inner = || levels.checked_sub(1).ok_or(Malformed::Nesting);
        match head {
            Head::Nil => out.extend_from_slice(b"null"),
            Head::Bool(value) => write(out, &value),
            Head::Uint(number) => write(out, &number),
            Head::Int(number) => write(out, &number),
            // null, if it is not finite
            Head::Float(number) => write(out, &number),
            Head::Date(milliseconds) => write(out, &date(milliseconds)),
            Head::Str(length) => write(out, self.text(length)?),
            Head::Bin(length) => {
                let bytes = Bytes::copy_from_slice(self.take(length)?);
                out.extend_from_slice(
                    format!(r#"{{"_placeholder":true,"num":{}}}"#, attachments.len()).as_bytes(),
                );
                attachments.push(bytes);
            }
            Head::Array(length) => {
                let levels = inner()?;
                out.push(b'[');
                for index in 0..length {
                    if index > 0 {
                        out.push(b',');
                    }
                    let head = self.head()?;
                    self.value(head, out, attachments, levels)?;
                }
                out.push(b']');
            }
            Head::Map(length) => {
                let levels = inner()?;
                out.push(b'{');
                for index in 0..length {
                    if index > 0 {
                        out.push(b',');
                    }
                    write(out, self.str()?);
                    out.push(b':');
                    let head = self.head()?;
                    self.value(head, out, attachments, levels)?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }
}

/// For values that have a JSON form: into a `Vec` that cannot fail.
fn write<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// What `Date.prototype.toISOString` says; none outside the dates of JavaScript.
fn date(milliseconds: i64) -> Option<String> {
    const DAY: i64 = 86_400_000;
    if milliseconds.unsigned_abs() > 100_000_000 * DAY.unsigned_abs() {
        return None;
    }
    // years start in March and eras of 400 years with the year 0, so that the leap day is the last of all
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
