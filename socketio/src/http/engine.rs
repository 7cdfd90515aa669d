//! Engine.IO over HTTP: the requests that open sessions, poll, post and upgrade.
//!
//! The services hold no state: axum may clone and build them many times. A request finds its session through the
//! server, and hands it what it brought; only the session's own task acts on it.

use std::{
    convert::Infallible,
    fmt,
    future::ready,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use tokio::{sync::oneshot, time::timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tower_service::Service;

use super::{
    answers::{RequestFault, is_preflight, preflight},
    extensions,
    finishing::Finishing,
    head,
    origin::{check_origin, check_script},
    peer::source,
    requests::{Delivery, Fetch, answer_poll, poll, post},
    upgrade::{Handover, Rejected, accept, check_length, close_at_once, requested_protocol, wants_websocket},
};
use crate::{
    connection::{Carrier, Frame, Framing, Link, Mailbox, SessionRequest, Stream, Terms, Upgrade, buffers},
    contained::{contain, contained},
    handler,
    handshake::{ConnectParts, Handshake, copy},
    hooks::Refused,
    hub::{Handle, Hub, Seat},
    namespace::Lease,
    observe,
    proto::{
        engine::{Open, Query, RequestError, Revision, Transport},
        frame,
    },
    session::{Bus, ConnectRequest, Mode, Opening, Packets, Protocol, Session},
    socket::SessionId,
    transport::Polling,
    wire::Wire,
};

/// A tower service for Engine.IO clients; made by [`SocketIo::service`](crate::SocketIo::service) and
/// [`SocketIo::engine`](crate::SocketIo::engine).
///
/// It answers every request, whatever its path. Faulty ones are answered as the reference answers them:
/// `{"code":..,"message":..}` with 400, or 403 from a page of a foreign origin; 413 and 415 for bodies that are
/// too long or encoded; 503 while the server drains or is full.
#[derive(Clone)]
pub struct SocketIoService {
    pub(super) hub: Handle,
    /// What the sessions speak: Socket.IO, or the plain bus in this mode.
    bus: Option<Mode>,
}

/// What a request leads to.
enum Step {
    Answered(Response<Body>),
    Open(Transport),
    Poll(Arc<Mailbox>, Fetch),
    Post(Arc<Mailbox>, Delivery),
}

/// A hook has panicked; the observer knows.
pub(super) struct Panicked;

/// An answer that is under way.
pub(crate) type Responding<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl SocketIoService {
    pub(crate) fn socket_io(hub: Handle) -> Self {
        Self { hub, bus: None }
    }

    pub(crate) fn bus(hub: Handle) -> Self {
        Self { hub, bus: Some(Mode::Messages) }
    }

    /// A text message is an envelope. Only for the plain bus; Socket.IO stays what it is.
    pub fn events(self) -> Self {
        Self { bus: self.bus.map(|_| Mode::Events), ..self }
    }

    /// Answers; there is no error. What needs no waiting is done at once, so that a request that waits holds what its answer
    /// needs, and nothing else.
    pub(super) fn respond<B, E>(&self, request: Request<B>) -> Responding<E>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
        E: Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        head::settle(&mut parts);
        let is_websocket = wants_websocket(&parts);
        // shared, not copied; the parts are lent to the code that takes the connection over
        let uri = parts.uri.clone();
        let query = Query::new(uri.query().unwrap_or_default());
        let finishing = Finishing::new(&self.hub, &parts, query.sid.is_none(), is_websocket);
        match self.step(&mut parts, query, is_websocket) {
            Ok(Step::Poll(mailbox, fetch)) => {
                Box::pin(async move { Ok(finishing.finish(poll(&mailbox, fetch).await)) })
            }
            Ok(Step::Post(mailbox, delivery)) => {
                let body = Body::new(body);
                Box::pin(async move { Ok(finishing.finish(post(&mailbox, delivery, body).await)) })
            }
            Ok(Step::Open(transport)) => {
                let (service, parts) = (self.clone(), Box::new(parts));
                Box::pin(
                    async move { Ok(finishing.finish(service.open(parts, transport, is_websocket).await)) },
                )
            }
            Ok(Step::Answered(response)) => Box::pin(ready(Ok(finishing.finish(Ok(response))))),
            Err(fault) => Box::pin(ready(Ok(finishing.finish(Err(fault))))),
        }
    }

    /// The order of the checks is the reference's: it decides which of several faults a client sees.
    fn step(&self, parts: &mut Parts, query: Query<'_>, is_websocket: bool) -> Result<Step, RequestFault> {
        let config = self.hub.config();
        if is_preflight(parts) && check_origin(&parts.headers, config).is_ok() {
            return Ok(Step::Answered(preflight(parts)));
        }
        let transport = query.transport.ok_or(RequestError::Transport)?;
        check_origin(&parts.headers, config)?;
        if query.jsonp.is_some() {
            check_script(&parts.headers, config)?;
        }
        let Some(sid) = query.sid else {
            if parts.method != Method::GET && !is_websocket {
                return Err(RequestError::Method.into());
            }
            if transport == Transport::WebSocket && !is_websocket {
                return Err(RequestError::BadRequest.into());
            }
            check_length(parts, config)?;
            return Ok(Step::Open(transport));
        };
        let mailbox = SessionId::parse(sid).and_then(|id| self.hub.session(&id));
        let mailbox = mailbox.filter(|mailbox| self.serves(mailbox.wire()));
        let mailbox = mailbox.ok_or_else(|| self.unknown_session())?;
        if is_websocket {
            return self.upgrade(parts, transport, query.base64, mailbox).map(Step::Answered);
        }
        match mailbox.carrier() {
            Carrier::Nothing => return Err(RequestError::Session.into()),
            Carrier::Polling | Carrier::Upgrading if transport == Transport::Polling => {}
            _ => return Err(RequestError::BadRequest.into()),
        }
        match parts.method {
            Method::GET => {
                let fetch = Fetch::new(parts, query.jsonp, config);
                Ok(Step::Poll(mailbox, fetch))
            }
            Method::POST => Ok(Step::Post(mailbox, Delivery::new(parts, query.jsonp.is_some()))),
            _ => Err(RequestFault::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }

    /// A request that names no session opens one.
    async fn open(
        &self,
        mut parts: Box<Parts>,
        transport: Transport,
        is_websocket: bool,
    ) -> Result<Response<Body>, RequestFault> {
        match self.ask_program(&parts).await {
            Ok(Ok(())) => {}
            Ok(Err(refused)) => return Err(RequestError::Forbidden(refused.message().to_owned()).into()),
            Err(Panicked) => return Err(RequestFault::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        }
        let uri = parts.uri.clone();
        let query = Query::new(uri.query().unwrap_or_default());
        self.revision(&query).ok_or(RequestError::Version)?;
        if is_websocket {
            self.open_websocket(&mut parts, transport)
        } else {
            self.open_polling(parts, query.jsonp).await
        }
    }

    /// Asks `allow_request`, if there is one.
    pub(super) async fn ask_program(&self, parts: &Parts) -> Result<Result<(), Refused>, Panicked> {
        let Some(allow) = &self.hub.hooks().allow else { return Ok(Ok(())) };
        let allowed = match contain(|| allow(copy(parts))) {
            Ok(future) => contained(future).await,
            Err(panic) => Err(panic),
        };
        allowed.map_err(|panic| {
            self.hub.observer().hook_panicked("allow_request", &panic);
            Panicked
        })
    }

    /// The revision of the session that a request opens. `None`: it is not served.
    fn revision(&self, query: &Query<'_>) -> Option<Revision> {
        let config = self.hub.config();
        let is_json = self.bus.is_some() || config.packet_wire() == Wire::Packet;
        query.revision.filter(|revision| *revision == Revision::V4 || config.allow_v3 && is_json)
    }

    /// The request names a session that is not of this process: in a cluster, perhaps of another one.
    fn unknown_session(&self) -> RequestError {
        if let Some(cluster) = &self.hub.root().cluster
            && cluster.foreign_session()
        {
            observe::foreign_session();
        }
        RequestError::Session
    }

    pub(super) fn serves(&self, wire: Wire) -> bool {
        match wire {
            Wire::Bus => false,
            Wire::Engine => self.bus.is_some(),
            Wire::Packet | Wire::MessagePack => self.bus.is_none(),
        }
    }

    fn open_websocket(
        &self,
        parts: &mut Parts,
        transport: Transport,
    ) -> Result<Response<Body>, RequestFault> {
        let (handover, consent) = accept(parts)?;
        if transport == Transport::Polling {
            // the reference opens it, and closes it
            turn_away(&self.hub, handover.stream());
            return Ok(consent.response(requested_protocol(parts)));
        }
        let seat = self.hub.seat(source(parts, self.hub.config())).map_err(Rejected::Unavailable)?;
        let protocol = requested_protocol(parts);
        let cookie = session_cookie(&seat, &self.hub);
        let opening = self.opening(seat, parts, Carrier::WebSocket);
        let mut response = consent.response(protocol);
        extensions::answer(response.headers_mut(), opening.terms);
        start_over_websocket(handover, opening);
        cookie.into_iter().for_each(|cookie| drop(response.headers_mut().insert(header::SET_COOKIE, cookie)));
        Ok(response)
    }

    async fn open_polling(
        &self,
        parts: Box<Parts>,
        jsonp: Option<String>,
    ) -> Result<Response<Body>, RequestFault> {
        let seat = self.hub.seat(source(&parts, self.hub.config())).map_err(Rejected::Unavailable)?;
        let cookie = session_cookie(&seat, &self.hub);
        let (poll, reply) = oneshot::channel();
        let opening = self.opening(seat, &parts, Carrier::Polling);
        let fetch = Fetch::new(&parts, jsonp, self.hub.config());
        drop(parts);
        let polling = Polling::new(poll, opening.terms);
        self.hub.spawn(Session::over_polling(opening, polling));
        let mut response = answer_poll(reply.await, None, &fetch)?;
        cookie.into_iter().for_each(|cookie| drop(response.headers_mut().insert(header::SET_COOKIE, cookie)));
        Ok(response)
    }

    /// Everything about a session except what carries it. Its outbox holds the first packet already.
    pub(crate) fn opening(&self, seat: Seat, parts: &Parts, carrier: Carrier) -> Opening {
        let config = self.hub.config();
        let wire = if self.bus.is_some() { Wire::Engine } else { config.packet_wire() };
        let handshake = Handshake::new(parts);
        let query: Utf8Bytes = handshake.query().into();
        let asked = Query::new(query.as_str());
        let revision = self.revision(&asked).unwrap_or_default();
        // old scripts cannot read bytes, and do not always say so
        let base64 = asked.base64 || revision == Revision::V3 && asked.jsonp.is_some();
        let terms = match carrier {
            Carrier::WebSocket => extensions::terms(parts, base64, revision, config),
            _ => Terms { base64, revision, deflate: None },
        };
        let link = Arc::new(Link::new(
            seat.number,
            seat.source,
            Arc::clone(&self.hub),
            wire,
            revision,
            carrier,
            handshake,
        ));
        push_open(&link.mailbox, &seat.id, carrier);
        let with_parts = |wanted: bool| {
            if wanted { ConnectParts::some(copy(parts)) } else { ConnectParts::default() }
        };
        match self.bus {
            None => {
                let wanted = self.hub.namespaces().tables().any(|(_, table)| table.needs_parts());
                let protocol = Protocol::Packets(Packets::new(with_parts(wanted)));
                // clients of revision 3 are in `/` without asking for it
                let first = (revision == Revision::V3).then(|| {
                    let root = self.hub.root().clone();
                    let parts = with_parts(root.table.needs_parts());
                    (Lease::fixed(root), ConnectRequest { parts, ..ConnectRequest::default() })
                });
                Opening { link, seat, protocol, first, terms }
            }
            Some(mode) => {
                let root = self.hub.root().clone();
                let parts = with_parts(root.table.needs_parts());
                let body = Some(handler::Body::Query(query));
                let request = ConnectRequest { body, parts, ..ConnectRequest::default() };
                let protocol = Protocol::Bus(Bus::new(mode, config.max_name));
                Opening { link, seat, protocol, first: Some((Lease::fixed(root), request)), terms }
            }
        }
    }

    fn upgrade(
        &self,
        parts: &mut Parts,
        transport: Transport,
        base64: bool,
        mailbox: Arc<Mailbox>,
    ) -> Result<Response<Body>, RequestFault> {
        let (handover, consent) = accept(parts)?;
        let protocol = requested_protocol(parts);
        if transport == Transport::Polling || !mailbox.begin_upgrade() {
            turn_away(&self.hub, handover.stream());
            return Ok(consent.response(protocol));
        }
        let terms = extensions::terms(parts, base64, mailbox.revision(), self.hub.config());
        let mut response = consent.response(protocol);
        extensions::answer(response.headers_mut(), terms);
        let framing = Framing::WebSocket(terms);
        let limit = self.hub.config().upgrade_timeout;
        self.hub.spawn_until_closed(HANDOVER, async move {
            let submitted = match timeout(limit, handover.stream()).await {
                Ok(Some((stream, early))) => {
                    mailbox.submit(SessionRequest::Upgrade(Box::new(Upgrade { stream, early, framing })))
                }
                Ok(None) | Err(_) => false,
            };
            if !submitted && mailbox.carrier() == Carrier::Upgrading {
                mailbox.set_carrier(Carrier::Polling);
            }
        });
        Ok(response)
    }
}

/// The first packet of a session.
fn push_open(mailbox: &Mailbox, id: &SessionId, carrier: Carrier) {
    let config = mailbox.config();
    let upgrades: &[&str] = match carrier {
        Carrier::Polling if !config.allow_upgrades => &[],
        Carrier::Polling if config.webtransport && mailbox.revision() == Revision::V4 => {
            &["websocket", "webtransport"]
        }
        Carrier::Polling => &["websocket"],
        _ => &[],
    };
    let open = Open {
        sid: &id.reveal(),
        upgrades,
        ping_interval: config.ping_interval.as_millis() as u64,
        ping_timeout: config.ping_timeout.as_millis() as u64,
        max_payload: config.max_payload as u64,
    };
    let written: Result<(), Infallible> = buffers::with_frame(
        frame::TEXT,
        |out| {
            open.write(out);
            Ok(())
        },
        |frame| mailbox.push_control(Frame::Own(frame)),
    );
    let Ok(()) = written;
}

/// The session's cookie, if there is to be one.
fn session_cookie(seat: &Seat, hub: &Hub) -> Option<HeaderValue> {
    let config = hub.config();
    let name = config.session_cookie.as_ref()?;
    let secure = if config.session_cookie_secure { " Secure;" } else { "" };
    let (id, same_site) = (seat.id.reveal(), config.session_cookie_same_site);
    HeaderValue::try_from(format!("{name}={id}; Path=/; HttpOnly;{secure} SameSite={same_site:?}")).ok()
}

/// Waits for the stream of an accepted request, which hyper gives when the answer is written.
///
/// The session becomes a task of its own, at its own size: what the handover needed is not kept.
pub(crate) fn start_over_websocket(handover: Handover, opening: Opening) {
    let hub = opening.link.hub.clone();
    let limit = hub.config().write_timeout;
    hub.clone().spawn_until_closed(HANDOVER, async move {
        match timeout(limit, handover.stream()).await {
            Ok(Some((stream, early))) => hub.spawn(Session::over_websocket(opening, stream, early)),
            Ok(None) => {}
            Err(_) => observe::upgrade_not_taken(),
        }
    });
}

/// A WebSocket that cannot be used: it is closed at once. A server that closes does not wait for it.
pub(crate) fn turn_away(hub: &Hub, stream: impl Future<Output = Option<(Stream, Vec<u8>)>> + Send + 'static) {
    let limit = hub.config().close_timeout;
    hub.spawn_until_closed(Duration::ZERO, async move {
        // whatever it does, it has this much time
        let _ = timeout(limit, async {
            if let Some((stream, _)) = stream.await {
                close_at_once(stream).await;
            }
        })
        .await;
    });
}

/// When the server closes, an answer that opens a WebSocket has this much time to be written.
const HANDOVER: Duration = Duration::from_secs(1);

impl<B> Service<Request<B>> for SocketIoService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Responding<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.respond(request)
    }
}

impl fmt::Debug for SocketIoService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIoService").field("bus", &self.bus).finish_non_exhaustive()
    }
}
