//! The sockets of one connection. Finding one and going on with it takes the same time however many there are.
//!
//! Almost every connection has one, and few have more than [`FEW`]: these are a list, which is walked. Beyond that there is an
//! index by namespace, and each socket has a waker of its own, so that only those are looked at that have something to do.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;

use super::slot::Slot;
use crate::{
    connection::Mailbox,
    handler::{Body, Lifecycle},
};

/// The sockets of one connection, those that end included.
pub(crate) enum Slots {
    Few(Vec<Slot>),
    Many(Box<Many>),
}

/// So many are walked.
const FEW: usize = 8;
/// Where there are many sockets, they hear of a ping or pong once in this time: each of these frames is for all of them.
const CONTROL_INTERVAL: Duration = Duration::from_secs(1);

/// The sockets of a connection that has many. They keep their places.
#[derive(Default)]
pub(crate) struct Many {
    places: Vec<Option<Place>>,
    free: Vec<usize>,
    /// The last one of each namespace: it is the only one that may be open.
    names: HashMap<Arc<str>, usize, RandomState>,
    /// Those that have something to do.
    ready: Vec<usize>,
    /// Those whose connect handlers run, the oldest first.
    deciding: BTreeSet<(Instant, usize)>,
    open: usize,
    overdue: usize,
    /// When all have heard of a ping or pong.
    controlled: Option<Instant>,
}

struct Place {
    slot: Slot,
    woken: Arc<Woken>,
    waker: Waker,
    is_ready: bool,
    /// What the sums count of it.
    counted: Counted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counted {
    open: bool,
    deciding: Option<Instant>,
    overdue: bool,
}

/// Wakes one socket of many.
struct Woken {
    mailbox: Arc<Mailbox>,
    at: usize,
    /// The owner task knows.
    is_noted: AtomicBool,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_noted.swap(true, Ordering::AcqRel) {
            self.mailbox.notify_of(self.at);
        }
    }
}

impl Slots {
    pub(super) fn new() -> Self {
        Self::Few(vec![])
    }

    /// Takes one more; returns its place.
    pub(super) fn push(&mut self, slot: Slot, mailbox: &Arc<Mailbox>) -> usize {
        if let Self::Few(few) = self
            && few.len() == FEW
        {
            let mut many = Box::<Many>::default();
            for slot in few.drain(..) {
                many.push(slot, mailbox);
            }
            *self = Self::Many(many);
        }
        match self {
            Self::Few(few) => {
                // usually the only one
                few.reserve_exact(1);
                few.push(slot);
                few.len() - 1
            }
            Self::Many(many) => many.push(slot, mailbox),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Few(few) => few.is_empty(),
            Self::Many(many) => many.places.len() == many.free.len(),
        }
    }

    /// The place of the socket that the client has in this namespace, accepted or not.
    #[inline]
    pub(super) fn find(&self, namespace: &str) -> Option<usize> {
        match self {
            Self::Few(few) => {
                few.iter().position(|slot| slot.is_open() && *slot.socket.core().namespace.name == *namespace)
            }
            Self::Many(many) => many.find(namespace),
        }
    }

    /// How many still receive what their peer sends.
    pub(super) fn open(&self) -> usize {
        match self {
            Self::Few(few) => few.iter().filter(|slot| slot.is_open()).count(),
            Self::Many(many) => many.open,
        }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> &Slot {
        match self {
            Self::Few(few) => &few[at],
            Self::Many(many) => many.get(at),
        }
    }

    /// It is to be [touched](Self::touch) after something was done to it.
    pub(super) fn get_mut(&mut self, at: usize) -> &mut Slot {
        match self {
            Self::Few(few) => &mut few[at],
            Self::Many(many) => &mut many.place_mut(at).slot,
        }
    }

    /// Does something to one that it can go on with afterwards.
    #[inline]
    pub(super) fn visit<R>(
        &mut self,
        cx: &mut Context<'_>,
        at: usize,
        visit: impl FnOnce(&mut Slot, &mut Context<'_>) -> R,
    ) -> R {
        match self {
            Self::Few(few) => visit(&mut few[at], cx),
            Self::Many(many) => many.visit(at, visit),
        }
    }

    /// Something was done to it, with which it may go on.
    pub(super) fn touch(&mut self, at: usize) {
        if let Self::Many(many) = self {
            many.note(at);
            many.set_ready(at);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        let (few, many) = match self {
            Self::Few(few) => (few.as_slice(), &[][..]),
            Self::Many(many) => (&[][..], many.places.as_slice()),
        };
        few.iter().chain(many.iter().flatten().map(|place| &place.slot))
    }

    /// Does something to each: when the connection ends, say, not for what is read.
    pub(super) fn each(&mut self, mut visit: impl FnMut(&mut Slot)) {
        match self {
            Self::Few(few) => few.iter_mut().for_each(visit),
            Self::Many(many) => {
                for at in 0..many.places.len() {
                    if many.places[at].is_some() {
                        many.visit(at, |slot, _| visit(slot));
                    }
                }
            }
        }
    }

    /// The peer sent a ping, or the heartbeat was answered.
    pub(super) fn control(&mut self, cx: &mut Context<'_>, moment: Lifecycle, body: &Body) {
        match self {
            Self::Few(few) => {
                few.iter_mut().for_each(|slot| slot.receive_control(cx, moment, body.clone()));
            }
            Self::Many(many) => many.control(moment, body),
        }
    }

    /// Since when the connect handlers that run longest have been deciding.
    pub(super) fn undecided_since(&self) -> Option<Instant> {
        match self {
            Self::Few(few) => few.iter().filter_map(Slot::undecided_since).min(),
            Self::Many(many) => many.deciding.first().map(|(since, _)| *since),
        }
    }

    /// Those about which handlers have been deciding since then, or longer.
    pub(super) fn undecided(&self, since: Instant) -> Vec<usize> {
        let is_late = |slot: &Slot| slot.undecided_since().is_some_and(|at| at <= since);
        match self {
            Self::Few(few) => (0..few.len()).filter(|at| is_late(&few[*at])).collect(),
            Self::Many(many) => many.deciding.range(..=(since, usize::MAX)).map(|(_, at)| *at).collect(),
        }
    }

    /// The places of those for which this holds. They are all looked at: for timers, not for what is read.
    pub(super) fn which(&self, holds: impl Fn(&Slot) -> bool) -> Vec<usize> {
        match self {
            Self::Few(few) => (0..few.len()).filter(|at| holds(&few[*at])).collect(),
            Self::Many(many) => {
                let places = many.places.iter().enumerate();
                places
                    .filter(|(_, place)| place.as_ref().is_some_and(|it| holds(&it.slot)))
                    .map(|(at, _)| at)
                    .collect()
            }
        }
    }

    /// Does a handler run although its socket has ended?
    pub(super) fn is_overdue(&self) -> bool {
        match self {
            Self::Few(few) => few.iter().any(Slot::is_overdue),
            Self::Many(many) => many.overdue > 0,
        }
    }
}

impl Many {
    fn push(&mut self, slot: Slot, mailbox: &Arc<Mailbox>) -> usize {
        let at = self.free.pop().unwrap_or(self.places.len());
        self.names.insert(slot.socket.core().namespace.name.clone(), at);
        slot.socket.core().set_place(at);
        let woken = Arc::new(Woken { mailbox: mailbox.clone(), at, is_noted: AtomicBool::new(true) });
        let waker = Waker::from(woken.clone());
        let place = Place { slot, woken, waker, is_ready: false, counted: Counted::default() };
        match self.places.get_mut(at) {
            Some(free) => *free = Some(place),
            None => self.places.push(Some(place)),
        }
        self.note(at);
        // what others have left for it before it had a place is looked at, and it is polled with its own waker
        mailbox.notify_of(at);
        at
    }

    #[cold]
    #[inline(never)]
    fn find(&self, namespace: &str) -> Option<usize> {
        let at = *self.names.get(namespace)?;
        self.places[at].as_ref()?.slot.is_open().then_some(at)
    }

    /// Those that others have left something for, or whose futures were woken.
    pub(super) fn wake(&mut self, at: usize) -> bool {
        let Some(Some(place)) = self.places.get_mut(at) else { return false };
        // from here on its waker notifies again
        place.woken.is_noted.store(false, Ordering::Release);
        self.set_ready(at);
        true
    }

    /// Takes those that have something to do.
    pub(super) fn take_ready(&mut self) -> Vec<usize> {
        let mut ready = std::mem::take(&mut self.ready);
        // each once, also if its place was given to another one meanwhile
        let is_ready = |place: &mut Place| std::mem::replace(&mut place.is_ready, false);
        ready.retain(|at| self.places[*at].as_mut().is_some_and(is_ready));
        ready
    }

    /// It has nothing to do now, and gives its place up if it is done. `true`: that was the last one.
    pub(super) fn settle(&mut self, at: usize) -> bool {
        self.note(at);
        if self.place(at).slot.is_done() {
            let done = self.places[at].take();
            self.free.push(at);
            let name = done.map(|place| place.slot.socket.core().namespace.name.clone());
            if let Some(name) = name
                && self.names.get(&name) == Some(&at)
            {
                self.names.remove(&name);
            }
        }
        self.free.len() == self.places.len()
    }

    /// Goes on with one, with its own waker.
    pub(super) fn poll<R>(&mut self, at: usize, poll: impl FnOnce(&mut Slot, &mut Context<'_>) -> R) -> R {
        let Place { slot, waker, .. } = self.place_mut(at);
        poll(slot, &mut Context::from_waker(waker))
    }

    pub(super) fn visit<R>(&mut self, at: usize, visit: impl FnOnce(&mut Slot, &mut Context<'_>) -> R) -> R {
        let visited = self.poll(at, visit);
        self.note(at);
        self.set_ready(at);
        visited
    }

    pub(super) fn get(&self, at: usize) -> &Slot {
        &self.place(at).slot
    }

    fn set_ready(&mut self, at: usize) {
        let place = self.place_mut(at);
        if !std::mem::replace(&mut place.is_ready, true) {
            self.ready.push(at);
        }
    }

    fn note(&mut self, at: usize) {
        let place = self.place_mut(at);
        let slot = &place.slot;
        let now =
            Counted { open: slot.is_open(), deciding: slot.undecided_since(), overdue: slot.is_overdue() };
        let before = std::mem::replace(&mut place.counted, now);
        if before == now {
            return;
        }
        self.open = self.open + usize::from(now.open) - usize::from(before.open);
        self.overdue = self.overdue + usize::from(now.overdue) - usize::from(before.overdue);
        before.deciding.map(|since| self.deciding.remove(&(since, at)));
        now.deciding.map(|since| self.deciding.insert((since, at)));
    }

    fn control(&mut self, moment: Lifecycle, body: &Body) {
        let now = Instant::now();
        if self.controlled.is_some_and(|last| now < last + CONTROL_INTERVAL) {
            return;
        }
        self.controlled = Some(now);
        for at in 0..self.places.len() {
            if self.places[at].is_some() {
                self.visit(at, |slot, cx| slot.receive_control(cx, moment, body.clone()));
            }
        }
    }

    fn place(&self, at: usize) -> &Place {
        self.places[at].as_ref().expect(PRESENT)
    }

    fn place_mut(&mut self, at: usize) -> &mut Place {
        self.places[at].as_mut().expect(PRESENT)
    }
}

/// A place is emptied by [`Many::settle`] alone, for the one that has just gone on: nobody else knows it at that moment but
/// wakers, and these ask.
const PRESENT: &str = "a place that is in use";
