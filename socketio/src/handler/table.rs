//! The frozen table of one namespace: which handlers listen to what.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::FixedState;

use super::{
    Answers, EntryId, Guard, Handler, Incoming, Lifecycle, Outcome, Subject, descriptor,
    incoming::Call,
    layer::{ErrorMap, Layer},
};
use crate::{
    counts::{Count, EventCounts},
    emit::emitted::OnEmit,
    message::MESSAGE,
    socket::Socket,
};

/// The handlers of one namespace, made at build time and never changed.
///
/// A client cannot add keys, so the hash need not withstand crafted ones.
#[derive(Debug, Default)]
pub(crate) struct Table {
    events: HashMap<&'static str, EntryId, FixedState>,
    /// Events of other nodes, which no client can send.
    nodes: HashMap<&'static str, EntryId, FixedState>,
    /// One entry for each event, and one for each moment that is listened to.
    entries: Vec<Entry>,
    /// The moments of a socket's life, then `fallback` and `any`.
    moments: [Option<EntryId>; MOMENTS],
    /// The event of messages without a name: found without a look into `events`.
    message: Option<EntryId>,
    /// What comes before the handlers of events, of `connect` and of `disconnect`.
    layers: Arc<[Layer<Call>]>,
    /// What the program makes of errors before clients receive them.
    pub(crate) errors: Option<ErrorMap<Socket>>,
    /// What the program does with what leaves.
    pub(crate) on_emit: Option<OnEmit>,
    /// The guards that modules say with their `namespace!`, each once.
    pub(crate) guards: Vec<&'static Guard>,
    pub(crate) counts: TableCounts,
}

/// What is counted for a namespace, or for all of a pattern.
#[derive(Debug, Default)]
pub(crate) struct TableCounts {
    pub(crate) accepted: Count,
    pub(crate) refused: Count,
    /// Those of the entries, in their order, then those of events that are only sent.
    events: Vec<EventCounts>,
    /// Events that are only sent, as far as their names were given to the server.
    names: HashMap<&'static str, usize, FixedState>,
    /// All that nobody has named before.
    pub(crate) other: EventCounts,
}

const FALLBACK: usize = Lifecycle::ALL.len();
const ANY: usize = FALLBACK + 1;
const MOMENTS: usize = ANY + 1;

/// Everything that listens to one event, in order: handlers of `any` first.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) handlers: Vec<&'static Handler>,
    /// The handler that acknowledges, if any.
    pub(crate) answerer: Option<usize>,
    /// From this one on, all handlers may run alongside those of other events.
    pub(crate) concurrent_from: usize,
    /// How many of the handlers are those of `any`.
    pub(crate) any: usize,
    /// The only handler, if it is a plain function without an `Ack`: nothing is to be kept while it runs.
    pub(crate) only: Option<fn(&Incoming) -> Outcome>,
}

impl Entry {
    /// The handlers without those of `any`: at least one.
    pub(crate) fn own(&self) -> &[&'static Handler] {
        &self.handlers[self.any..]
    }
}

impl Table {
    /// Adds a handler after those that are there.
    pub(super) fn add(&mut self, handler: &'static Handler) -> &mut Entry {
        let next = EntryId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let (id, name) = match handler.subject {
            Subject::Event(name) => (*self.events.entry(name).or_insert(next), name),
            Subject::Node(name) => (*self.nodes.entry(name).or_insert(next), name),
            Subject::Lifecycle(moment) => {
                (*self.moments[moment as usize].get_or_insert(next), moment.as_str())
            }
            Subject::Fallback => (*self.moments[FALLBACK].get_or_insert(next), "fallback"),
            Subject::Any => (*self.moments[ANY].get_or_insert(next), "any"),
        };
        if id == next {
            self.entries.push(Entry {
                name,
                handlers: vec![],
                answerer: None,
                concurrent_from: 0,
                any: 0,
                only: None,
            });
        }
        let entry = &mut self.entries[id.0 as usize];
        for guard in handler.namespace.1 {
            if !self.guards.iter().any(|known| (known.id)() == (guard.id)()) {
                self.guards.push(guard);
            }
        }
        if handler.answers != Answers::Nothing && entry.answerer.is_none() {
            entry.answerer = Some(entry.handlers.len());
        }
        entry.handlers.push(handler);
        entry
    }

    /// All handlers are there: those of `any` are put before those of every event.
    pub(super) fn seal(&mut self) {
        let any = self.moments[ANY].map_or_else(Vec::new, |id| self.entry(id).handlers.clone());
        let carry_events = self.events.values().chain(&self.moments[FALLBACK]);
        for id in carry_events.copied().collect::<Vec<_>>() {
            let entry = &mut self.entries[id.0 as usize];
            entry.handlers.splice(0..0, any.iter().copied());
            entry.answerer = entry.answerer.map(|answerer| answerer + any.len());
            entry.any = any.len();
        }
        self.message = self.event(MESSAGE);
        for entry in &mut self.entries {
            let last = entry.handlers.iter().rposition(|handler| !handler.concurrent);
            entry.concurrent_from = last.map_or(0, |last| last + 1);
            entry.only = match entry.handlers[..] {
                [
                    Handler {
                        call: descriptor::Call::Sync(call),
                        answers: Answers::Nothing | Answers::Value,
                        ..
                    },
                ] => Some(*call),
                _ => None,
            };
        }
    }

    /// Puts layers before all handlers: events then have no shortcut to their only handler.
    pub(crate) fn set_layers(&mut self, layers: Vec<Layer<Call>>) {
        if layers.is_empty() {
            return;
        }
        self.layers = layers.into();
        for entry in &mut self.entries {
            entry.only = None;
        }
    }

    pub(crate) fn layers(&self) -> &Arc<[Layer<Call>]> {
        &self.layers
    }

    /// Makes places for what is counted: one for each event that is handled, and one for each of these.
    #[cfg(feature = "stats")]
    pub(crate) fn set_counts(&mut self, names: impl Iterator<Item = &'static str>) {
        let mut last = self.entries.len();
        for name in names.filter(|name| !self.events.contains_key(name)) {
            self.counts.names.entry(name).or_insert_with(|| {
                last += 1;
                last - 1
            });
        }
        self.counts.events.resize_with(last, EventCounts::default);
    }

    /// The events with a place of their own, and what is counted for them.
    #[cfg(feature = "stats")]
    pub(crate) fn counted(&self) -> Vec<(&'static str, &EventCounts)> {
        let handled = self.events.iter().map(|(name, id)| (*name, id.0 as usize));
        let all = handled.chain(self.counts.names.iter().map(|(name, at)| (*name, *at)));
        let mut all: Vec<_> =
            all.filter_map(|(name, at)| Some((name, self.counts.events.get(at)?))).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// What is counted for an entry.
    #[inline]
    pub(crate) fn counts_of(&self, entry: Option<EntryId>) -> &EventCounts {
        if !cfg!(feature = "stats") {
            return &self.counts.other;
        }
        entry.and_then(|id| self.counts.events.get(id.0 as usize)).unwrap_or(&self.counts.other)
    }

    /// What is counted for an event of this name.
    #[inline]
    pub(crate) fn counts_for(&self, name: &str) -> &EventCounts {
        if !cfg!(feature = "stats") {
            return &self.counts.other;
        }
        let at = self.event(name).map(|id| id.0 as usize).or_else(|| self.counts.names.get(name).copied());
        at.and_then(|at| self.counts.events.get(at)).unwrap_or(&self.counts.other)
    }

    /// The name that handlers have given to the namespace.
    pub(crate) fn given_name(&self) -> &'static str {
        let first = self.entries.first().and_then(|entry| entry.handlers.first());
        // without handlers, it is the one that every server has
        first.map_or("/", |handler| handler.namespace.0)
    }

    /// Who listens to an event of this name?
    pub(crate) fn event(&self, name: &str) -> Option<EntryId> {
        self.events.get(name).copied()
    }

    /// Who listens to messages that have no name?
    pub(crate) fn message(&self) -> Option<EntryId> {
        self.message
    }

    /// Who listens to an event of this name, of another node?
    pub(crate) fn node_event(&self, name: &str) -> Option<EntryId> {
        self.nodes.get(name).copied()
    }

    /// The event of this name in other letters: small where that has capitals, or the other way round.
    pub(crate) fn in_other_case(&self, name: &str) -> Option<&'static str> {
        self.events.keys().copied().filter(|known| known.eq_ignore_ascii_case(name)).min()
    }

    /// Who listens to this moment of a socket's life?
    pub(crate) fn moment(&self, moment: Lifecycle) -> Option<EntryId> {
        self.moments[moment as usize]
    }

    /// Who handles events that nobody listens to by name?
    pub(crate) fn fallback(&self) -> Option<EntryId> {
        self.moments[FALLBACK]
    }

    /// Who listens to every event? Their handlers are in the entries of events and of the fallback already: this
    /// is for events that have neither.
    pub(crate) fn any(&self) -> Option<EntryId> {
        self.moments[ANY]
    }

    pub(crate) fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// Does some connect handler read the request?
    pub(crate) fn needs_parts(&self) -> bool {
        let connect = self.moment(Lifecycle::Connect).map(|id| self.entry(id));
        connect.is_some_and(|entry| entry.handlers.iter().any(|handler| handler.needs_parts))
    }

    /// The handlers by what they listen to: the words of `#[on]`, then the events, each in the order of their names.
    pub(crate) fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        let is_event = |entry: &Entry| matches!(entry.own()[0].subject, Subject::Event(_) | Subject::Node(_));
        entries.sort_by_key(|entry| (is_event(entry), entry.name));
        entries
    }
}
