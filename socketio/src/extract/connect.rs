//! STUB (macros branch)

/// The request's parts, if a connect handler of the namespace wants them. STUB
#[derive(Debug, Clone, Default)]
#[doc(hidden)]
pub struct ConnectParts(pub(crate) Option<Box<http::request::Parts>>);

impl ConnectParts {
    pub(crate) fn some(parts: http::request::Parts) -> Self {
        Self(Some(Box::new(parts)))
    }
}
