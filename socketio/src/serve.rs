//! Serving an application where strangers can reach it.

use std::{
    fmt,
    future::{IntoFuture, pending},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, serve::Listener};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{sync::watch, task::JoinSet};
use tower_service::Service;

use crate::{
    connection::{Guarded, Places},
    observe::{self, Observer},
    peer::{Line, Peer},
};

/// Serves an application, as [`axum::serve`](axum::serve()) does, with bounds on what a connection may cost before a handler knows
/// about it: a time for the head of each request, a time for answers that are not read, and a number of connections in
/// total and for each address.
///
/// Requests have `ConnectInfo<SocketAddr>`, so that the [shares](crate::Config::share_per_address) of addresses hold; and
/// those of single network connections, unless [a proxy is trusted](crate::Config::trusted_proxies).
///
/// ```no_run
/// # async fn example(io: socketio::SocketIo) -> std::io::Result<()> {
/// let app = axum::Router::new().merge(io.router());
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await?;
/// let stop = async move {
///     tokio::signal::ctrl_c().await.ok();
///     io.close().await;
/// };
/// socketio::serve(listener, app).max_connections(20_000).with_graceful_shutdown(stop).await
/// # }
/// ```
///
/// A listener may bring streams of its own (TLS): what it does before it hands one over is not bounded here.
///
/// # Errors
/// None: it is a `Result` so that it takes the place of `axum::serve`. Accepting goes on after errors.
///
/// # Cancel safety
/// If the future is dropped, requests under way are cut off; sessions of a [`SocketIo`](crate::SocketIo) live on.
pub fn serve<L: Listener<Addr = SocketAddr>>(listener: L, app: Router) -> Serve<L> {
    Serve {
        listener,
        app,
        head_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_secs(30),
        max_connections: 50_000,
        share_per_address: 25,
        stop: Box::pin(pending()),
    }
}

/// An application that is about to be served; made by [`serve`].
#[must_use = "it is served when it is awaited"]
pub struct Serve<L> {
    listener: L,
    app: Router,
    head_timeout: Duration,
    write_timeout: Duration,
    max_connections: usize,
    share_per_address: usize,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl<L> Serve<L> {
    /// How long the head of a request may take, from the opened connection or the last answer to its end. So long a
    /// connection may also wait for its next request: behind a proxy that keeps connections, set more than the time that
    /// it keeps them idle. Default: 10 s.
    pub fn head_timeout(mut self, time: Duration) -> Self {
        self.head_timeout = time;
        self
    }

    /// How long a client may refuse to take any byte of an answer. A WebSocket over TCP has
    /// [its own time](crate::Config::write_timeout) instead. Default: 30 s.
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.write_timeout = time;
        self
    }

    /// How many connections there may be; more are closed as they come. A client that polls has one or two, a browser up
    /// to six, a WebSocket is one. The limit of the process must be higher (`ulimit -n`). Default: 50 000.
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max;
        self
    }

    /// How many percent of them one address may have (an IPv4 address, or a /64 of IPv6): at most 100, which is also
    /// what a server needs to whom all clients come through one proxy.
    ///
    /// A quarter of 50 000 are 12 500: a thousand people that share an address (NAT), with twelve connections each.
    /// Default: 25.
    pub fn share_per_address(mut self, percent: usize) -> Self {
        self.share_per_address = percent.min(100);
        self
    }

    /// Takes no more connections once `stop` is ready, and waits until those that are there have been answered. End the
    /// server inside that future: see [`SocketIo::close`](crate::SocketIo::close).
    pub fn with_graceful_shutdown(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Box::pin(stop);
        self
    }
}

impl<L: Listener<Addr = SocketAddr>> Serve<L> {
    async fn run(mut self) {
        let for_each = self.max_connections as u128 * self.share_per_address as u128 / 100;
        let for_each = usize::try_from(for_each).unwrap_or(usize::MAX).max(1);
        let places = Arc::new(Places::new(self.max_connections, for_each));
        let mut connections = JoinSet::new();
        let observer = Observer::new();
        let (stopping, stopped) = watch::channel(());
        let mut lines = 0;
        while let Some((stream, address)) = next(&mut self.listener, &mut self.stop, &mut connections).await {
            let Some(place) = places.take(Peer::new(address.ip())) else {
                observer.no_place();
                continue;
            };
            let stream = Guarded::new(stream, place, self.head_timeout, self.write_timeout);
            lines += 1;
            let served = connection(
                stream,
                (address, Line(lines)),
                self.app.clone(),
                self.head_timeout,
                stopped.clone(),
            );
            connections.spawn(served);
        }
        drop(self.listener);
        drop(stopping);
        while connections.join_next().await.is_some() {}
    }
}

/// The next connection. `None`: the server stops.
///
/// A listener that does much for a connection is not interrupted when another one ends.
async fn next<L: Listener>(
    listener: &mut L,
    stop: &mut Pin<Box<dyn Future<Output = ()> + Send>>,
    connections: &mut JoinSet<()>,
) -> Option<(L::Io, L::Addr)> {
    let mut accepted = pin!(listener.accept());
    loop {
        tokio::select! {
            accepted = &mut accepted => return Some(accepted),
            () = stop.as_mut() => return None,
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until its end, or until its answers are written when the server stops.
async fn connection<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static>(
    stream: Guarded<S>,
    (address, line): (SocketAddr, Line),
    app: Router,
    head_timeout: Duration,
    mut stopped: watch::Receiver<()>,
) {
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert(line);
        // a router is always ready
        app.clone().call(request.map(Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_timeout);
    // a connection of HTTP/2 has no head of its own: it must answer pings
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head_timeout)
        .keep_alive_timeout(head_timeout)
        .enable_connect_protocol();
    let mut served = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        // the sender is dropped
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        observe::ended_with(&error);
    }
}

impl<L: Listener<Addr = SocketAddr>> IntoFuture for Serve<L> {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.run().await;
            Ok(())
        })
    }
}

impl<L: fmt::Debug> fmt::Debug for Serve<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("listener", &self.listener).finish_non_exhaustive()
    }
}
