//! The envelope of the plain event bus (subprotocol `socketio.bus.v1`).
//!
//! ```text
//! request  {"event":"name","data":value,"id":7}      one argument
//!          {"event":"name","args":[a,b],"id":7}      several
//!          {"event":"name"}                          none
//! answer   {"ack":7,"data":value}    {"ack":7,"args":[..]}    {"ack":7,"error":{"code":..,"message":..}}
//! ```
//! Both directions use the same form, with ids of their own. Unknown keys are ignored; `offset` and `ns` are
//! reserved for later versions.

mod read;
mod write;

pub(crate) use self::{
    read::{Envelope, EnvelopeError, decode},
    write::{ack_error, begin_ack, begin_event, end},
};

/// The name of the subprotocol.
pub(crate) const SUBPROTOCOL: &str = "socketio.bus.v1";

#[cfg(test)]
mod tests;
