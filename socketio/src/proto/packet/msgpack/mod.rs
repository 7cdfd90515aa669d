//! Packets of `socket.io-msgpack-parser` (notepack.io): a map of `type`, `nsp`, `data` and `id`.

#[cfg(feature = "msgpack")]
mod read;
mod write;

pub(crate) use self::write::{begin, begin_args, end_with_offset};
#[cfg(feature = "msgpack")]
pub(crate) use self::{
    read::{Limits, Transcoded, to_text},
    write::write_value,
};
