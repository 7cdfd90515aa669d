//! How long a socket may live.

use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

use super::Socket;

/// A time at which a socket [expires](Socket::expires_at).
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use socketio::Expiry;
///
/// # fn example(socket: &socketio::Socket) {
/// socket.expires_at(Expiry::unix(1_900_000_000)); // the `exp` of a JSON Web Token
/// socket.expires_at(Expiry::after(Duration::from_secs(3600)));
/// socket.expires_at(SystemTime::now() + Duration::from_secs(3600));
/// socket.expires_at(Expiry::NEVER);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(Option<Instant>);

impl Expiry {
    /// Not at any time.
    pub const NEVER: Self = Self(None);

    /// After so many seconds since 1970, as in the `exp` of a JSON Web Token: the wall clock is looked at once, now. What has
    /// passed is over at once; what no clock of the machine reaches is never.
    pub fn unix(seconds: u64) -> Self {
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).map_or(Self::NEVER, Self::from)
    }

    /// After this time, from now on.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }
}

impl From<Instant> for Expiry {
    fn from(at: Instant) -> Self {
        Self(Some(at))
    }
}

impl From<std::time::Instant> for Expiry {
    fn from(at: std::time::Instant) -> Self {
        Self(Some(at.into()))
    }
}

impl From<SystemTime> for Expiry {
    /// The wall clock is looked at once, now.
    fn from(at: SystemTime) -> Self {
        // a time that has passed is over now
        Self::after(at.duration_since(SystemTime::now()).unwrap_or_default())
    }
}

/// What is kept among the extensions of a socket.
struct ExpiresAt(Instant);

impl Socket {
    /// The socket is accepted until this time, for example that of its client's token. Said again, it replaces what was said
    /// before: that is how a client that shows a new token is given more time.
    ///
    /// At that time the handlers of [`#[on(expired)]`](macro@crate::on) decide, and may ask the client for a new token.
    /// They have [`connect_handler_timeout`](crate::Config::connect_handler_timeout), and do not wait for other handlers of the
    /// socket; events wait for them. If they do not extend the time, return an error, or if there are none, the socket ends
    /// with [`DisconnectReason::Expired`](crate::DisconnectReason::Expired): its client receives the event
    /// `expired` with the error, whose code is [`expired`](crate::error::code::EXPIRED) unless a handler returned
    /// another. Then it receives a Socket.IO disconnect, after which official clients do not reconnect by themselves, or the close code
    /// 1008. Events that wait are dropped.
    ///
    /// A client whose time is over when its connect handlers accept it is refused with `expired`. A socket that has expired
    /// is not [recovered](crate::Config::recovery); one that is recovered has to be given its time again, as it shows
    /// its `auth` again.
    ///
    /// The time is kept by a clock that does not follow corrections of the wall clock. On a socket that has ended this does nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use socketio::{ClientError, Expiry, Socket, event, on};
    ///
    /// // what a library for tokens does
    /// fn seconds_of(token: &str) -> Result<u64, ClientError> {
    ///     token.parse().map_err(|_| ClientError::new("unauthorized", "the token is not valid"))
    /// }
    ///
    /// #[on(expired)]
    /// async fn expired(socket: &Socket) -> Result<(), ClientError> {
    ///     let token: String = socket.ask(event!("token")).await?;
    ///     socket.expires_at(Expiry::after(Duration::from_secs(seconds_of(&token)?)));
    ///     Ok(())
    /// }
    /// ```
    pub fn expires_at(&self, at: impl Into<Expiry>) {
        match at.into().0 {
            Some(at) => drop(self.extensions().insert(ExpiresAt(at))),
            None => drop(self.extensions().remove::<ExpiresAt>()),
        }
        self.core().expires.store(true, Ordering::Release);
        self.core().link.mailbox.notify();
    }

    /// When the socket expires, if it does.
    pub fn expiry(&self) -> Option<Instant> {
        // nothing is looked up where nobody has said anything
        let said = self.core().expires.load(Ordering::Acquire);
        said.then(|| self.extensions().get::<ExpiresAt>()).flatten().map(|at| at.0)
    }
}
