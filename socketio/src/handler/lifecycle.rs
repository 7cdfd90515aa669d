//! The moments in the life of a socket.

/// Declares the moments, each with its word in `#[on(..)]`: their number and order follow from this list alone.
macro_rules! moments {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// A moment in the life of a socket. Moments are not event names: an event from the wire never reaches one.
        ///
        /// ```
        /// # fn example(io: &socketio::SocketIo) -> Result<(), socketio::error::ListenError> {
        /// use socketio::handler::Lifecycle;
        ///
        /// assert_eq!(Lifecycle::Disconnect.as_str(), "disconnect");
        /// io.on(Lifecycle::Disconnect, |event| println!("{:?}", event.reason()))?;
        /// # Ok(())
        /// # }
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Lifecycle {
            $($(#[$doc])* $name,)+
        }

        impl Lifecycle {
            /// Every moment, in the order of its number.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// The word of `#[on(..)]`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

moments! {
    /// A client asks to be accepted.
    Connect = "connect",
    /// The socket has ended.
    Disconnect = "disconnect",
    /// The server ends the socket.
    Close = "close",
    /// The socket's time is over: see [`expires_at`](crate::Socket::expires_at).
    Expired = "expired",
    /// Something went wrong on the socket.
    Error = "error",
    /// The peer sent a WebSocket ping.
    Ping = "ping",
    /// The peer answered a heartbeat.
    Pong = "pong",
}

impl Lifecycle {
    /// The moment with this word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|moment| moment.as_str() == word)
    }
}
