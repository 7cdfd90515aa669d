//! Socket.IO in front of an application.

use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::engine::{Responding, SocketIoService};

/// A tower layer that serves Socket.IO below its path; made by [`SocketIo::layer`](crate::SocketIo::layer).
///
/// ```
/// # fn example(io: socketio::SocketIo) {
/// let app: axum::Router = axum::Router::new().fallback(async || "not found").layer(io.layer());
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SocketIoLayer {
    service: SocketIoService,
}

impl SocketIoLayer {
    pub(crate) fn new(service: SocketIoService) -> Self {
        Self { service }
    }
}

impl<S> Layer<S> for SocketIoLayer {
    type Service = SocketIoLayered<S>;

    fn layer(&self, inner: S) -> SocketIoLayered<S> {
        SocketIoLayered { service: self.service.clone(), inner }
    }
}

/// A service wrapped by an [`SocketIoLayer`].
#[derive(Debug, Clone)]
pub struct SocketIoLayered<S> {
    service: SocketIoService,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for SocketIoLayered<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Responding<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = self.service.hub.config().path.trim_end_matches('/');
        let below = request.uri().path().strip_prefix(path);
        // only whole path segments match: `/socket.iox` is another path
        if below.is_some_and(|below| below.is_empty() || below.starts_with('/')) {
            self.service.respond(request)
        } else {
            let answer = self.inner.call(request);
            Box::pin(async move { answer.await.map(|response| response.map(Body::new)) })
        }
    }
}
