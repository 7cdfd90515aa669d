//! The identity of a socket.

use std::{cell::RefCell, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// The public identity of a socket: it never changes, and says nothing about the session's secret id.
///
/// 20 URL-safe characters on the Socket.IO wire, a UUID v4 on the plain wire.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::SocketId;
///
/// let text = socket.id().to_string();
/// assert_eq!(text.parse::<SocketId>(), Ok(socket.id()));
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(Form);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    /// 15 random bytes: 20 characters of URL-safe base64.
    Short([u8; 15]),
    Uuid(Uuid),
}

/// A text is not the id of a socket.
///
/// ```
/// use socketio::{SocketId, error::InvalidSocketId};
///
/// assert_eq!("ann".parse::<SocketId>(), Err(InvalidSocketId));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a socket id")]
pub struct InvalidSocketId;

impl SocketId {
    /// A new id for the Socket.IO wire.
    pub(crate) fn short() -> Self {
        Self(Form::Short(random()))
    }

    /// A new id for the plain wire.
    pub(crate) fn uuid() -> Self {
        Self(Form::Uuid(uuid::Builder::from_random_bytes(random()).into_uuid()))
    }
}

/// The id of a connection: an Engine.IO client shows it with every request, nobody else may know it.
///
/// 20 characters from 15 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId([u8; 15]);

/// The private id with which a Socket.IO client recovers its socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pid([u8; 15]);

macro_rules! secrets {
    ($($name:ident),+) => { $(
        impl $name {
            pub(crate) fn new() -> Self {
                Self(random())
            }

            /// The id that is written as `text`.
            pub(crate) fn parse(text: impl AsRef<[u8]>) -> Option<Self> {
                let mut bytes = [0; 15];
                let len = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
                (len == bytes.len()).then_some(Self(bytes))
            }

            /// The only way to see it, so that it does not get into logs by accident.
            pub(crate) fn reveal(&self) -> String {
                URL_SAFE_NO_PAD.encode(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(secret)"))
            }
        }
    )+ };
}

secrets!(SessionId, Pid);

/// Tells the offsets of a recovery log from those of all others.
pub(crate) fn epoch() -> [u8; 3] {
    random()
}

/// Random bytes from the operating system, which is asked once for many: a connection takes two or three ids. What was
/// given out is not kept.
///
/// # Panics
/// If the operating system has none to give. Uuid panics in that case as well; there is no safe way to go on.
fn random<const N: usize>() -> [u8; N] {
    const STOCK: usize = 240;
    thread_local! {
        static LEFT: RefCell<([u8; STOCK], usize)> = const { RefCell::new(([0; STOCK], 0)) };
    }
    LEFT.with_borrow_mut(|(stock, left)| {
        if *left < N {
            #[expect(clippy::expect_used, reason = "without random numbers no id can be a secret")]
            getrandom::fill(stock).expect("the operating system gives random numbers");
            *left = STOCK;
        }
        let taken = &mut stock[*left - N..*left];
        *left -= N;
        let mut bytes = [0; N];
        bytes.copy_from_slice(taken);
        taken.fill(0);
        bytes
    })
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Form::Short(bytes) => {
                let mut text = [0; 20];
                // 15 bytes are 20 characters exactly
                let len = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).unwrap_or(0);
                f.write_str(str::from_utf8(&text[..len]).unwrap_or_default())
            }
            Form::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SocketId({self})")
    }
}

impl FromStr for SocketId {
    type Err = InvalidSocketId;

    fn from_str(text: &str) -> Result<Self, InvalidSocketId> {
        match text.len() {
            20 => {
                let mut bytes = [0; 15];
                URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| InvalidSocketId)?;
                Ok(Self(Form::Short(bytes)))
            }
            36 => Uuid::parse_str(text).map(|uuid| Self(Form::Uuid(uuid))).map_err(|_| InvalidSocketId),
            _ => Err(InvalidSocketId),
        }
    }
}

impl serde::Serialize for SocketId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for SocketId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where the stock of random numbers ends.
    #[test]
    fn no_id_is_given_twice() {
        let ids: std::collections::HashSet<_> =
            (0..1000).flat_map(|_| [SocketId::short(), SocketId::uuid()]).collect();
        assert_eq!(ids.len(), 2000);
        let versions = ids.iter().filter_map(|id| match id.0 {
            Form::Uuid(uuid) => Some(uuid.get_version_num()),
            Form::Short(_) => None,
        });
        assert!(versions.eq([4; 1000]));
    }

    #[test]
    fn ids_are_read_as_they_are_written() {
        for id in [SocketId::short(), SocketId::uuid()] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(SocketId::short().to_string().len(), 20);
        let (session, pid) = (SessionId::new(), Pid::new());
        assert_eq!(SessionId::parse(session.reveal()), Some(session));
        assert_eq!(Pid::parse(pid.reveal()), Some(pid));
        assert!(!format!("{session:?} {pid:?}").contains(&session.reveal()));
        assert_eq!((SessionId::parse("test"), Pid::parse("é")), (None, None));
        for text in
            ["", "a", "é234567890123456789", "zzzzzzzzzzzzzzzzzzzzz", "no-uuid-no-uuid-no-uuid-no-uuid-no-u"]
        {
            assert_eq!(text.parse::<SocketId>(), Err(InvalidSocketId), "{text}");
        }
    }
}
