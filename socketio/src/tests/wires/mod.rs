//! What is sent and read, byte for byte.

mod attachments;
mod frames;
mod javascript;
#[cfg(feature = "msgpack")]
mod msgpack;
mod packets;
mod plain;
