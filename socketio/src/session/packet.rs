//! The Socket.IO wire over WebSocket: several namespaces on one connection.
//!
//! A first slice: text packets over a WebSocket that is opened as such. Polling, upgrades, binary packets and
//! recovery come on the same bones.

use std::{sync::Arc, task::Context};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    Body, Job, Link, buffers,
    desk::{ConnectRequest, listeners, send_text},
    slot::Slot,
};
use crate::{
    close::DisconnectReason,
    error::ClientError,
    extract::ConnectParts,
    proto::{engine, frame, packet},
    room::Namespace,
    socket::Socket,
};

/// The state of a Socket.IO connection.
#[derive(Default)]
pub(crate) struct Packets {
    /// The request, as long as a connect handler of some namespace may want to read it.
    pub(crate) parts: ConnectParts,
}

/// What a packet asks of the connection.
pub(super) enum Request {
    Pong,
    Connect { namespace: Arc<Namespace>, request: ConnectRequest },
}

impl Packets {
    pub(super) fn text(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        slots: &mut [Slot],
        text: Utf8Bytes,
    ) -> Result<Option<Request>, DisconnectReason> {
        match engine::decode(text.as_str()).map_err(protocol)? {
            engine::Packet::Ignored => return Ok(None),
            engine::Packet::Close => {
                // an orderly end, although it comes without a closing handshake
                return Err(DisconnectReason::ClientClose { code: None, reason: "".into() });
            }
            engine::Packet::Pong => return Ok(Some(Request::Pong)),
            engine::Packet::Message => {}
        }
        let packet::Packet { namespace, kind } =
            packet::decode(text.as_str(), engine::MESSAGE_AT).map_err(protocol)?;
        let open =
            slots.iter_mut().find(|slot| slot.is_open() && slot.socket.core().namespace.name == namespace);
        match kind {
            packet::Kind::Connect { auth } if open.is_none() => {
                let joined = slots.iter().filter(|slot| slot.is_open()).count();
                if joined >= link.config().max_namespaces {
                    return Err(DisconnectReason::Protocol("too many namespaces".into()));
                }
                if auth.as_ref().is_some_and(|auth| auth.len() > link.config().max_auth) {
                    self.refuse(
                        link,
                        namespace,
                        &ClientError::new("auth_too_long", "the auth payload is too long"),
                    );
                    return Ok(None);
                }
                let Some(namespace) = link.hub.namespace(namespace) else {
                    send_refusal(link, namespace, &Refusal { message: "Invalid namespace", data: None });
                    return Ok(None);
                };
                let body = auth.map(|range| json(text, range, false));
                let parts =
                    if namespace.table.needs_parts() { self.parts.clone() } else { ConnectParts::default() };
                Ok(Some(Request::Connect {
                    namespace,
                    request: ConnectRequest { callback: None, body, parts },
                }))
            }
            packet::Kind::Connect { .. } => {
                Err(DisconnectReason::Protocol("second CONNECT of a namespace".into()))
            }
            packet::Kind::Disconnect => {
                if let Some(slot) = open {
                    slot.socket.core().end(&DisconnectReason::ClientDisconnect);
                    slot.end(DisconnectReason::ClientDisconnect);
                }
                Ok(None)
            }
            packet::Kind::Event { id, name, args } => {
                // an event before the CONNECT reply is a violation as well
                let slot = open.filter(|slot| !slot.is_connecting()).ok_or_else(not_joined)?;
                if name.len() > link.config().max_name {
                    return Err(DisconnectReason::Protocol("an event name is too long".into()));
                }
                let listeners = listeners(slot, name);
                slot.receive(cx, Job::Event { listeners, body: json(text, args, true), ack: id });
                Ok(None)
            }
            packet::Kind::Ack { id, args } => {
                let slot = open.filter(|slot| !slot.is_connecting()).ok_or_else(not_joined)?;
                slot.socket.core().acks.answer(id, Ok(json(text, args, true)));
                Ok(None)
            }
        }
    }

    /// Sends the CONNECT reply and lets the socket in.
    pub(super) fn admit(&self, socket: &Socket) -> bool {
        #[derive(serde::Serialize)]
        struct Reply {
            sid: crate::socket::SocketId,
        }
        let namespace = &socket.core().namespace;
        let reply = buffers::with_frame(
            frame::TEXT,
            |out| {
                packet::begin(out, b'0', namespace.name);
                serde_json::to_writer(out, &Reply { sid: socket.id() })
            },
            <[u8]>::to_vec,
        );
        match reply {
            Ok(reply) => namespace.admit(socket, Some(&reply)),
            Err(error) => {
                tracing::error!(%error, "the CONNECT reply could not be encoded");
                false
            }
        }
    }

    /// Answers a CONNECT with an error: the connection stays.
    pub(super) fn refuse(&self, link: &Link, namespace: &str, error: &ClientError) {
        let data = Some(RefusalData { code: error.code(), data: error.data() });
        send_refusal(link, namespace, &Refusal { message: error.message(), data });
    }

    /// Tells the client that the server ends its socket.
    pub(super) fn send_disconnect(&self, link: &Link, namespace: &str) {
        send_text(link, |out| {
            packet::begin(out, b'1', namespace);
            Ok(())
        });
    }
}

#[derive(serde::Serialize)]
struct Refusal<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<RefusalData<'a>>,
}

#[derive(serde::Serialize)]
struct RefusalData<'a> {
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a serde_json::Value>,
}

fn send_refusal(link: &Link, namespace: &str, refusal: &Refusal<'_>) {
    send_text(link, |out| {
        packet::begin(out, b'4', namespace);
        serde_json::to_writer(out, refusal)?;
        Ok(())
    });
}

fn json(frame: Utf8Bytes, range: std::ops::Range<usize>, many: bool) -> Body {
    // frames are shorter than 4 GiB: `max_payload` is
    Body::Json { frame, start: range.start as u32, end: range.end as u32, many }
}

fn not_joined() -> DisconnectReason {
    DisconnectReason::Protocol("a packet for a namespace that is not joined".into())
}

fn protocol(error: impl std::fmt::Display) -> DisconnectReason {
    DisconnectReason::Protocol(error.to_string().into())
}
