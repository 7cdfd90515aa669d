//! What is sent and read, byte for byte.

mod attachments;
mod frames;
#[cfg(feature = "msgpack")]
mod msgpack;
mod packets;
mod plain;
