//! Writing an envelope.

use crate::proto::json::write_number;

/// Writes what comes before the arguments of an event.
pub(crate) fn begin_event(out: &mut Vec<u8>, name: &str, arity: usize) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"event\":");
    serde_json::to_writer(&mut *out, name)?;
    begin_args(out, arity);
    Ok(())
}

/// Writes what comes before the arguments of an acknowledgement. If its value `spreads`, it is the array of
/// all arguments.
pub(crate) fn begin_ack(out: &mut Vec<u8>, id: u64, arity: usize, spreads: bool) {
    out.extend_from_slice(b"{\"ack\":");
    write_number(out, id);
    if spreads {
        out.extend_from_slice(b",\"args\":");
    } else {
        begin_args(out, arity);
    }
}

fn begin_args(out: &mut Vec<u8>, arity: usize) {
    match arity {
        0 => {}
        1 => out.extend_from_slice(b",\"data\":"),
        _ => out.extend_from_slice(b",\"args\":["),
    }
}

/// Writes what comes after the arguments; `id` if an acknowledgement is asked for.
pub(crate) fn end(out: &mut Vec<u8>, arity: usize, id: Option<u64>) {
    if arity > 1 {
        out.push(b']');
    }
    if let Some(id) = id {
        out.extend_from_slice(b",\"id\":");
        write_number(out, id);
    }
    out.push(b'}');
}

/// Writes a whole answer that is an error.
pub(crate) fn ack_error(
    out: &mut Vec<u8>,
    id: u64,
    error: &impl serde::Serialize,
) -> Result<(), serde_json::Error> {
    out.extend_from_slice(b"{\"ack\":");
    write_number(out, id);
    out.extend_from_slice(b",\"error\":");
    serde_json::to_writer(&mut *out, error)?;
    out.push(b'}');
    Ok(())
}
