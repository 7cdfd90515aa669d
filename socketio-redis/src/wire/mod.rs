//! The messages of the cluster, as bytes: no I/O and no clock here.

pub(crate) mod classic;
pub(crate) mod cluster;
pub(crate) mod json;
pub(crate) mod msgpack;
pub(crate) mod session;

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

/// Something for the connection that publishes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) how: How,
    /// The channel, the stream, or the key.
    pub(crate) channel: String,
    pub(crate) body: Vec<u8>,
}

/// What is done with a [`Message`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum How {
    /// PUBLISH.
    Publish,
    /// SPUBLISH.
    ShardPublish,
    /// XADD.
    Add(Box<Entry>),
    /// SET, for so many milliseconds.
    Store(u64),
    /// DEL.
    Remove,
}

/// What stands in an entry of a stream besides its data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) uid: String,
    pub(crate) namespace: String,
    pub(crate) kind: u8,
    /// The how manieth entry of this node it is: Node ignores what it does not know.
    pub(crate) number: u64,
    /// About how many entries the stream keeps.
    pub(crate) max_len: usize,
}

impl Message {
    pub(crate) fn publish(channel: String, body: Vec<u8>) -> Self {
        Self { how: How::Publish, channel, body }
    }

    /// May it be sent again, if it is not known whether it has arrived?
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.how, How::Add(_) | How::Store(_) | How::Remove)
    }
}
