//! The messages of the cluster, as bytes: no I/O and no clock here.

pub(crate) mod classic;
pub(crate) mod json;
pub(crate) mod msgpack;

/// Why a message of another node is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("it ends inside a value")]
    Truncated,
    #[error("bytes follow the message")]
    Trailing,
    #[error("a byte starts no value")]
    Marker,
    #[error("a text is not UTF-8")]
    Utf8,
    #[error("more than {LEVELS} levels of arrays and maps")]
    Nesting,
    #[error("it has another form than a message of this adapter")]
    Shape,
    #[error("it is longer than {MAX_MESSAGE} bytes")]
    Length,
    #[error("more than {MAX_ROOMS} rooms")]
    Rooms,
    #[error("a request has no `opts`: it would mean everybody")]
    Everybody,
}

/// How many arrays and maps may enclose a value.
pub(crate) const LEVELS: usize = 120;

/// The longest message that is read, in bytes.
pub(crate) const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// How many rooms one message may name.
pub(crate) const MAX_ROOMS: usize = 1000;
