//! The Socket.IO wire: several namespaces on one connection.

use std::task::Context;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    joining::{ConnectRequest, Restoring},
    slot::listeners,
    slots::Slots,
};
use crate::{
    close::DisconnectReason,
    connection::{Link, Progress},
    encode::{self},
    handler::{Attached, Body, Job},
    handshake::ConnectParts,
    namespace::Lease,
    proto::{
        Span,
        engine::{self, Revision},
        json::mend::mended,
        packet::{self, PacketError, Type},
    },
    wire::Wire,
};

/// The state of a Socket.IO connection.
#[derive(Default)]
pub(crate) struct Packets {
    /// The request, as long as a connect handler of some namespace may want to read it.
    pub(super) parts: ConnectParts,
    /// A packet whose attachments are still to come.
    partial: Option<Box<Partial>>,
    /// How many of these there were.
    partials: u32,
    /// Sockets that the client may get back: they are being looked up.
    #[expect(clippy::box_collection, reason = "one word of each connection: there is hardly ever one")]
    pub(super) restoring: Option<Box<Vec<Restoring>>>,
    /// Why the connection ends, if it has to.
    pub(super) failure: Option<DisconnectReason>,
}

struct Partial {
    text: Utf8Bytes,
    due: usize,
    /// At most ten, each no longer than a message may be: that bounds their total.
    attachments: Vec<Bytes>,
}

/// A packet that is to be decoded.
struct Assembled {
    text: Utf8Bytes,
    /// Where the packet starts.
    at: usize,
    /// Those that have come: all, or none yet.
    attachments: Vec<Bytes>,
}

pub(super) type Connects = Result<Option<Box<(Lease, ConnectRequest)>>, DisconnectReason>;

impl Packets {
    pub(crate) fn new(parts: ConnectParts) -> Self {
        Self { parts, ..Self::default() }
    }

    /// A message packet that is text.
    pub(super) fn text(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        slots: &mut Slots,
        text: Utf8Bytes,
    ) -> Connects {
        if self.partial.is_some() || link.wire() == Wire::MessagePack {
            return Err(DisconnectReason::protocol("a text packet where binary is due"));
        }
        self.handle(cx, link, slots, Assembled { text, at: engine::MESSAGE_AT, attachments: vec![] })
    }

    /// A binary message: an attachment, or with the MessagePack parser a packet.
    pub(super) fn binary(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        slots: &mut Slots,
        bytes: Bytes,
    ) -> Connects {
        if link.wire() == Wire::MessagePack {
            let packet = message_pack(&bytes, link.config().max_payload)?;
            return self.handle(cx, link, slots, packet);
        }
        let Some(partial) = &mut self.partial else {
            return Err(DisconnectReason::protocol("binary where none is due"));
        };
        partial.attachments.push(bytes);
        if partial.attachments.len() < partial.due {
            return Ok(None);
        }
        let Some(partial) = self.partial.take() else { return Ok(None) };
        let Partial { text, attachments, .. } = *partial;
        self.handle(cx, link, slots, Assembled { text, at: engine::MESSAGE_AT, attachments })
    }

    /// How far the packet has come whose attachments are still to come.
    pub(super) fn unfinished(&self) -> Option<Progress> {
        let partial = self.partial.as_ref()?;
        let bytes = partial.text.len() + partial.attachments.iter().map(Bytes::len).sum::<usize>();
        Some(Progress { number: self.partials, bytes })
    }

    fn handle(
        &mut self,
        cx: &mut Context<'_>,
        link: &Link,
        slots: &mut Slots,
        packet: Assembled,
    ) -> Connects {
        let Assembled { text, at, attachments } = packet;
        let decoded = packet::decode(text.as_str(), at);
        if let Err(PacketError::Unusual(json)) = decoded {
            let text = mended(text.as_str(), json);
            let text = text.ok_or_else(|| DisconnectReason::protocol("malformed payload"))?.into();
            return self.handle(cx, link, slots, Assembled { text, at, attachments });
        }
        let packet::Packet { namespace, kind, attachments: due } =
            decoded.map_err(DisconnectReason::protocol)?;
        if due > attachments.len() {
            // none is waited for before it is known that the packet has somewhere to go
            joined(slots, namespace)?;
            self.partials = self.partials.wrapping_add(1);
            self.partial = Some(Box::new(Partial { text, due, attachments }));
            return Ok(None);
        }
        match kind {
            packet::Kind::Connect { auth } => {
                if link.mailbox.revision() == Revision::V3 {
                    return self.connect_v3(link, slots, namespace, auth.is_some());
                }
                if slots.find(namespace).is_some() {
                    return Err(DisconnectReason::protocol("second CONNECT of a namespace"));
                }
                return self.connect(link, slots, namespace, auth.map(|span| (&text, span)));
            }
            packet::Kind::Disconnect => {
                let at = slots.find(namespace).ok_or_else(not_joined)?;
                slots.visit(cx, at, |slot, _| {
                    slot.socket.core().end(&DisconnectReason::ClientDisconnect);
                    slot.end(DisconnectReason::ClientDisconnect);
                });
            }
            packet::Kind::Event { id, name, args } => {
                let at = joined(slots, namespace)?;
                if name.len() > link.config().max_name {
                    return Err(DisconnectReason::protocol("an event name is too long"));
                }
                match slots {
                    // a job is long: it is made where it goes
                    Slots::Few(few) => {
                        let slot = &mut few[at];
                        let listeners = listeners(slot, name);
                        let body = body(text, args, attachments);
                        slot.receive(cx, Job::Event { listeners, body, ack: id });
                    }
                    Slots::Many(many) => {
                        let listeners = listeners(many.get(at), name);
                        let body = body(text, args, attachments);
                        many.visit(at, |slot, cx| slot.receive(cx, Job::Event { listeners, body, ack: id }));
                    }
                }
            }
            packet::Kind::Ack { id, args } => {
                let at = joined(slots, namespace)?;
                slots.get(at).socket.core().answered(id, body(text, args, attachments), false);
            }
            packet::Kind::Nothing => {
                joined(slots, namespace)?;
            }
        }
        Ok(None)
    }

    /// A CONNECT of revision 3: what a client says of itself is the query of the namespace's name.
    fn connect_v3(&self, link: &Link, slots: &Slots, name: &str, has_auth: bool) -> Connects {
        let (namespace, query) = name.split_once('?').unwrap_or((name, ""));
        if slots.find(namespace).is_some() || has_auth {
            return Err(DisconnectReason::protocol("a CONNECT that this revision does not have"));
        }
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let auth: serde_json::Map<_, _> = pairs.into_iter().map(|(key, value)| (key, value.into())).collect();
        let text = Utf8Bytes::from(serde_json::Value::Object(auth).to_string());
        let span = Span::one(0..text.len());
        self.connect(link, slots, namespace, Some((&text, span)))
    }

    /// Why the connection has to end, if it has to.
    pub(super) fn failure(&mut self) -> Option<DisconnectReason> {
        self.failure.take()
    }

    /// Tells the client that the server ends its socket.
    pub(super) fn send_disconnect(&self, link: &Link, namespace: &str) {
        send_control::<()>(link, Type::Disconnect, namespace, None);
    }
}

pub(super) fn send_control<T: serde::Serialize>(
    link: &Link,
    kind: Type,
    namespace: &str,
    payload: Option<&T>,
) {
    let sent = encode::control(link.wire(), kind, namespace, payload, |encoded| {
        encoded.with_frame(|frame| link.mailbox.push_control(frame));
    });
    if let Err(error) = sent {
        link.observer().not_encoded(link.number, "a packet", &error);
    }
}

/// The place of the accepted socket of this namespace. Packets before the CONNECT reply are a violation as well.
fn joined(slots: &Slots, namespace: &str) -> Result<usize, DisconnectReason> {
    slots.find(namespace).filter(|at| !slots.get(*at).is_connecting()).ok_or_else(not_joined)
}

fn body(text: Utf8Bytes, args: Span, attachments: Vec<Bytes>) -> Body {
    if attachments.is_empty() {
        Body::Json { frame: text, span: args }
    } else {
        Body::Attached(Attached { text, args, attachments }.into())
    }
}

#[cfg(feature = "msgpack")]
fn message_pack(bytes: &Bytes, max_payload: usize) -> Result<Assembled, DisconnectReason> {
    use packet::msgpack::{Limits, Transcoded, to_text};

    // a text is longer than its MessagePack where it has many escapes
    let limits = Limits {
        max_attachments: packet::MAX_ATTACHMENTS,
        max_text: max_payload.saturating_mul(2).min(u32::MAX as usize),
    };
    let Transcoded { text, attachments } = to_text(bytes, limits).map_err(DisconnectReason::protocol)?;
    // they are parts of the packet, and would keep all of it
    let is_mostly_text = 2 * attachments.iter().map(Bytes::len).sum::<usize>() < bytes.len();
    let attachments = if is_mostly_text {
        attachments.iter().map(|attachment| Bytes::copy_from_slice(attachment)).collect()
    } else {
        attachments
    };
    Ok(Assembled { text: text.into(), at: 0, attachments })
}

/// `build()` refuses the parser without the feature.
#[cfg(not(feature = "msgpack"))]
fn message_pack(_: &Bytes, _: usize) -> Result<Assembled, DisconnectReason> {
    Err(DisconnectReason::protocol("MessagePack is not enabled"))
}

fn not_joined() -> DisconnectReason {
    DisconnectReason::protocol("a packet for a namespace that is not joined")
}
