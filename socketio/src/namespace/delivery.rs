//! Messages to the sockets of a namespace: encoded outside its lock, numbered and pushed under it.

use std::{cell::RefCell, sync::atomic::Ordering};

use bytes::Bytes;
use tokio::time::Instant;

use super::{Inside, Namespace, Target, recovery::Recovery};
use crate::{
    cluster::Position,
    config::Deflate,
    connection::Frame,
    emit::{Content, Emitted, emitted::To},
    encode::{Draft, Finished, Head},
    error::{EmitError, EncodeError},
    socket::{Core, Phase, Prepared, Socket, Waiter},
    wire::{WIRES, Wire},
};

/// How a message goes out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    /// Not to clients that cannot take it at once.
    pub(crate) volatile: bool,
    /// It is to be acknowledged under this id, to this one.
    pub(crate) ack: Option<(u32, Waiter)>,
    /// It is an entry of the cluster's history, with this number.
    pub(crate) at: Option<u64>,
}

/// A message, encoded for one wire.
#[derive(Debug)]
enum Message {
    Finished(Finished),
    /// An offset is to follow. Boxed: few servers have recovery, and these are moved about.
    Draft(Box<Draft>),
}

impl Message {
    fn is_draft(&self) -> bool {
        matches!(self, Self::Draft(_))
    }
}

impl Message {
    /// The bytes of it, before it is compressed.
    fn len(&self) -> usize {
        match self {
            Self::Finished(frame) => frame.for_window(0).len(),
            Self::Draft(draft) => draft.len(),
        }
    }
}

fn longest(messages: &[Option<Message>]) -> usize {
    messages.iter().flatten().map(Message::len).max().unwrap_or_default()
}

/// Ids of broadcasts have this bit, those of single sockets do not. Both fit 31 bits.
pub(super) const BROADCAST_ID: u32 = 1 << 30;

impl Namespace {
    /// A new id for a broadcast with acknowledgements.
    pub(crate) fn broadcast_id(&self) -> u32 {
        BROADCAST_ID | self.last_ack.fetch_add(1, Ordering::Relaxed) & (BROADCAST_ID - 1)
    }

    /// Do messages to single sockets have to go through [`send`](Self::send), because they are logged?
    pub(crate) fn logs(&self, wire: Wire) -> bool {
        self.config.recovery.is_some() && !wire.is_bus()
    }

    /// Sends to every member of the target; returns to how many. Encoded once for each wire, outside the lock.
    pub(super) fn send(
        &self,
        target: &Target,
        delivery: &Delivery,
        content: &Content<'_>,
    ) -> Result<usize, EncodeError> {
        self.hold_for_newcomer(target, delivery, content)?;
        let mut messages: [Option<Message>; WIRES.len()] = Default::default();
        let is_there = |wire: Wire| {
            self.on_wire[wire as usize].load(Ordering::Relaxed) > 0
                // an entry of the history is logged for those that may come from other nodes
                || delivery.at.is_some() && self.config.packet_wire() == wire
        };
        loop {
            for wire in WIRES {
                let message = &mut messages[wire as usize];
                if message.is_none() && is_there(wire) {
                    // somebody who comes between this look and the lock gets the plain form
                    let packs =
                        cfg!(feature = "deflate") && self.packing[wire as usize].load(Ordering::Relaxed) > 0;
                    let settings = self.config.deflate.as_ref().filter(|_| packs);
                    *message = Some(self.encode(wire, delivery, content, settings)?);
                }
            }
            let mut inside = self.lock();
            // somebody on a wire that had nobody may have come since we looked
            if WIRES.into_iter().all(|wire| messages[wire as usize].is_some() || !is_there(wire)) {
                let size = self.table.on_emit.as_ref().map(|_| longest(&messages));
                let sent = inside.deliver(target, delivery, messages, content.is_never_packed());
                drop(inside);
                if let Some(size) = size {
                    self.emitted(content, To::Selection(target), size, sent);
                }
                self.count_sent(content, sent);
                return Ok(sent);
            }
        }
    }

    /// Counts an event that was sent to so many sockets.
    #[inline]
    pub(crate) fn count_sent(&self, content: &Content<'_>, receivers: usize) {
        if cfg!(feature = "stats") && receivers > 0 {
            self.table.counts_for(content.name()).sent.add(receivers as u64);
        }
    }

    /// Something has left: the program looks at it, if it wants to.
    pub(crate) fn emitted(&self, content: &Content<'_>, to: To<'_>, size: usize, clients: usize) {
        let emitted = Emitted { namespace: &self.name, event: content.name(), to, size, clients };
        if self.table.on_emit.as_ref().is_some_and(|on_emit| !on_emit.look(&emitted)) {
            self.observer.drop_panicked(emitted.event, "on_emit");
        }
    }

    /// The socket whose connect handlers send this hears it after the CONNECT reply, if it is meant then.
    ///
    /// Not what is to be acknowledged: a handler that waits for all answers would wait for one that cannot come.
    #[inline]
    fn hold_for_newcomer(
        &self,
        target: &Target,
        delivery: &Delivery,
        content: &Content<'_>,
    ) -> Result<(), EncodeError> {
        match self.newcomer() {
            Some(socket) if !delivery.volatile && delivery.ack.is_none() => {
                let core = socket.core();
                let message = match self.encode(core.link.wire(), delivery, content, None)? {
                    Message::Finished(frame) => Prepared::Finished(frame.for_window(0).clone()),
                    Message::Draft(draft) => Prepared::Draft(*draft),
                };
                core.hold_broadcast(message, target);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The socket of this namespace whose connect handlers run here, as long as it is not accepted.
    pub(super) fn newcomer(&self) -> Option<Socket> {
        NEWCOMER.with_borrow(|newcomer| {
            let socket = newcomer.as_ref()?;
            let core = socket.core();
            let is_ours = std::ptr::eq(&raw const *core.namespace, self);
            (is_ours && core.phase() == Phase::Connecting).then(|| socket.clone())
        })
    }

    /// With settings, it is compressed as well.
    fn encode(
        &self,
        wire: Wire,
        delivery: &Delivery,
        content: &Content<'_>,
        settings: Option<&Deflate>,
    ) -> Result<Message, EncodeError> {
        let ack = delivery.ack.as_ref().map(|(id, _)| u64::from(*id));
        // what asks for an acknowledgement cannot be sent twice; a client takes no offset from it either
        let open = self.logs(wire) && ack.is_none();
        let head = Head { wire, namespace: &self.name, ack, open };
        content.encode(head, |encoded| {
            if open {
                Message::Draft(encoded.into_draft(settings).into())
            } else {
                Message::Finished(encoded.into_finished(settings))
            }
        })
    }

    /// Sends to one socket, so that it can be recovered. Returns how many bytes that were; `None` if they come in the order of
    /// the cluster's history, as all that can be recovered, and are counted then.
    pub(crate) fn send_to(
        &self,
        core: &Core,
        content: &Content<'_>,
        volatile: bool,
    ) -> Result<Option<usize>, EmitError> {
        let wire = core.link.wire();
        if volatile && core.phase() == Phase::Connecting {
            return Err(EmitError::Full);
        }
        if self.history().is_some()
            && !volatile
            && core.phase() == Phase::Live
            && let Some(cluster) = &self.cluster
            && cluster.emit_to(&self.name, vec![core.id.to_string().into()], content)?
        {
            return Ok(None);
        }
        let packing = core.link.mailbox.packing();
        let settings = packing.map(|packing| packing.settings);
        let message = self.encode(wire, &Delivery::default(), content, settings)?;
        let size = message.len();
        let mut inside = self.lock();
        match message {
            Message::Finished(frame) => {
                core.push(Frame::Shared(frame.for_window(core.link.mailbox.window())), volatile)?;
            }
            Message::Draft(draft) => {
                // until it is accepted it holds what is emitted, and what it holds is logged then
                let Some(draft) = core.hold_draft(*draft)? else { return Ok(Some(size)) };
                let own = Target { only: Some(core.id), ..Target::default() };
                let (frame, number) = number(inside.recovery.as_deref_mut(), &own, volatile, None, draft);
                core.set_sent(number);
                core.push(Frame::Shared(frame.for_window(core.link.mailbox.window())), volatile)?;
            }
        }
        Ok(Some(size))
    }

    /// An event that was kept, for a client that has missed it.
    pub(crate) fn encode_missed(
        &self,
        content: &Content<'_>,
        position: Position,
    ) -> Result<Bytes, EncodeError> {
        match self.encode(self.config.packet_wire(), &Delivery::default(), content, None)? {
            Message::Finished(frame) => Ok(frame.for_window(0).clone()),
            Message::Draft(draft) => Ok(draft.finish(&position.to_string()).for_window(0).clone()),
        }
    }

    /// Nobody waits for the answers to this broadcast any more.
    pub(crate) fn forget_ack(&self, id: u32) {
        self.lock().members.walk(&Target::default(), |socket| {
            if socket.core().acks.forget(id) {
                self.observer.counts.acks.missed.one();
            }
        });
    }
}

thread_local! {
    /// The socket whose connect handlers this thread runs at the moment.
    static NEWCOMER: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

/// Says, while it lives, that this thread runs the connect handlers of a socket.
pub(crate) struct Newcomer(Option<Socket>);

impl Newcomer {
    pub(crate) fn enter(socket: &Socket) -> Self {
        Self(NEWCOMER.replace(Some(socket.clone())))
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        // the socket that is dropped may be the last handle: not inside the borrow
        drop(NEWCOMER.replace(self.0.take()));
    }
}

impl Inside {
    /// Pushes a message to every member of the target.
    fn deliver(
        &mut self,
        target: &Target,
        delivery: &Delivery,
        mut messages: [Option<Message>; WIRES.len()],
        never_packed: bool,
    ) -> usize {
        let mut numbered = None;
        for message in &mut messages {
            if let Some(Message::Draft(draft)) = message.take_if(|message| message.is_draft()) {
                let (recovery, volatile) = (self.recovery.as_deref_mut(), delivery.volatile);
                let (frame, number) = number(recovery, target, volatile, delivery.at, *draft);
                numbered = Some(number);
                *message = Some(Message::Finished(frame));
            }
        }
        let mut sent = 0;
        self.members.walk(target, |socket| {
            let core = socket.core();
            let Some(Message::Finished(frame)) = &messages[core.link.wire() as usize] else { return };
            // one that has recovered may know more of the history than this node has read
            if delivery.at.is_some_and(|at| core.anchor_and_sent().1 >= at) {
                return;
            }
            if let Some(number) = numbered {
                core.set_sent(number);
            }
            if cfg!(feature = "deflate") && never_packed {
                core.link.mailbox.never_pack();
            }
            if let Some((id, waiter)) = &delivery.ack
                && !core.expect_ack(*id, waiter.clone())
            {
                return;
            }
            let frame = Frame::Shared(frame.for_window(core.link.mailbox.window()));
            if core.push(frame, delivery.volatile).is_ok() {
                sent += 1;
            } else if let Some((id, _)) = &delivery.ack {
                core.acks.forget(*id);
            }
        });
        sent
    }
}

/// Gives a message its offset, and logs it for `target`.
///
/// A volatile one is not logged. Its offset is that of what was sent before: clients of the reference take any text that
/// comes last for an offset, and go on with it.
pub(super) fn number(
    recovery: Option<&mut Recovery>,
    target: &Target,
    volatile: bool,
    at: Option<u64>,
    draft: Draft,
) -> (Finished, u64) {
    // drafts are only made where there is recovery
    let Some(recovery) = recovery else { return (draft.finish(""), 0) };
    // with a history, nothing but its entries is kept
    let is_kept = if recovery.is_ordered() { at.is_some() } else { !volatile };
    let number = match at {
        Some(at) => at,
        None if is_kept => recovery.next(),
        None => recovery.last(),
    };
    let frame = draft.finish(recovery.offset(number).as_str());
    if is_kept {
        // the client that fetches it later may take no compressed messages
        recovery.append(number, Instant::now(), frame.for_window(0).clone(), target.clone());
    }
    (frame, number)
}
