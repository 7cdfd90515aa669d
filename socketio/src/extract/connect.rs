//! Connect handlers take our own extractors, and any axum extractor that reads only the request's parts.

/// The request's parts, if a connect handler of the namespace wants them. STUB
#[derive(Debug)]
#[doc(hidden)]
pub struct ConnectParts(pub(crate) Option<Box<http::request::Parts>>);
