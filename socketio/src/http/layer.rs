//! Socket.IO in front of an application.

use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::engine::{EngineService, Responding};

/// A tower layer that serves Socket.IO below its path; made by [`SocketIo::layer`](crate::SocketIo::layer).
///
/// ```
/// # fn example(io: socketio::SocketIo) {
/// let app: axum::Router = axum::Router::new().fallback(async || "not found").layer(io.layer());
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct EngineLayer {
    service: EngineService,
}

impl EngineLayer {
    pub(crate) fn new(service: EngineService) -> Self {
        Self { service }
    }
}

impl<S> Layer<S> for EngineLayer {
    type Service = EngineLayered<S>;

    fn layer(&self, inner: S) -> EngineLayered<S> {
        EngineLayered { service: self.service.clone(), inner }
    }
}

/// A service wrapped by an [`EngineLayer`].
#[derive(Debug, Clone)]
pub struct EngineLayered<S> {
    service: EngineService,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for EngineLayered<S>
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
