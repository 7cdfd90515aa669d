//! What clients send.

use serde::Serialize;

/// 128 bytes.
pub const TEXT: &str = "The quick brown fox jumps over the lazy dog, while five boxing wizards jump quickly; \
pack my box with five dozen liquor jugs, ok";
const _: () = assert!(TEXT.len() == 128);

const TEXT_FRAME: u8 = 1;
const BINARY_FRAME: u8 = 2;

pub(crate) fn packet(event: &str, payload: &(impl Serialize + ?Sized)) -> String {
    format!(r#"42["{event}",{}]"#, json(payload))
}

pub(crate) fn envelope(event: &str, payload: &(impl Serialize + ?Sized)) -> String {
    format!(r#"{{"event":"{event}","data":{}}}"#, json(payload))
}

/// A packet and its attachment.
pub(crate) fn binary_packet(event: &str) -> Vec<u8> {
    let packet = format!(r#"451-["{event}",{{"_placeholder":true,"num":0}}]"#);
    [masked(&packet), frame(BINARY_FRAME, TEXT.as_bytes())].concat()
}

/// A text frame of a client.
pub fn masked(text: &str) -> Vec<u8> {
    frame(TEXT_FRAME, text.as_bytes())
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x1f, 0x2e, 0x3d, 0x4c];
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

pub(crate) fn json(payload: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(payload).unwrap_or_else(|error| panic!("{error}"))
}
