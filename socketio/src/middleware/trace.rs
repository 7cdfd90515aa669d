//! Spans: what tracing knows of sockets and events.

use std::{fmt, sync::Arc};

use serde_json::Value;

use super::{Call, Middleware, Next};
use crate::{
    contained::contain,
    handler::layer::OutcomeFuture,
    observe::{EventSpan, SocketSpan, Span},
};

/// Middleware that opens a span of `tracing` for each socket, and one inside it for each event, with the names of
/// OpenTelemetry's conventions for messaging (1.36, which calls them *Development*: they may change with a minor release).
///
/// ```
/// use socketio::{SocketIo, middleware::Trace, on};
///
/// #[on("report")]
/// async fn report() {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().middleware(Trace::new()).build()?;
/// # Ok(())
/// # }
/// ```
/// The fields are in [the guide](crate::guide::observability). No name in them is made by a client: an event that nobody
/// handles is `other`.
///
/// A client joins a trace of its own with a W3C `traceparent`: as a header of its first request, or as a key of its `auth`,
/// which comes first. See [`parent`](Self::parent).
#[derive(Clone, Default)]
pub struct Trace {
    parent: Option<Arc<Adopt>>,
}

type Adopt = dyn Fn(&Span, &str) + Send + Sync;

impl Trace {
    /// Spans with the trace of the program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `adopt` with the span (of `tracing`) of a socket whose client has sent a `traceparent` of the form that W3C gives it, before
    /// anything has entered that span. A program that exports to OpenTelemetry makes it the parent there:
    ///
    /// ```
    /// use socketio::middleware::Trace;
    ///
    /// let trace = Trace::new().parent(|span, traceparent| {
    ///     // let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    ///     // let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    ///     # let _ = span;
    ///     assert_eq!(traceparent.len(), 55);
    /// });
    /// ```
    /// Not by default: a client could make its spans a part of any trace. A panic in it is caught. What this needs around it:
    /// [the guide](crate::guide::observability).
    pub fn parent(mut self, adopt: impl Fn(&Span, &str) + Send + Sync + 'static) -> Self {
        self.parent = Some(Arc::new(adopt));
        self
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("parent", &self.parent.is_some()).finish()
    }
}

/// It is not a function, which `Middleware<()>` would be.
impl Middleware<Trace> for Trace {
    fn around(&self, call: Call, next: Next) -> OutcomeFuture {
        let extensions = call.socket().extensions();
        if call.is_connect() {
            let span = SocketSpan::new(call.given_namespace(), call.socket().handshake().address());
            if let Some((adopt, traceparent)) = self.parent.as_ref().zip(traceparent(&call)) {
                // a program that fails here has no parent; a span that was entered has begun, and takes none
                let _ = contain(|| adopt(span.span(), &traceparent));
            }
            extensions.insert(span);
        }
        let socket = extensions.get::<SocketSpan>();
        let event = if call.moment().is_some() || call.is_handled() { call.event() } else { "other" };
        let span = EventSpan::new(socket.as_deref(), event, call.given_namespace());
        Box::pin(async move {
            let outcome = span.around(next.run()).await;
            if let Some(error) = outcome.error() {
                span.failed(error.code());
            }
            outcome
        })
    }
}

/// What the client has sent, if it has the form.
fn traceparent(call: &Call) -> Option<String> {
    let auth = call.arg::<Value>().ok();
    let own = auth.as_ref().and_then(|auth| auth.get("traceparent")?.as_str());
    let text = own.or_else(|| call.socket().handshake().header("traceparent"))?;
    is_traceparent(text).then(|| text.to_owned())
}

fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_null = |part: &str| part.bytes().all(|byte| byte == b'0');
    lengths == [2, 32, 16, 2]
        && parts.iter().all(is_hex)
        && parts[0] != "ff"
        && !is_null(parts[1])
        && !is_null(parts[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_has_a_form() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-1",
        ] {
            assert!(!is_traceparent(wrong), "{wrong}");
        }
    }
}
