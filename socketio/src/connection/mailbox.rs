//! What others leave for the owner task of a connection: frames to write, orders, and requests of a polling client.
//!
//! It knows no server and no sockets, so that transports and requests can be given it alone.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    },
};

use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{Account, Frame, Out, Outbound, Outbox, Packing, Room, SessionRequest, outbox::Refused};
use crate::{
    close::DisconnectReason,
    config::Config,
    proto::{deflate::Agreement, engine::Revision},
    wire::Wire,
};

/// The mailbox of one connection. It outlives the connection in the handles that a program keeps; stream and waiting
/// messages do not.
#[derive(Debug)]
pub(crate) struct Mailbox {
    config: Arc<Config>,
    wire: Wire,
    revision: Revision,
    pub(crate) outbox: Outbox,
    /// What the peer has caused to exist.
    pub(crate) account: Account,
    /// Some socket has something for the owner task, or an order or a request waits.
    notified: AtomicBool,
    /// `None` as long as nobody has left anything.
    mail: Mutex<Option<Box<Mail>>>,
    carrier: AtomicU8,
    /// The window of a client that takes compressed messages, in bits; else 0. It is set when a WebSocket begins to carry,
    /// and stays.
    window: AtomicU8,
    /// It was sent something that must not be compressed: what stands next to that in an answer must not be, either.
    never_packed: AtomicBool,
    /// A POST is under way: one more than the bytes of it that have come.
    posting: AtomicUsize,
    /// The program decides about a first socket.
    deciding: AtomicBool,
}

/// What others have left for the owner task.
#[derive(Debug, Default)]
struct Mail {
    order: Option<Order>,
    /// Requests of a polling client, oldest first: at most [`MAX_REQUESTS`].
    requests: VecDeque<SessionRequest>,
    /// Where there are many sockets: those that have something for the owner task.
    noticed: Vec<usize>,
    /// Nobody reads mail any more.
    closed: bool,
    /// Held until the connection is over, for those who wait for that.
    waiting: Vec<TaskTrackerToken>,
    /// It is over.
    ended: bool,
}

/// A client has one GET, one POST and one upgrade under way. What goes beyond that is answered with an error,
/// but has to wait for its turn to be.
const MAX_REQUESTS: usize = 8;

/// What carries the packets of an Engine.IO session, as requests need to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Carrier {
    WebSocket = 0,
    Polling = 1,
    /// A WebSocket, or another stream, is being tried alongside the polling.
    Upgrading = 2,
    /// The session is over.
    Nothing = 3,
    /// A stream without frames: WebTransport, say.
    Packets = 4,
}

/// What the server wants of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// End in an orderly way.
    End(DisconnectReason),
    /// End now: the time for the orderly way is over.
    Kill,
}

impl Outbound for Mailbox {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Mailbox {
    pub(crate) fn new(config: Arc<Config>, wire: Wire, revision: Revision, carrier: Carrier) -> Self {
        Self {
            config,
            wire,
            revision,
            outbox: Outbox::new(),
            account: Account::default(),
            notified: AtomicBool::new(false),
            mail: Mutex::default(),
            carrier: AtomicU8::new(carrier as u8),
            window: AtomicU8::new(0),
            never_packed: AtomicBool::new(false),
            posting: AtomicUsize::new(0),
            deciding: AtomicBool::new(false),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    /// The revision of Engine.IO, if the connection speaks that.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn carrier(&self) -> Carrier {
        match self.carrier.load(Ordering::Acquire) {
            0 => Carrier::WebSocket,
            1 => Carrier::Polling,
            2 => Carrier::Upgrading,
            4 => Carrier::Packets,
            _ => Carrier::Nothing,
        }
    }

    pub(crate) fn set_carrier(&self, carrier: Carrier) {
        self.carrier.store(carrier as u8, Ordering::Release);
    }

    /// From here on, messages may be compressed as agreed.
    pub(crate) fn set_agreement(&self, agreement: Agreement) {
        self.window.store(agreement.window, Ordering::Relaxed);
    }

    /// Something goes out that must not be compressed. To be called before it is pushed.
    #[cold]
    pub(crate) fn never_pack(&self) {
        self.never_packed.store(true, Ordering::Release);
    }

    /// Must answers to a client that polls stay as they are?
    pub(crate) fn is_never_packed(&self) -> bool {
        self.never_packed.load(Ordering::Acquire)
    }

    /// How large the client's window is, in bits. 0: it takes no compressed messages, or not yet.
    #[inline]
    pub(crate) fn window(&self) -> u8 {
        if cfg!(feature = "deflate") { self.window.load(Ordering::Relaxed) } else { 0 }
    }

    /// How messages to this client are compressed, if they are.
    #[inline]
    pub(crate) fn packing(&self) -> Option<Packing<'_>> {
        match self.window() {
            0 => None,
            window => self.config.deflate.as_ref().map(|settings| Packing { settings, window }),
        }
    }

    /// Takes the only place for an upgrade.
    pub(crate) fn begin_upgrade(&self) -> bool {
        let (from, to) = (Carrier::Polling as u8, Carrier::Upgrading as u8);
        self.carrier.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(crate) fn out(&self) -> Out<'_> {
        self.out_to(&self.outbox)
    }

    /// For another outbox than the connection's own, under the same limits.
    pub(crate) fn out_to<'a>(&'a self, outbox: &'a Outbox) -> Out<'a> {
        Out { outbox, limits: &self.config().outbox }
    }

    /// May more be read, as far as the [account](Account) goes?
    pub(crate) fn room(&self) -> Room {
        self.account.room(self.config.inbox_events, self.config.max_payload)
    }

    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), Refused> {
        self.outbox.push(frame, &self.config().outbox)
    }

    pub(crate) fn push_control(&self, frame: Frame<'_>) {
        self.outbox.push_control(frame, &self.config().outbox);
    }

    /// Tells the owner task to look at what its sockets have for it.
    pub(crate) fn notify(&self) {
        self.notified.store(true, Ordering::Release);
        self.outbox.wake();
    }

    /// The same, for the socket with this [place](crate::socket::Core::set_place) among many.
    pub(crate) fn notify_of(&self, place: usize) {
        let mut mail = self.mail();
        let inside = mail.get_or_insert_default();
        if !inside.ended && inside.noticed.last() != Some(&place) {
            inside.noticed.push(place);
        }
        drop(mail);
        self.notify();
    }

    /// For the owner task that has many sockets: those that something was left for.
    pub(crate) fn take_noticed(&self) -> Vec<usize> {
        self.mail().as_mut().map(|mail| std::mem::take(&mut mail.noticed)).unwrap_or_default()
    }

    /// Is there something to look at for the owner task?
    pub(crate) fn is_notified(&self) -> bool {
        self.notified.load(Ordering::Relaxed)
    }

    /// For the owner task: is there something to look at? Then it looks now.
    pub(crate) fn take_notice(&self) -> bool {
        self.is_notified() && self.notified.swap(false, Ordering::Acquire)
    }

    pub(crate) fn order(&self, order: Order) {
        self.mail().get_or_insert_default().order = Some(order);
        self.notify();
    }

    /// Gives an order; `token` is dropped when the connection is over.
    pub(crate) fn order_and_wait(&self, order: Order, token: TaskTrackerToken) {
        let mut mail = self.mail();
        let inside = mail.get_or_insert_default();
        if !inside.ended {
            inside.order = Some(order);
            inside.waiting.push(token);
        }
        drop(mail);
        self.notify();
    }

    /// The connection is over.
    pub(crate) fn tell_ended(&self) {
        let mut mail = self.mail();
        let inside = mail.get_or_insert_default();
        inside.ended = true;
        let waiting = std::mem::take(&mut inside.waiting);
        drop(mail);
        drop(waiting);
    }

    pub(crate) fn take_order(&self) -> Option<Order> {
        self.mail().as_mut()?.order.take()
    }

    /// Takes the only place for a POST, until what is returned is dropped.
    pub(crate) fn begin_post(&self) -> Option<Posting<'_>> {
        let begun = self.posting.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed);
        begun.is_ok().then_some(Posting(self))
    }

    /// How many bytes of a POST have come that is not whole.
    pub(crate) fn posted(&self) -> usize {
        self.posting.load(Ordering::Relaxed)
    }

    /// For the owner task: connect handlers run, and no socket is accepted yet.
    pub(crate) fn set_deciding(&self, deciding: bool) {
        self.deciding.store(deciding, Ordering::Relaxed);
    }

    /// Does the program decide about a first socket?
    pub(crate) fn is_deciding(&self) -> bool {
        self.deciding.load(Ordering::Relaxed)
    }

    /// Hands a request to the owner task; `false`: there is none any more, or it has too many.
    pub(crate) fn submit(&self, request: SessionRequest) -> bool {
        let mut mail = self.mail();
        let inside = mail.get_or_insert_default();
        if inside.closed || inside.requests.len() >= MAX_REQUESTS {
            return false;
        }
        inside.requests.push_back(request);
        drop(mail);
        self.notify();
        true
    }

    pub(crate) fn take_request(&self) -> Option<SessionRequest> {
        self.mail().as_mut()?.requests.pop_front()
    }

    /// No request is taken any more. Those that wait are dropped, which answers them.
    pub(crate) fn close_mail(&self) {
        self.set_carrier(Carrier::Nothing);
        let mut mail = self.mail();
        let inside = mail.get_or_insert_default();
        inside.closed = true;
        let requests = std::mem::take(&mut inside.requests);
        drop(mail);
        drop(requests);
    }

    fn mail(&self) -> MutexGuard<'_, Option<Box<Mail>>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A POST is under way: see [`Mailbox::begin_post`].
pub(crate) struct Posting<'a>(&'a Mailbox);

impl Posting<'_> {
    /// So many more bytes of it have come.
    pub(crate) fn note(&self, bytes: usize) {
        self.0.posting.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        self.0.posting.store(0, Ordering::Release);
    }
}
