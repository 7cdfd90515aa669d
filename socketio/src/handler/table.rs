//! The frozen table of one namespace: which handlers listen to what.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Answers, Handler, Lifecycle, Subject};

/// The handlers of one namespace, made at build time and never changed.
///
/// A client cannot add keys, so the hash need not withstand crafted ones.
#[derive(Debug, Default)]
pub(crate) struct Table {
    events: HashMap<&'static str, EntryId, FixedState>,
    /// One entry for each event, and one for each lifecycle slot in use.
    entries: Vec<Entry>,
    slots: [Option<EntryId>; SLOTS],
}

const SLOTS: usize = 6;

/// An entry of a [`Table`]: as small as what waits in an inbox should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryId(u32);

/// Everything that listens to one event, in order.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) handlers: Vec<&'static Handler>,
    /// The handler that acknowledges, if any.
    pub(crate) answerer: Option<usize>,
}

impl Lifecycle {
    /// The word of `#[on(..)]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Close => "close",
            Self::Error => "error",
            Self::Ping => "ping",
            Self::Pong => "pong",
        }
    }
}

impl Table {
    /// Adds a handler behind those that are there.
    pub(super) fn add(&mut self, handler: &'static Handler) -> &mut Entry {
        let next = EntryId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        let (id, name) = match handler.subject {
            Subject::Event(name) => (*self.events.entry(name).or_insert(next), name),
            Subject::Lifecycle(slot) => (*self.slots[slot as usize].get_or_insert(next), slot.as_str()),
        };
        if id == next {
            self.entries.push(Entry { name, handlers: vec![], answerer: None });
        }
        let entry = &mut self.entries[id.0 as usize];
        if handler.answers != Answers::Nothing && entry.answerer.is_none() {
            entry.answerer = Some(entry.handlers.len());
        }
        entry.handlers.push(handler);
        entry
    }

    /// Who listens to an event of this name?
    pub(crate) fn event(&self, name: &str) -> Option<EntryId> {
        self.events.get(name).copied()
    }

    /// Who listens to this moment of a socket's life?
    pub(crate) fn slot(&self, slot: Lifecycle) -> Option<EntryId> {
        self.slots[slot as usize]
    }

    pub(crate) fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// Does some connect handler read the request?
    pub(crate) fn needs_parts(&self) -> bool {
        let connect = self.slot(Lifecycle::Connect).map(|id| self.entry(id));
        connect.is_some_and(|entry| entry.handlers.iter().any(|handler| handler.needs_parts))
    }

    /// The events, in the order of their names; lifecycle slots first.
    pub(crate) fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        let is_event = |entry: &Entry| self.event(entry.name).is_some();
        entries.sort_by_key(|entry| (is_event(entry), entry.name));
        entries
    }
}
