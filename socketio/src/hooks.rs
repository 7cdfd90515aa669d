//! What a program may decide about requests.

use std::{fmt, pin::Pin, sync::Arc};

use http::{HeaderMap, request::Parts};

/// What a program adds to the handling of requests.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) allow: Option<Allow>,
    pub(crate) headers: Option<AddHeaders>,
}

type Allow = Arc<dyn Fn(Parts) -> Pin<Box<dyn Future<Output = Result<(), Refused>> + Send>> + Send + Sync>;

type AddHeaders = Arc<dyn Fn(&mut HeaderMap, &Answering<'_>) + Send + Sync>;

/// The request that is being answered, as [`response_headers`](crate::SocketIoBuilder::response_headers) sees it.
///
/// ```
/// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
/// use axum::http::HeaderValue;
///
/// builder.response_headers(|headers, answering| {
///     if answering.is_first {
///         headers.insert("x-served-by", HeaderValue::from_static("node-1"));
///     }
/// })
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Answering<'a> {
    /// Method, URI and headers of the request.
    pub parts: &'a Parts,
    /// `true` for the request that opens a session.
    pub is_first: bool,
}

/// A request is refused: the text of the answer.
///
/// ```
/// # fn example(builder: socketio::SocketIoBuilder) -> socketio::SocketIoBuilder {
/// use socketio::error::Refused;
///
/// builder.allow_request(|parts| async move {
///     match parts.headers.get("x-api-key") {
///         Some(key) if key == "secret" => Ok(()),
///         _ => Err(Refused::new("no key")),
///     }
/// })
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// With this text.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The text.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl Default for Refused {
    /// `Forbidden`
    fn default() -> Self {
        Self::new("Forbidden")
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
