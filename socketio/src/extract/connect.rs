//! Connect handlers take our own extractors, and any axum extractor that reads only the request's parts.
//!
//! A blanket `FromEvent` for axum's extractors would conflict with our own: generated code decides for each
//! type, by [`Via`].

use std::{marker::PhantomData, pin::Pin, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request;

use super::{EventContext, FromEvent};
use crate::{
    error::{ClientError, IntoClientError, code},
    event::kind::ConnectEvent,
    handshake::ConnectParts,
    states::States,
};

/// Decides how an argument of a connect handler is extracted: inherent items, for our own extractors, win
/// against those of [`PartsFallback`].
#[derive(Debug)]
#[doc(hidden)]
#[expect(clippy::type_complexity, reason = "a name for it would say less")]
pub struct Via<'e, T>(PhantomData<(&'e (), fn() -> T)>);

impl<T> Via<'_, T> {
    pub const NEW: Self = Self(PhantomData);
}

impl<'e, T: FromEvent<'e, ConnectEvent>> Via<'e, T> {
    pub const NEEDS_PARTS: bool = false;

    pub fn via(&self) -> Own<'e> {
        Own(PhantomData)
    }
}

#[doc(hidden)]
pub trait PartsFallback<T> {
    const NEEDS_PARTS: bool = true;

    fn via(&self) -> OfParts {
        OfParts
    }
}

impl<T> PartsFallback<T> for Via<'_, T> {}

/// An extractor of ours.
#[derive(Debug)]
#[doc(hidden)]
pub struct Own<'e>(PhantomData<&'e ()>);

impl<'e> Own<'e> {
    pub fn extract<T: FromEvent<'e, ConnectEvent>>(
        self,
        cx: &mut EventContext<'e>,
        _: &mut ConnectParts,
    ) -> std::future::Ready<Result<T, ClientError>> {
        std::future::ready(T::from_event(cx).map_err(IntoClientError::into_client_error))
    }
}

/// An extractor of axum.
#[derive(Debug)]
#[doc(hidden)]
pub struct OfParts;

impl OfParts {
    // the type is the method's, so that an error underlines it; boxed, so that the future's type does not repeat
    // the error
    pub fn extract<'p, T: ConnectArgument>(
        self,
        cx: &mut EventContext<'_>,
        parts: &'p mut ConnectParts,
    ) -> Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send + 'p>> {
        if let Some(parts) = &mut parts.0 {
            parts.extensions.insert(ServerStates(cx.socket().core().namespace.states.clone()));
        }
        let observer = cx.socket().core().namespace.observer.clone();
        Box::pin(async move {
            let Some(parts) = &mut parts.0 else {
                observer.not_set_up("the request, for a connect handler that reads it");
                return Err(ClientError::new(code::INTERNAL, "the server is not set up for this"));
            };
            T::from_parts(parts).await
        })
    }
}

mod sealed {
    /// Only this crate implements `ConnectArgument`.
    #[allow(unnameable_types, reason = "that is how a trait is sealed")]
    pub trait Sealed {}
}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<()>> sealed::Sealed for T {}

/// An argument of a connect handler that is taken from the request.
///
/// Sealed: an extractor of your own implements axum's `FromRequestParts`, or [`FromEvent`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a `connect` handler",
    label = "not available here",
    note = "`connect` takes `Socket`, socketio's `State<S>`, `Auth<T>` with `T: Deserialize`, `Extension<T>`, and any axum extractor that reads only the request's parts: `Path`, `Query`, `HeaderMap`, ..; one that needs a state as `Parts<T, S>`, where `T` is an extractor for the state `S`",
    note = "extractors that read the body (`Json`, `Form`, `Bytes`, `String`) do not exist here: a connecting client sends its data in `Auth<T>`"
)]
pub trait ConnectArgument: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn from_parts(parts: &mut request::Parts) -> impl Future<Output = Result<Self, ClientError>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T: FromRequestParts<()>> ConnectArgument for T {
    async fn from_parts(parts: &mut request::Parts) -> Result<Self, ClientError> {
        let response = match T::from_request_parts(parts, &()).await {
            Ok(value) => return Ok(value),
            // at once: a rejection need not be `Send`, the response is
            Err(rejection) => rejection.into_response(),
        };
        Err(rejection_text(response).await)
    }
}

/// A rejection for the client: the status and the text of the response.
async fn rejection_text(response: Response) -> ClientError {
    let status = response.status();
    let text = match axum::body::to_bytes(response.into_body(), MAX_TEXT).await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        // longer than what the client may receive
        Err(_) => String::new(),
    };
    let message = if text.is_empty() { status.to_string() } else { format!("{status}: {text}") };
    ClientError::new(code::REJECTED, message)
}

/// The client receives a rejection's body up to this length, in bytes.
const MAX_TEXT: usize = 1024;

/// An axum extractor that needs a state, in a connect handler: `S` is taken from the server's states.
///
/// ```
/// use axum::extract;
/// use socketio::{extract::Parts, on};
///
/// #[derive(Clone)]
/// struct AppState;
///
/// #[on(connect)]
/// async fn connected(Parts(extract::State(app), ..): Parts<extract::State<AppState>, AppState>) {
///     let _: AppState = app;
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Parts<T, S>(
    pub T,
    // public, because a pattern needs all fields to be
    #[doc(hidden)] pub PhantomData<fn() -> S>,
);

impl<T, S> Parts<T, S> {
    /// The extracted value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T, S> FromRequestParts<()> for Parts<T, S>
where
    T: FromRequestParts<S>,
    S: Clone + Send + Sync + 'static,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut request::Parts, (): &()) -> Result<Self, Response> {
        // put there by `OfParts`; `build()` has checked that the server has the state
        let state = parts.extensions.get::<ServerStates>().and_then(|states| states.0.get::<S>()).cloned();
        let Some(state) = state else {
            return Err(http::StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        match T::from_request_parts(parts, &state).await {
            Ok(value) => Ok(Self(value, PhantomData)),
            Err(rejection) => Err(rejection.into_response()),
        }
    }
}

#[derive(Clone)]
struct ServerStates(Arc<States>);
