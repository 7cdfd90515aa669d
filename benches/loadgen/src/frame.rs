//! WebSocket frames (RFC 6455, section 5): masked ones out, unmasked ones in.

use anyhow::{Result, bail, ensure};

pub(crate) const TEXT: u8 = 0x1;
/// With the opcode of a message that is compressed.
pub(crate) const PACKED: u8 = 0x40;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// One complete frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) opcode: u8,
    pub(crate) is_packed: bool,
    pub(crate) payload: &'a [u8],
    /// Bytes of the whole frame, header included.
    pub(crate) length: usize,
}

/// Appends a frame as a client sends it.
pub(crate) fn write(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FIN | opcode);
    match payload.len() {
        length @ ..=125 => out.push(MASKED | length as u8),
        length @ 126..=0xFFFF => {
            out.push(MASKED | LENGTH_16);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | LENGTH_64);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&KEY);
    let start = out.len();
    out.extend_from_slice(payload);
    for chunk in out[start..].chunks_mut(KEY.len()) {
        for (byte, key) in chunk.iter_mut().zip(KEY) {
            *byte ^= key;
        }
    }
}

/// The first frame of `input`; `None` if it is not complete yet. `packs`: messages may be compressed.
pub(crate) fn read(input: &[u8], packs: bool) -> Result<Option<Frame<'_>>> {
    let [first, second, rest @ ..] = input else { return Ok(None) };
    ensure!(first & FIN != 0, "the server sent a fragment; none of these messages is worth one");
    let reserved = if packs { RESERVED & !PACKED } else { RESERVED };
    ensure!(first & reserved == 0, "the server set reserved bits: {first:#04x}");
    ensure!(second & MASKED == 0, "the server masked a frame");
    let (header, length) = match (*second, rest) {
        (LENGTH_16, [a, b, ..]) => (4, u16::from_be_bytes([*a, *b]) as usize),
        (LENGTH_64, [a, b, c, d, e, f, g, h, ..]) => {
            (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as usize)
        }
        (LENGTH_16 | LENGTH_64, _) => return Ok(None),
        (short, _) => (2, usize::from(short)),
    };
    if length > MAX_PAYLOAD {
        bail!("the server sent a frame of {length} bytes");
    }
    let end = header + length;
    let is_packed = first & PACKED != 0;
    let frame = |payload| Frame { opcode: first & OPCODE, is_packed, payload, length: end };
    Ok(input.get(header..end).map(frame))
}

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
const MAX_PAYLOAD: usize = 1 << 24;
/// Fixed: it costs the server the same as a random one, and us less.
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_masked_hello_of_the_rfc() {
        let mut out = Vec::new();
        write(TEXT, b"Hello", &mut out);
        // RFC 6455, 5.7: "A single-frame masked text message"
        assert_eq!(out, [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]);
    }

    #[test]
    fn frames_of_every_length_form_are_read() {
        for length in [0_usize, 125, 126, 0xFFFF, 0x1_0000] {
            let mut input = vec![FIN | TEXT];
            match length {
                ..=125 => input.push(length as u8),
                126..=0xFFFF => {
                    input.push(LENGTH_16);
                    input.extend((length as u16).to_be_bytes());
                }
                _ => {
                    input.push(LENGTH_64);
                    input.extend((length as u64).to_be_bytes());
                }
            }
            input.resize(input.len() + length, b'x');
            let whole = input.len();
            let frame = read(&input, false).expect("valid").expect("complete");
            assert_eq!((frame.opcode, frame.payload.len(), frame.length), (TEXT, length, whole));
            assert_eq!(read(&input[..whole - 1], false).expect("valid"), None);
        }
    }
}
