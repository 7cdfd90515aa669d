//! Protocols without I/O: bytes in, events out. Nothing here knows tokio, axum or a clock.

pub(crate) mod bus;
pub(crate) mod engine;
pub(crate) mod frame;
pub(crate) mod json;
pub(crate) mod packet;
