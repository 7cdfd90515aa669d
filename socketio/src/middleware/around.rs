//! Middleware: functions around everything that comes after them.

use std::time::Duration;

use super::{Call, Next, Outcome};
use crate::{
    error::{ClientError, code},
    event::kind,
    extract::FromEvent,
    handler::{StateNeed, layer::OutcomeFuture},
};

/// An async function around handlers: it takes what it extracts, then the [`Call`] and the [`Next`], and
/// returns an [`Outcome`].
///
/// ```
/// use socketio::{ClientError, SocketIo, State, middleware::{Call, Next, Outcome}, on};
///
/// #[derive(Clone)]
/// struct Log;
///
/// impl Log {
///     fn write(&self, event: &str, error: Option<&str>) {
///         println!("{event}: {}", error.unwrap_or("ok"));
///     }
/// }
///
/// async fn audit(State(log): State<Log>, call: Call, next: Next) -> Outcome {
///     let event = call.event().to_owned();
///     let outcome = next.run().await;
///     log.write(&event, outcome.error().map(ClientError::code));
///     outcome
/// }
///
/// #[on("order")]
/// fn order() {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().state(Log).middleware(audit).build()?;
/// # Ok(())
/// # }
/// ```
/// An extractor that fails is the outcome, and nothing else runs. A panic is an error `panicked`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not middleware",
    label = "expected `async fn(.., call: Call, next: Next) -> Outcome`",
    note = "its last two arguments are `Call` and `Next`; before them it takes extractors of every event that it can own: `State<S>`, `Extension<T>`, `SocketIo`, your own (the socket is `call.socket()`, the arguments are `call.arg()`)",
    note = "there are at most six extractors, and its future is `Send`: it holds nothing like an `Rc` while it waits",
    note = "what decides in place is a gate, like `RateLimit`: it is added with `gate(..)`"
)]
pub trait Middleware<Arguments>: Send + Sync + 'static {
    #[doc(hidden)]
    fn needs(&self) -> Vec<StateNeed> {
        vec![]
    }

    #[doc(hidden)]
    fn around(&self, call: Call, next: Next) -> OutcomeFuture;
}

macro_rules! middleware {
    ($($extractor:ident)*) => {
        impl<F, Fut, $($extractor),*> Middleware<($($extractor,)*)> for F
        where
            F: Fn($($extractor,)* Call, Next) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Outcome> + Send + 'static,
            $($extractor: for<'e> FromEvent<'e, kind::Middleware> + 'static,)*
        {
            fn needs(&self) -> Vec<StateNeed> {
                // an array without elements has no type
                let needs = [None $(, <$extractor as FromEvent<'_, kind::Middleware>>::NEEDS)*];
                needs.into_iter().flatten().collect()
            }

            fn around(&self, call: Call, next: Next) -> OutcomeFuture {
                $(
                    #[expect(non_snake_case, reason = "a value for each type")]
                    let $extractor = match call.get::<$extractor>() {
                        Ok(value) => value,
                        Err(error) => return Box::pin(std::future::ready(Outcome::failed(error))),
                    };
                )*
                Box::pin(self($($extractor,)* call, next))
            }
        }
    };
}

middleware! {}
middleware! { A }
middleware! { A B }
middleware! { A B C }
middleware! { A B C D }
middleware! { A B C D E }
middleware! { A B C D E G }

/// Middleware that gives up after a time: the handlers are dropped, the client receives the error `timeout`.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::{SocketIo, middleware::Timeout, on};
///
/// #[on("report")]
/// async fn report() {}
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().middleware(Timeout::new(Duration::from_secs(5))).build()?;
/// # Ok(())
/// # }
/// ```
/// It holds for events. Connect handlers have
/// [a limit of their own](crate::Config::connect_handler_timeout), and those of `disconnect` run to their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(Duration);

impl Timeout {
    /// Gives up after this time.
    pub fn new(limit: Duration) -> Self {
        Self(limit)
    }
}

/// It is not a function, which `Middleware<()>` would be.
impl Middleware<Timeout> for Timeout {
    fn around(&self, call: Call, next: Next) -> OutcomeFuture {
        if call.moment().is_some() {
            return Box::pin(next.run());
        }
        let limit = self.0;
        Box::pin(async move {
            match tokio::time::timeout(limit, next.run()).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::failed(ClientError::new(code::TIMEOUT, "it took too long")),
            }
        })
    }
}
