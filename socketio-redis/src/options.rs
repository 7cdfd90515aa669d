//! What may be changed about a node.

/// What may be changed about a node.
///
/// ```
/// use socketio_redis::Options;
///
/// let options = Options::default().prefix("chat").max_queue(1000, 1024 * 1024);
/// ```
#[derive(Debug, Clone)]
#[must_use = "each method returns the changed options: give them to `Classic::connect_with`"]
pub struct Options {
    pub(crate) prefix: String,
    pub(crate) max_messages: usize,
    pub(crate) max_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { prefix: "socket.io".to_owned(), max_messages: 10_000, max_bytes: 64 * 1024 * 1024 }
    }
}

impl Options {
    /// What the names of all channels start with: `key` of Node's adapter. All nodes of a cluster have the same, and no other
    /// adapter on the same server may have it. Default: `socket.io`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How much may wait for Redis, in messages and in bytes, whichever is first. More is refused and counted. Default:
    /// 10 000 messages, 64 MiB.
    pub fn max_queue(mut self, messages: usize, bytes: usize) -> Self {
        (self.max_messages, self.max_bytes) = (messages.max(1), bytes.max(1));
        self
    }
}
