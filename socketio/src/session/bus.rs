//! The plain wire: one socket, whose events are envelopes or bare messages.

use std::task::Context;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    execution::Purpose,
    slot::{Slot, listeners},
    slots::Slots,
};
use crate::{
    close::DisconnectReason,
    error::SocketError,
    handler::{Body, Job, Listeners},
    message::MESSAGE,
    proto::{
        Span,
        bus::{self, Envelope, EnvelopeError},
        json::mend::mended,
    },
};

/// What a text frame of the peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    /// An envelope.
    #[default]
    Events,
    /// The event `message`.
    Messages,
}

/// The state of a plain connection.
pub(crate) struct Bus {
    pub(super) mode: Mode,
    max_name: usize,
    pub(super) refused: Option<DisconnectReason>,
}

impl Bus {
    pub(crate) fn new(mode: Mode, max_name: usize) -> Self {
        Self { mode, max_name, refused: None }
    }

    pub(super) fn text(&mut self, cx: &mut Context<'_>, slots: &mut Slots, text: Utf8Bytes) {
        if !slots.is_empty() {
            slots.visit(cx, ONLY, |slot, cx| self.text_for(cx, slot, text));
        }
    }

    fn text_for(&mut self, cx: &mut Context<'_>, slot: &mut Slot, text: Utf8Bytes) {
        if self.mode == Mode::Messages {
            return message(cx, slot, Body::Text(text));
        }
        let decoded = bus::decode(text.as_str());
        if matches!(decoded, Err(EnvelopeError::Unusual)) {
            return match mended(text.as_str(), 0) {
                Some(mended) => self.text_for(cx, slot, mended.into()),
                None => malformed(slot, EnvelopeError::Json.to_string()),
            };
        }
        let envelope = match decoded {
            Ok(envelope) => envelope,
            Err(error) => return malformed(slot, error.to_string()),
        };
        match envelope {
            Envelope::Event { name, args, id } if name.len() <= self.max_name => {
                let listeners = listeners(slot, name);
                slot.receive(cx, Job::Event { listeners, body: body(text, args), ack: id });
            }
            Envelope::Event { .. } => {
                malformed(slot, format!("an event name has at most {} bytes", self.max_name));
            }
            Envelope::Ack { id, args } => slot.socket.core().answered(id, body(text, args), false),
            Envelope::AckError { id, error } => {
                slot.socket.core().answered(id, Body::Json { frame: text, span: error }, true);
            }
        }
    }

    pub(super) fn binary(&mut self, cx: &mut Context<'_>, slots: &mut Slots, bytes: Bytes) {
        if !slots.is_empty() {
            slots.visit(cx, ONLY, |slot, cx| message(cx, slot, Body::Binary(bytes)));
        }
    }

    /// Why the connection ends, if it was refused.
    pub(super) fn refusal(&mut self) -> Option<DisconnectReason> {
        self.refused.take()
    }
}

/// The place of the one socket.
const ONLY: usize = 0;

/// The frame is not an event. It carries no id to answer, so only the server is informed.
fn malformed(slot: &mut Slot, reason: String) {
    slot.raise(Purpose::Event, SocketError::Malformed { reason });
}

fn message(cx: &mut Context<'_>, slot: &mut Slot, body: Body) {
    let entry = slot.socket.core().namespace.table.message();
    let listeners = entry.map_or_else(|| Listeners::Unnamed(MESSAGE.into()), Listeners::Entry);
    slot.receive(cx, Job::Event { listeners, body, ack: None });
}

fn body(frame: Utf8Bytes, args: Option<Span>) -> Body {
    args.map_or(Body::Empty, |span| Body::Json { frame, span })
}
