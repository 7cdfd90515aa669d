//! WebTransport for [`socketio`]: the official client (4.7 or later, in a browser) connects over HTTP/3, or changes over to
//! it from polling.
//!
//! **Experimental.** The drafts of WebTransport still move, and browsers and libraries follow different ones: Chromium
//! works with this crate, Safari was not tried. The crate underneath, `wtransport`, is pinned, and shows in this API.
//!
//! ```no_run
//! use socketio::{Config, SocketIo};
//! use socketio_webtransport::{Server, wtransport::Identity};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let io = SocketIo::builder().discover().config(Config::new().webtransport(true)).build()?;
//! // HTTP/3 is UDP: the same port as that of the pages, which the client takes for both
//! let identity = Identity::load_pemfiles("cert.pem", "key.pem").await?;
//! let server = Server::bind(&io, ([0, 0, 0, 0], 443).into(), identity)?;
//! server.run_until(async { drop(tokio::signal::ctrl_c().await) }).await;
//! # Ok(())
//! # }
//! ```
//!
//! The other half, polling and WebSockets, is served as ever, by axum over TCP: `io.router()`. What holds for a connection
//! there holds here: handlers, limits, origins, [`allow_request`](socketio::SocketIoBuilder::allow_request), the order of
//! the end. What does not exist here: cookies of the session, compression, and datagrams.

mod session;

pub use wtransport;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::extract::ConnectInfo;
use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use socketio::{SocketIo, error::StreamError, service::SocketIoService};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use wtransport::{
    Endpoint, Identity, ServerConfig,
    config::{QuicTransportConfig, TlsServerConfig},
    endpoint::{IncomingSession, SessionRequest, endpoint_side},
};

use self::session::Session;

/// A UDP socket on which a [`SocketIo`] speaks WebTransport.
#[must_use = "it serves nobody before `run_until`"]
pub struct Server {
    endpoint: Endpoint<endpoint_side::Server>,
    io: SocketIo,
    handshakes: Handshakes,
}

/// What is known of all sessions that are about to open.
#[derive(Clone)]
struct Handshakes {
    service: SocketIoService,
    path: Arc<str>,
    timeout: Duration,
    places: Arc<Semaphore>,
}

impl Server {
    /// Binds a UDP socket, with a certificate.
    ///
    /// Clients have one stream each, and at most 256 KiB of it on the way; they are given up after a minute without a sign
    /// of life, which is more than the heartbeat of [`Config`](socketio::Config) takes by default.
    ///
    /// # Errors
    /// If the socket cannot be bound.
    pub fn bind(io: &SocketIo, address: SocketAddr, identity: Identity) -> io::Result<Self> {
        let config = ServerConfig::builder().with_bind_address(address);
        Self::with_config(io, config.with_custom_transport(identity, transport()).build())
    }

    /// The same with settings of rustls, for certificates that change or are chosen by name. They must speak TLS 1.3, and
    /// name the protocol `h3` (`alpn_protocols`).
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    ///
    /// # Panics
    /// If the settings are not of TLS 1.3.
    pub fn bind_rustls(io: &SocketIo, address: SocketAddr, tls: TlsServerConfig) -> io::Result<Self> {
        let config = ServerConfig::builder().with_bind_address(address);
        Self::with_config(io, config.with_custom_tls_and_transport(tls, transport()).build())
    }

    /// The same with all settings of `wtransport`, whose limits are then the program's to choose.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn with_config(io: &SocketIo, config: ServerConfig) -> io::Result<Self> {
        let handshakes = Handshakes {
            service: io.service(),
            path: "/socket.io".into(),
            timeout: Duration::from_secs(10),
            places: Arc::new(Semaphore::new(256)),
        };
        Ok(Self { endpoint: Endpoint::server(config)?, io: io.clone(), handshakes })
    }

    /// The path of the sessions, as [`Config::path`](socketio::Config::path). Default: `/socket.io`.
    pub fn path(mut self, path: &str) -> Self {
        self.handshakes.path = path.trim_end_matches('/').into();
        self
    }

    /// How many sessions may be opening at once; those beyond it are refused by QUIC. Default: 256.
    pub fn max_handshakes(mut self, handshakes: usize) -> Self {
        self.handshakes.places = Arc::new(Semaphore::new(handshakes.min(Semaphore::MAX_PERMITS)));
        self
    }

    /// How long a session may take from its first datagram to its stream. Default: 10 s.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshakes.timeout = timeout;
        self
    }

    /// The address that was bound.
    ///
    /// # Errors
    /// If the socket does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Serves until `signal` is ready. Then the server [closes](SocketIo::close), with all of its connections, those over
    /// TCP as well; this returns when they have ended.
    ///
    /// # Cancel safety
    /// If the future is dropped, the UDP socket goes, and with it every session.
    pub async fn run_until(self, signal: impl Future<Output = ()>) {
        let Self { endpoint, io, handshakes } = self;
        // the children of this one: each becomes a connection of the server, or ends
        let opening = TaskTracker::new();
        let accept = async {
            loop {
                let incoming = endpoint.accept().await;
                // one that has to wait for a place is one that an attacker can make wait
                let Ok(place) = Arc::clone(&handshakes.places).try_acquire_owned() else {
                    incoming.refuse();
                    continue;
                };
                let handshakes = handshakes.clone();
                opening.spawn(async move {
                    let limit = handshakes.timeout;
                    match timeout(limit, handshakes.open(incoming)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::debug!(%error, "a session of WebTransport was not opened"),
                        Err(_) => tracing::debug!("a session of WebTransport was not opened in its time"),
                    }
                    drop(place);
                });
            }
        };
        tokio::select! {
            () = accept => {}
            () = signal => {}
        }
        opening.close();
        io.close().await;
        // what was about to open ends with it
        endpoint.close(0_u32.into(), b"");
        opening.wait().await;
        // the peers hear of the end; those that are gone are not waited for
        let _ = timeout(FAREWELL, endpoint.wait_idle()).await;
    }
}

impl Handshakes {
    /// From the first datagram to a connection of the server.
    async fn open(self, incoming: IncomingSession) -> Result<(), NotOpened> {
        let request = incoming.await.map_err(NotOpened::Connection)?;
        let path = request.path();
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.trim_end_matches('/') != &*self.path {
            request.not_found().await;
            return Err(NotOpened::Path);
        }
        let Some(parts) = parts(&request) else {
            request.forbidden().await;
            return Err(NotOpened::Malformed);
        };
        let admitted = match self.service.admit(parts).await {
            Ok(admitted) => admitted,
            Err(error) => {
                match error {
                    StreamError::Draining | StreamError::Full => request.too_many_requests().await,
                    _ => request.forbidden().await,
                }
                return Err(NotOpened::Refused(error));
            }
        };
        let connection = request.accept().await.map_err(NotOpened::Connection)?;
        let stream = connection.accept_bi().await.map_err(NotOpened::Connection)?;
        admitted.open(Session::new(connection, stream)).await.map_err(NotOpened::Refused)
    }
}

/// The request as axum would have it. `None`: it is not one.
fn parts(request: &SessionRequest) -> Option<Parts> {
    let uri = format!("https://{}{}", request.authority(), request.path());
    let mut parts = Request::builder().method(Method::CONNECT).uri(uri);
    let headers = parts.headers_mut()?;
    for (name, value) in request.headers().iter().filter(|(name, _)| !name.starts_with(':')) {
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    let (mut parts, ()) = parts.body(()).ok()?.into_parts();
    parts.extensions.insert(ConnectInfo(request.remote_address()));
    Some(parts)
}

/// Why a session did not become a connection.
#[derive(Debug)]
enum NotOpened {
    Connection(wtransport::error::ConnectionError),
    Path,
    Malformed,
    Refused(StreamError),
}

impl std::fmt::Display for NotOpened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Path => f.write_str("nothing is served at its path"),
            Self::Malformed => f.write_str("its request cannot be read"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// What one client may have of us, whatever it does: the defaults of QUIC are made for many streams of video.
fn transport() -> QuicTransportConfig {
    let mut transport = QuicTransportConfig::default();
    transport
        // the request of the session, and the one stream in it
        .max_concurrent_bidi_streams(2_u32.into())
        // of HTTP/3: control, and two for headers; browsers open some that mean nothing
        .max_concurrent_uni_streams(8_u32.into())
        .stream_receive_window(WINDOW.into())
        .receive_window((2 * WINDOW).into())
        .send_window(u64::from(WINDOW))
        // a browser wants to see that there are datagrams; none is used
        .datagram_receive_buffer_size(Some(2048))
        .datagram_send_buffer_size(2048)
        .max_idle_timeout(Some(IDLE.into()));
    transport
}

/// So much of a stream is on the way, in either direction.
const WINDOW: u32 = 256 * 1024;
/// Milliseconds without a sign of life.
const IDLE: wtransport::quinn::VarInt = wtransport::quinn::VarInt::from_u32(60_000);
/// How long the end of QUIC's connections may take.
const FAREWELL: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("io", &self.io)
            .field("path", &self.handshakes.path)
            .finish_non_exhaustive()
    }
}
