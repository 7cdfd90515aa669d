//! Gates: functions that let an event pass, or refuse it.

use super::{Call, Stop};

/// Lets an event pass, or stops it: in place, without a future.
///
/// Any function from a reference to the [`Call`] to a `Result<(), E>` is one, where `E` is a
/// [`ClientError`](crate::ClientError) or a [`Stop`]; and [`RateLimit`](super::RateLimit).
///
/// ```
/// use socketio::{ClientError, SocketIo, middleware::Call, on};
///
/// fn office_hours(call: &Call) -> Result<(), ClientError> {
///     if call.event() == "order" { Err(ClientError::new("closed", "try again tomorrow")) } else { Ok(()) }
/// }
///
/// #[on("order")]
/// fn order() {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().gate(office_hours).build()?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gate",
    label = "expected a function from `&Call` to `Result<(), ClientError>`",
    note = "a gate decides in place: `fn only_admins(call: &Call) -> Result<(), ClientError> {{ call.get::<Admin>().map(drop) }}`; what has to wait is middleware: `async fn audit(call: Call, next: Next) -> Outcome`",
    note = "middleware, like `Timeout` and `Trace`, is added with `middleware(..)`; an extractor with `guard::<Admin>()`, to a namespace"
)]
pub trait Gate: Send + Sync + 'static {
    /// Decides about an event, or about a client that asks to be accepted.
    ///
    /// # Errors
    /// If no handler is to run.
    fn check(&self, call: &Call) -> Result<(), Stop>;
}

#[diagnostic::do_not_recommend]
impl<F, E> Gate for F
where
    F: Fn(&Call) -> Result<(), E> + Send + Sync + 'static,
    E: Into<Stop>,
{
    fn check(&self, call: &Call) -> Result<(), Stop> {
        self(call).map_err(Into::into)
    }
}
