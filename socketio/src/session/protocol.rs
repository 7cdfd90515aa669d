//! What is different between the protocols that a connection may speak: the only place that tells one from another.

use std::task::Context;

use bytes::Bytes;

use super::{
    bus::{Bus, Mode},
    joining::send_error,
    packet::{Connects, Packets},
    slots::Slots,
};
use crate::{
    close::DisconnectReason,
    connection::{Frame, Link, Progress},
    error::{ClientError, code},
    handler::{Body, Lifecycle},
    message::slice,
    proto::{
        engine::{self, Revision, payload::v3},
        frame,
    },
    socket::Socket,
    transport::Received,
};

/// The protocol of one connection, and its state.
pub(crate) enum Protocol {
    Bus(Bus),
    Packets(Packets),
}

impl Protocol {
    /// A message came in: it goes to the right socket. Returns the request of a new one, if it is that. An error ends the
    /// connection.
    #[inline]
    pub(super) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        slots: &mut Slots,
        received: Received,
    ) -> Connects {
        let received = match received {
            Received::Text(text) if link.wire().is_engine() => {
                let revision = link.mailbox.revision();
                match engine::decode(text.as_str(), revision).map_err(DisconnectReason::protocol)? {
                    engine::Packet::Ignored => return Ok(None),
                    // an orderly end, although it comes without a closing handshake
                    engine::Packet::Close => {
                        return Err(DisconnectReason::ClientClose { code: None, reason: "".into() });
                    }
                    engine::Packet::Pong => Received::Pong,
                    engine::Packet::Ping => {
                        link.mailbox.push_control(Frame::Own(engine::packet::PONG_FRAME));
                        Received::Ping(Bytes::new())
                    }
                    engine::Packet::Message => Received::Text(text),
                    engine::Packet::Base64 => {
                        let bytes = match revision {
                            Revision::V4 => engine::packet::read_base64(text.as_str()),
                            Revision::V3 => v3::read_base64(text.as_str()),
                        };
                        binary(bytes.map_err(DisconnectReason::protocol)?.into(), revision)?
                    }
                }
            }
            Received::Binary(bytes) => binary(bytes, link.mailbox.revision())?,
            other => other,
        };
        match (received, self) {
            (Received::Text(text), Self::Packets(packets)) => packets.text(cx, link, slots, text),
            (Received::Binary(bytes), Self::Packets(packets)) => packets.binary(cx, link, slots, bytes),
            (Received::Text(text), Self::Bus(bus)) => {
                let is_engine = link.wire().is_engine();
                let text = if is_engine { slice(&text, engine::MESSAGE_AT..text.len()) } else { text };
                bus.text(cx, slots, text);
                Ok(None)
            }
            (Received::Binary(bytes), Self::Bus(bus)) => {
                bus.binary(cx, slots, bytes);
                Ok(None)
            }
            (Received::Ping(payload), _) => {
                slots.control(cx, Lifecycle::Ping, &Body::Binary(payload));
                Ok(None)
            }
            // the heartbeat was answered
            (Received::Pong, _) => {
                slots.control(cx, Lifecycle::Pong, &Body::Empty);
                Ok(None)
            }
        }
    }

    /// The connect handlers accepted: the client hears so, and the socket becomes a member of its namespace.
    pub(super) fn admit(&mut self, socket: &Socket) {
        match self {
            Self::Bus(_) => drop(socket.core().namespace.admit(socket, None)),
            Self::Packets(packets) => packets.admit(socket),
        }
    }

    /// The connect handlers refused: the client hears why.
    pub(super) fn refuse(&mut self, link: &Link, namespace: &str, error: &ClientError) {
        match self {
            Self::Bus(bus) => bus.refuse(link, error),
            Self::Packets(packets) => packets.refuse(link, namespace, error),
        }
    }

    /// The server ends a socket: its client hears so. `false`: the connection has to end with it.
    ///
    /// While the socket `is_connecting`, its client waits for `connect` or `connect_error`: it would wait forever after a
    /// mere DISCONNECT.
    pub(super) fn leave(&self, link: &Link, namespace: &str, is_connecting: bool) -> bool {
        match self {
            Self::Bus(_) => false,
            Self::Packets(packets) if is_connecting => {
                let error = ClientError::new(code::DISCONNECTED, "disconnected by the server");
                packets.refuse(link, namespace, &error);
                true
            }
            Self::Packets(packets) => {
                packets.send_disconnect(link, namespace);
                true
            }
        }
    }

    /// The time of a socket is over: its client hears why, and that the server ends it. `false`: the connection has to end
    /// with it.
    pub(super) fn expire(&mut self, link: &Link, namespace: &str, error: &ClientError) -> bool {
        let says = link.config().error_acks;
        match self {
            Self::Bus(bus) => {
                if says && bus.mode == Mode::Events {
                    send_error(link, "/", code::EXPIRED, error);
                }
                bus.refused = Some(DisconnectReason::Expired);
                false
            }
            Self::Packets(packets) => {
                if says {
                    send_error(link, namespace, code::EXPIRED, error);
                }
                packets.send_disconnect(link, namespace);
                true
            }
        }
    }

    /// Is a socket being looked up that the client may get back? Plain clients get none.
    #[inline]
    pub(super) fn is_restoring(&self) -> bool {
        matches!(self, Self::Packets(Packets { restoring: Some(_), .. }))
    }

    /// The connection ends: it gets no socket back.
    pub(super) fn forget_restoring(&mut self) {
        if let Self::Packets(packets) = self {
            packets.restoring = None;
        }
    }

    /// Why the connection has to end, if it has to.
    pub(super) fn failure(&mut self) -> Option<DisconnectReason> {
        match self {
            Self::Bus(bus) => bus.refusal(),
            Self::Packets(packets) => packets.failure(),
        }
    }

    /// How far the packet has come whose attachments are still to come.
    pub(super) fn unfinished(&self) -> Option<Progress> {
        match self {
            Self::Bus(_) => None,
            Self::Packets(packets) => packets.unfinished(),
        }
    }

    /// The heartbeat's question.
    pub(super) fn ping(link: &Link) {
        let ping = if link.wire().is_engine() { engine::packet::PING_FRAME } else { frame::PING_FRAME };
        link.mailbox.push_control(Frame::Own(ping));
    }
}

/// A binary message. In revision 3 it begins with its type.
fn binary(bytes: Bytes, revision: Revision) -> Result<Received, DisconnectReason> {
    match revision {
        Revision::V4 => Ok(Received::Binary(bytes)),
        Revision::V3 if v3::is_message(&bytes) => Ok(Received::Binary(bytes.slice(1..))),
        Revision::V3 => Err(DisconnectReason::protocol("a binary packet that is not a message")),
    }
}
