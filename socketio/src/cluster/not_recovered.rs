//! Why a client does not get its socket back.

/// Why a client that wanted its socket back has got a fresh one: what
/// [`socketio_recoveries_total`](crate::guide::observability) tells apart, and what a [`History`](super::History) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotRecovered {
    /// Nobody knows its socket: it comes too late, the socket was ended on purpose, or somebody has taken it already.
    #[error("its socket is not known: it comes too late, or the socket was ended on purpose")]
    NoSession,
    /// It names no event that it has received. In a cluster with a history it has received none, and has lost nothing.
    #[error("it has received nothing yet")]
    NoOffset,
    /// What it names as its last event is not one of this server: of another one, or of before a restart.
    #[error("its offset is not one of this server")]
    ForeignOffset,
    /// What it missed is not all there any more.
    #[error("what it missed is not all kept any more")]
    Trimmed,
    /// It missed more than is read for one client.
    #[error("it missed too much")]
    TooMuch,
    /// It was not found out in time.
    #[error("the history did not answer in time")]
    TimedOut,
    /// The history cannot be asked at present.
    #[error("the history cannot be asked")]
    NotConnected,
}

impl NotRecovered {
    /// How many there are.
    pub(crate) const COUNT: usize = 7;

    /// All, in the order of their declaration.
    #[cfg(feature = "stats")]
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::NoSession,
        Self::NoOffset,
        Self::ForeignOffset,
        Self::Trimmed,
        Self::TooMuch,
        Self::TimedOut,
        Self::NotConnected,
    ];

    /// Its word in labels.
    ///
    /// ```
    /// assert_eq!(socketio::cluster::NotRecovered::TooMuch.as_str(), "too_much");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::NoOffset => "no_offset",
            Self::ForeignOffset => "foreign_offset",
            Self::Trimmed => "trimmed",
            Self::TooMuch => "too_much",
            Self::TimedOut => "timed_out",
            Self::NotConnected => "not_connected",
        }
    }
}

#[cfg(all(test, feature = "stats"))]
#[test]
fn each_reason_has_its_place() {
    for (at, reason) in NotRecovered::ALL.into_iter().enumerate() {
        assert_eq!(reason as usize, at);
    }
}
