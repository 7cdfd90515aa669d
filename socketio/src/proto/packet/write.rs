//! Writing a packet, with the Engine.IO type of a message before it.

use super::Type;
use crate::proto::{engine, json::write_number};

/// Writes type and namespace: `42/admin,`.
pub(crate) fn begin(out: &mut Vec<u8>, kind: Type, namespace: &str) {
    engine::packet::begin_message(out);
    out.push(kind as u8);
    if namespace != "/" {
        out.extend_from_slice(namespace.as_bytes());
        out.push(b',');
    }
}

/// Writes what comes before the name of an event: `42/admin,7[`.
pub(crate) fn begin_event(out: &mut Vec<u8>, namespace: &str, id: Option<u64>) {
    begin(out, Type::Event, namespace);
    if let Some(id) = id {
        write_number(out, id);
    }
    out.push(b'[');
}

/// Writes what comes before the arguments of an acknowledgement: `43/admin,7[`. If its value `spreads`, it is the array
/// of all arguments.
pub(crate) fn begin_ack(out: &mut Vec<u8>, namespace: &str, id: u64, spreads: bool) {
    begin(out, Type::Ack, namespace);
    write_number(out, id);
    if !spreads {
        out.push(b'[');
    }
}

/// Writes what comes after the arguments.
pub(crate) fn end_args(out: &mut Vec<u8>) {
    out.push(b']');
}

/// Writes the offset of an event as its last argument, and what comes after the arguments.
pub(crate) fn end_with_offset(out: &mut Vec<u8>, offset: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(offset.as_bytes());
    out.extend_from_slice(b"\"]");
}

/// Makes a text packet, which starts at byte `at` of `out`, a binary one.
pub(crate) fn make_binary(out: &mut Vec<u8>, at: usize, attachments: usize) {
    let kind = &mut out[at + 1];
    *kind += Type::BinaryEvent as u8 - Type::Event as u8;
    let number = format!("{attachments}-");
    out.splice(at + 2..at + 2, number.bytes()).for_each(drop);
}
