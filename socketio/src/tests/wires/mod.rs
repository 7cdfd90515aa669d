//! What is sent and read, byte for byte.

mod attachments;
#[cfg(feature = "deflate")]
mod deflate;
mod frames;
mod javascript;
#[cfg(feature = "msgpack")]
mod msgpack;
mod packets;
mod plain;
mod v3;
