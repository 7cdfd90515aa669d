//! Errors that are not the client's business.

use std::fmt;

use super::{
    AckError, ClientError, DecodeError, EmitError, EncodeError, FireError, IntoClientError, InvalidSocketId,
    JoinError, ListenError, RemoteError, SetUuidError,
};

/// With `?` in a handler: the client receives the code `internal`, the `error` event has the error.
macro_rules! internal {
    ($($ty:ty),+) => { $(
        impl From<$ty> for ClientError {
            fn from(error: $ty) -> Self {
                Self::internal(error)
            }
        }

        impl IntoClientError for $ty {
            fn into_client_error(self) -> ClientError {
                ClientError::internal(self)
            }
        }
    )+ };
}

internal!(
    AckError,
    DecodeError,
    EmitError,
    EncodeError,
    FireError,
    InvalidSocketId,
    JoinError,
    ListenError,
    SetUuidError,
    serde_json::Error
);

impl<T: fmt::Debug + Send + Sync + 'static> From<RemoteError<T>> for ClientError {
    fn from(error: RemoteError<T>) -> Self {
        Self::internal(error)
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> IntoClientError for RemoteError<T> {
    fn into_client_error(self) -> ClientError {
        ClientError::internal(self)
    }
}
