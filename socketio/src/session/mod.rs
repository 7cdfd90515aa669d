//! STUB
mod incoming;
pub use incoming::Incoming;
pub(crate) use incoming::{AckOnce, AckRequest, Body, Name};
