//! From a CONNECT to an accepted or refused socket.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    Protocol,
    bus::{Bus, Mode},
    desk::Desk,
    packet::{Connects, Packets, send_control},
    slot::{Slot, Wish},
    slots::Slots,
};
use crate::{
    close::{CloseCode, DisconnectReason},
    cluster::{self, Lookup, NotRecovered},
    connection::Link,
    encode::{self, Head},
    error::{ClientError, code},
    handler::{Body, BoxFuture},
    handshake::ConnectParts,
    namespace::{Claim, Lease, Maker, Unknown},
    observe,
    proto::{
        Span,
        engine::Revision,
        packet::{Offset, Type, take_returning},
    },
    socket::{Core, Phase, Pid, Socket, SocketId},
};

/// Runs for every new socket before its connect handlers.
pub(crate) type Callback = Arc<dyn Fn(Socket) -> BoxFuture + Send + Sync>;

/// What a new socket starts with.
#[derive(Default)]
pub(crate) struct ConnectRequest {
    pub(crate) callback: Option<Callback>,
    pub(crate) body: Option<Body>,
    pub(crate) parts: ConnectParts,
    /// The client has reconnected to its socket.
    pub(crate) claim: Option<Claim>,
    /// Whether it has is being looked up in the cluster's history.
    pub(crate) restoring: Option<Lookup<Result<Claim, NotRecovered>>>,
}

/// A client that may get a socket back.
pub(super) struct Restoring {
    lease: Lease,
    request: ConnectRequest,
    lookup: Lookup<Result<Claim, NotRecovered>>,
}

impl Desk {
    /// Starts the connect handlers of a new socket: it is a member when they accept.
    pub(crate) fn connect(&mut self, cx: &mut Context<'_>, lease: Lease, request: ConnectRequest) {
        let socket = Socket::new(Core::new(self.place.link.clone(), lease.clone(), request.claim));
        let at = self.slots.push(Slot::new(socket.clone(), lease), &self.place.link.mailbox);
        let callback = request.callback.map(|callback| callback(socket));
        let body = request.body.unwrap_or(Body::Empty);
        let wish = self.slots.visit(cx, at, |slot, cx| slot.connect(cx, callback, body, request.parts));
        self.grant(at, wish);
    }

    /// Looks up whether a client has its socket back; its connect handlers start when that is known.
    #[cold]
    pub(super) fn restore(&mut self, cx: &mut Context<'_>, lease: Lease, mut request: ConnectRequest) {
        let Some(lookup) = request.restoring.take() else { return self.connect(cx, lease, request) };
        // plain clients get none back
        let Protocol::Packets(packets) = &mut self.protocol else { return self.connect(cx, lease, request) };
        packets.restoring.get_or_insert_default().push(Restoring { lease, request, lookup });
        self.poll_restoring(cx);
    }

    /// Lookups go on: the connect handlers start of those that are done.
    #[cold]
    pub(super) fn poll_restoring(&mut self, cx: &mut Context<'_>) {
        let mut at = 0;
        while let Protocol::Packets(Packets { restoring: Some(all), .. }) = &mut self.protocol
            && let Some(one) = all.get_mut(at)
        {
            let Poll::Ready(claim) = one.lookup.as_mut().poll(cx) else {
                at += 1;
                continue;
            };
            let Restoring { lease, mut request, .. } = all.remove(at);
            request.claim = recovered(&self.place.link, &lease.name, claim);
            self.connect(cx, lease, request);
        }
        if let Protocol::Packets(packets) = &mut self.protocol {
            packets.restoring.take_if(|all| all.is_empty());
        }
    }

    pub(super) fn grant(&mut self, at: usize, wish: Option<Wish>) {
        let slot = self.slots.get_mut(at);
        match wish {
            None => {}
            Some(Wish::Accept) if slot.socket.expiry().is_some_and(|at| at <= Instant::now()) => {
                self.grant(at, Some(Wish::Refuse(ClientError::expired())));
            }
            Some(Wish::Accept) => {
                let socket = slot.socket.clone();
                // by one of these handlers, and the connection has not heard of it yet
                if slot.is_open()
                    && socket.core().ended() == Some(&DisconnectReason::ServerDisconnect)
                    && self.protocol.leave(&self.place.link, &socket.core().namespace.name, true)
                {
                    slot.end(DisconnectReason::ServerDisconnect);
                }
                self.protocol.admit(&socket);
                socket.core().namespace.table.counts.accepted.one();
                self.slots.get_mut(at).accepted();
                self.place.finish();
            }
            Some(Wish::Refuse(error)) => {
                let socket = slot.socket.clone();
                // the connection has heard of a `disconnect()`, and so has the client
                let knows =
                    !slot.is_open() && socket.core().ended() == Some(&DisconnectReason::ServerDisconnect);
                socket.core().end(&DisconnectReason::ServerDisconnect);
                socket.core().namespace.table.counts.refused.one();
                slot.refused();
                if !knows {
                    self.protocol.refuse(
                        &self.place.link,
                        &socket.core().namespace.name,
                        &socket.shown(&error),
                    );
                }
            }
            Some(Wish::Expire(error)) => {
                let socket = slot.socket.clone();
                // what has ended it first has been heard of, or will be
                if slot.is_open() && socket.core().end(&DisconnectReason::Expired) {
                    let error = socket.shown(&error);
                    if self.protocol.expire(&self.place.link, &socket.core().namespace.name, &error) {
                        slot.end(DisconnectReason::Expired);
                    }
                }
            }
        }
        self.slots.touch(at);
    }

    /// Handlers that decide and have had their time: their sockets are refused, or have expired.
    pub(crate) fn refuse_undecided(&mut self, now: Instant, limit: Duration) {
        let Some(since) = now.checked_sub(limit) else { return };
        for at in self.slots.undecided(since) {
            if !self.slots.get(at).is_connecting() {
                self.grant(at, Some(Wish::Expire(ClientError::expired())));
                continue;
            }
            self.slots.get_mut(at).abandon();
            let error = ClientError::new(code::TIMEOUT, "the server did not decide in time");
            self.grant(at, Some(Wish::Refuse(error)));
        }
    }
}

impl Packets {
    /// A client asks for a socket in a namespace. `None`: it was refused.
    pub(super) fn connect(
        &self,
        link: &Link,
        slots: &Slots,
        namespace: &str,
        auth: Option<(&Utf8Bytes, Span)>,
    ) -> Connects {
        let config = link.config();
        let restoring = self.restoring.as_deref().map_or(&[][..], |all| all);
        if restoring.iter().any(|restoring| *restoring.lease.name == *namespace) {
            return Err(DisconnectReason::protocol("second CONNECT of a namespace"));
        }
        if slots.open() + restoring.len() >= config.max_namespaces {
            return Err(DisconnectReason::protocol("too many namespaces"));
        }
        let (returning, auth) = returning(auth, config.recovery.is_some());
        if auth.as_ref().is_some_and(|body| body.json_len() > config.max_auth) {
            self.refuse(
                link,
                namespace,
                &ClientError::new(code::AUTH_TOO_LONG, "the auth payload is too long"),
            );
            return Ok(None);
        }
        let maker = Maker { connection: link.number, peer: link.source.peer };
        let lease = match link.hub.namespaces().enter(&link.hub, namespace, maker) {
            Ok(lease) => lease,
            Err(Unknown::Invalid) => {
                link.observer().counts.unknown_namespaces.one();
                send_refusal(link, namespace, &ErrorPayload { message: "Invalid namespace", data: None });
                return Ok(None);
            }
            Err(Unknown::TooMany) => {
                let error = ClientError::new(code::TOO_MANY_NAMESPACES, "there are too many namespaces");
                self.refuse(link, namespace, &error);
                return Ok(None);
            }
        };
        let parts = if lease.table.needs_parts() { self.parts.clone() } else { ConnectParts::default() };
        let (mut claim, mut restoring) = (None, None);
        if let Some((pid, offset)) = returning {
            if lease.history().is_some() {
                restoring = Some(cluster::restore(&lease, pid, offset));
            } else {
                claim = recovered(link, &lease.name, lease.claim(pid, offset.as_deref()));
            }
        }
        Ok(Some(Box::new((lease, ConnectRequest { callback: None, body: auth, parts, claim, restoring }))))
    }

    /// Sends the CONNECT reply; the socket becomes a member in the same moment.
    pub(super) fn admit(&mut self, socket: &Socket) {
        #[derive(serde::Serialize)]
        struct Reply {
            sid: SocketId,
            #[serde(skip_serializing_if = "Option::is_none")]
            pid: Option<String>,
        }
        let core = socket.core();
        let namespace = &core.namespace;
        let reply = Reply { sid: core.id, pid: core.pid().map(|pid| pid.reveal()) };
        // clients of revision 3 make an id of their own
        let reply = (core.link.mailbox.revision() == Revision::V4).then_some(&reply);
        let wire = core.link.wire();
        let admitted = encode::control(wire, Type::Connect, &namespace.name, reply, |reply| {
            reply.with_frame(|reply| namespace.admit(socket, Some(reply)))
        });
        match admitted {
            // the client has not gone, but what it missed has: it is to connect again, as a new one
            Ok(false) if core.phase() != Phase::Ended => {
                self.failure =
                    Some(DisconnectReason::protocol("what the client missed is not kept any more"));
            }
            Ok(_) => {}
            Err(error) => core.report_not_encoded("the CONNECT reply", &error),
        }
    }

    /// Answers a CONNECT with an error: the connection stays.
    pub(super) fn refuse(&self, link: &Link, namespace: &str, error: &ClientError) {
        if link.mailbox.revision() == Revision::V3 {
            return match error.data() {
                Some(data) => send_control(link, Type::ConnectError, namespace, Some(data)),
                None => send_control(link, Type::ConnectError, namespace, Some(&error.message())),
            };
        }
        let data = Some(ErrorDetails { code: error.code(), data: error.data() });
        send_refusal(link, namespace, &ErrorPayload { message: error.message(), data });
    }
}

/// What became of a client's wish for its socket is counted; why it has got a fresh one is said as well.
fn recovered(link: &Link, namespace: &str, claim: Result<Claim, NotRecovered>) -> Option<Claim> {
    let recoveries = &link.observer().counts.recoveries;
    match claim {
        Ok(claim) => {
            recoveries.restored.one();
            Some(claim)
        }
        Err(reason) => {
            recoveries.fresh[reason as usize].one();
            observe::not_recovered(link.number, namespace, reason);
            None
        }
    }
}

/// The socket that a client wants back, and after which event; and the auth that is the program's.
///
/// Without recovery both keys are the program's, whatever is in them.
fn returning(
    auth: Option<(&Utf8Bytes, Span)>,
    recovers: bool,
) -> (Option<(Pid, Option<String>)>, Option<Body>) {
    let Some((frame, span)) = auth else { return (None, None) };
    let taken = if recovers { take_returning(&frame.as_str()[span.range()]) } else { None };
    // a key of this name with another text is the program's
    let Some((pid, taken)) = taken.and_then(|taken| Some((Pid::parse(&*taken.pid)?, taken))) else {
        return (None, Some(Body::Json { frame: frame.clone(), span }));
    };
    let body = taken.rest.map(|rest| Body::Json { span: Span::one(0..rest.len()), frame: rest.into() });
    let returning = match taken.offset {
        Offset::None => Some((pid, None)),
        Offset::Some(offset) => Some((pid, Some(offset.into_owned()))),
        Offset::Foreign => None,
    };
    (returning, body)
}

#[derive(serde::Serialize)]
struct ErrorPayload<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<ErrorDetails<'a>>,
}

#[derive(serde::Serialize)]
struct ErrorDetails<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

fn send_refusal(link: &Link, namespace: &str, refusal: &ErrorPayload<'_>) {
    send_control(link, Type::ConnectError, namespace, Some(refusal));
}

/// An event that says why something ends.
pub(super) fn send_error(link: &Link, namespace: &str, name: &str, error: &ClientError) {
    let head = Head { wire: link.wire(), namespace, ack: None, open: false };
    let sent = encode::event(head, name, &(error,), |encoded| {
        encoded.with_frame(|frame| link.mailbox.push_control(frame));
    });
    if let Err(error) = sent {
        link.observer().not_encoded(link.number, "a refusal", &error);
    }
}

impl Bus {
    /// The connect handlers refused: the peer hears why, and the connection ends.
    pub(super) fn refuse(&mut self, link: &Link, error: &ClientError) {
        if self.mode == Mode::Events {
            send_error(link, "/", "connect_error", error);
        }
        let reason =
            DisconnectReason::ServerClose { code: CloseCode::POLICY, reason: error.message().into() };
        self.refused = Some(reason);
    }
}
