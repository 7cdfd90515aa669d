//! Bytes in, events out: no I/O, no clock.
pub(crate) mod json;
