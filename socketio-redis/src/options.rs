//! What may be changed about a node.

/// What may be changed about a node.
///
/// ```
/// use socketio_redis::Options;
///
/// let options = Options::default().prefix("chat").max_queue(1000, 1024 * 1024);
/// ```
#[derive(Debug, Clone)]
#[must_use = "each method returns the changed options: give them to `connect_with`"]
pub struct Options {
    pub(crate) prefix: String,
    pub(crate) max_messages: usize,
    pub(crate) max_bytes: usize,
    pub(crate) static_channels: bool,
    pub(crate) stream: String,
    pub(crate) stream_count: u32,
    pub(crate) max_len: usize,
    pub(crate) sessions: String,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<redis::TlsCertificates>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            prefix: "socket.io".to_owned(),
            max_messages: 10_000,
            max_bytes: 64 * 1024 * 1024,
            static_channels: false,
            stream: "socket.io".to_owned(),
            stream_count: 1,
            max_len: 10_000,
            sessions: "sio:session:".to_owned(),
            #[cfg(feature = "tls")]
            tls: None,
        }
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

    /// For [`Sharded`](crate::Sharded): a broadcast to one room is published on the channel of the namespace, as by nodes
    /// with `subscriptionMode: "static"`, which hear nothing else. Default: `false`, on the channel of the room.
    pub fn static_channels(mut self, is_static: bool) -> Self {
        self.static_channels = is_static;
        self
    }

    /// For [`Streams`](crate::Streams): the name of the stream, `streamName` of Node's adapter, and how many there are,
    /// `streamCount`. Default: `socket.io`, one.
    pub fn stream(mut self, name: impl Into<String>, count: u32) -> Self {
        (self.stream, self.stream_count) = (name.into(), count.clamp(1, 1000));
        self
    }

    /// For [`Streams`](crate::Streams): what the keys of stored sessions start with, `sessionKeyPrefix` of Node's adapter.
    /// Default: `sio:session:`.
    pub fn session_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.sessions = prefix.into();
        self
    }

    /// For [`Streams`](crate::Streams): about how many entries a stream keeps, `maxLen` of Node's adapter; the node with the
    /// smallest one decides. What is older can neither be recovered by a client nor be read by a node that was away: at least
    /// the rate of messages times the time of recovery. Default: 10 000.
    pub fn max_len(mut self, entries: usize) -> Self {
        self.max_len = entries.max(1);
        self
    }

    /// For `rediss://`: the certificates that are trusted, as PEM, instead of those of the system. A server whose certificate none
    /// of them has signed is an error of `connect`. Default: those of the system.
    ///
    /// ```no_run
    /// use socketio_redis::{Classic, Options};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let options = Options::default().root_certificates(std::fs::read("ca.pem")?);
    /// let cluster = Classic::connect_with("rediss://redis.internal:6379", options).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates().root_cert = Some(pem.into());
        self
    }

    /// For `rediss://`: the certificate by which the server knows this node, with those between it and a trusted one, and its key,
    /// as PEM. Default: none.
    #[cfg(feature = "tls")]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let (client_cert, client_key) = (chain.into(), key.into());
        self.certificates().client_tls = Some(redis::ClientTlsConfig { client_cert, client_key });
        self
    }

    #[cfg(feature = "tls")]
    fn certificates(&mut self) -> &mut redis::TlsCertificates {
        self.tls.get_or_insert(redis::TlsCertificates { client_tls: None, root_cert: None })
    }
}
