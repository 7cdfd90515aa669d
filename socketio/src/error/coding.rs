//! Values that could not be encoded, answers that could not be decoded.

use std::{error::Error, fmt, sync::Arc};

use super::ClientError;
use crate::proto::packet;

/// A value could not be encoded.
///
/// Two of them are equal if they say the same.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use std::collections::HashMap;
///
/// // a map with keys that are not strings cannot be written as JSON
/// let map = HashMap::from([((1, 2), 3)]);
/// assert!(socket.set_data(&map).is_err());
/// # }
/// ```
// shared, so that the errors that hold one can be cloned: an `error` handler and the caller both get them
#[derive(Debug, Clone)]
pub struct EncodeError(Arc<EncodeFault>);

#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeFault {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[cfg(feature = "msgpack")]
    #[error(transparent)]
    MessagePack(#[from] rmp_serde::encode::Error),
    #[error("more than {} attachments in one packet", packet::MAX_ATTACHMENTS)]
    Attachments,
    #[error("more than {} arguments in one event", u16::MAX)]
    Arguments,
    #[error("longer than 4 GiB")]
    Length,
}

impl From<EncodeFault> for EncodeError {
    fn from(fault: EncodeFault) -> Self {
        Self(Arc::new(fault))
    }
}

impl From<serde_json::Error> for EncodeError {
    fn from(error: serde_json::Error) -> Self {
        EncodeFault::Json(error).into()
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl PartialEq for EncodeError {
    fn eq(&self, other: &Self) -> bool {
        // neither serde_json's errors nor rmp_serde's can be compared
        Arc::ptr_eq(&self.0, &other.0) || self.to_string() == other.to_string()
    }
}

impl Eq for EncodeError {}

/// The answer of a client could not be decoded: the source of [`AckError::Decode`](super::AckError::Decode).
///
/// ```
/// # async fn example(socket: &socketio::Socket) {
/// use socketio::{error::AckError, event};
///
/// if let Err(AckError::Decode(error)) = socket.ask::<u32>(event!("how many")).await {
///     println!("{error}"); // argument 0: invalid type: string, expected u32
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(ClientError);

impl DecodeError {
    pub(crate) fn new(error: ClientError) -> Self {
        Self(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AckError, EmitError, FireError, SocketError};

    fn not_json(text: &str) -> EncodeError {
        <serde_json::Error as serde::ser::Error>::custom(text).into()
    }

    /// The texts of an error and of all its sources.
    fn chain(error: &dyn Error) -> Vec<String> {
        std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect()
    }

    #[test]
    fn a_source_is_kept_and_said_once() {
        let error = EmitError::from(not_json("no such key"));
        assert_eq!(chain(&error), ["the value cannot be encoded", "no such key"]);
        assert_eq!(chain(&FireError::from(not_json("x"))), ["the value cannot be encoded", "x"]);
        assert_eq!(
            chain(&SocketError::Emit { to: Some("ann".to_owned()), source: error.clone() }),
            ["cannot emit to ann", "the value cannot be encoded", "no such key"]
        );
        assert_eq!(
            chain(&AckError::Emit(error)),
            ["the event was not sent", "the value cannot be encoded", "no such key"]
        );
        let error = AckError::Decode(DecodeError::new(ClientError::bad_payload("argument 0: no number")));
        assert_eq!(chain(&error), ["the answer cannot be decoded", "argument 0: no number"]);
    }

    #[test]
    fn equal_is_what_says_the_same() {
        let error = not_json("x");
        assert_eq!(error, error.clone());
        assert_eq!(error, not_json("x"));
        assert_ne!(error, not_json("y"));
        assert_ne!(error, EncodeFault::Length.into());
    }
}
