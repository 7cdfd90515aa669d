//! The last events of clients and of the server, for a UI in development mode.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use socketio::{emit::Emitted, middleware::Call};

use crate::{
    NAMESPACE,
    seen::{now, short},
};

/// An event of a client, or one that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) namespace: String,
    pub(crate) id: String,
    /// Its name, then its arguments.
    pub(crate) event: Vec<Value>,
    pub(crate) at: String,
    /// Of the server: `id` is then who receives it, if that is not one socket alone.
    #[serde(default)]
    pub(crate) is_sent: bool,
}

/// The last events, as long as somebody looks.
#[derive(Debug)]
pub(crate) struct Recent {
    start: Instant,
    /// Milliseconds since `start`; 0: nobody has looked yet.
    looked: AtomicU64,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// The number of the event after the last one.
    next: u64,
    last: VecDeque<Noted>,
}

const MAX_EVENTS: usize = 1_000;
const MAX_BYTES: usize = 2_048;
/// Of a selection.
const MAX_ROOMS: usize = 8;
/// After this time without a look, nothing is kept.
const INTEREST: Duration = Duration::from_secs(10);

impl Recent {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), looked: AtomicU64::new(0), notes: Mutex::default() }
    }

    /// Somebody looks.
    pub(crate) fn looked(&self) {
        self.looked.store(self.elapsed().max(1), Ordering::Relaxed);
    }

    fn is_looked_at(&self) -> bool {
        let looked = self.looked.load(Ordering::Relaxed);
        looked > 0 && self.elapsed() <= looked + INTEREST.as_millis() as u64
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// An event of a client, on its way to its handlers.
    pub(crate) fn note(&self, call: &Call) {
        if call.moment().is_some() || !self.is_looked_at() || call.namespace() == NAMESPACE {
            return;
        }
        let args: Vec<Value> = call.args().unwrap_or_default();
        let bytes = serde_json::to_string(&args).map_or(usize::MAX, |text| text.len());
        let mut event = vec![Value::from(call.event())];
        if bytes <= MAX_BYTES {
            event.extend(args);
        } else {
            event.push(format!("({bytes} bytes)").into());
        }
        let (namespace, id) = (call.namespace().to_owned(), call.socket().id().to_string());
        self.keep(Noted { namespace, id, event, at: now(), is_sent: false });
    }

    /// An event that was sent. What is in it was encoded already, so that only its size is known.
    pub(crate) fn note_sent(&self, emitted: &Emitted<'_>) {
        if emitted.clients() == 0 || !self.is_looked_at() || emitted.namespace() == NAMESPACE {
            return;
        }
        let id = emitted.socket().map_or_else(
            || {
                let rooms = emitted.rooms().take(MAX_ROOMS).collect::<Vec<_>>().join(", ");
                let to = if rooms.is_empty() { "all" } else { &rooms };
                format!("{}: {}", short(to), emitted.clients())
            },
            |id| id.to_string(),
        );
        let event = vec![emitted.event().into(), format!("({} bytes)", emitted.size()).into()];
        self.keep(Noted { namespace: emitted.namespace().to_owned(), id, event, at: now(), is_sent: true });
    }

    fn keep(&self, noted: Noted) {
        let mut notes = self.notes();
        notes.next += 1;
        if notes.last.len() >= MAX_EVENTS {
            notes.last.pop_front();
        }
        notes.last.push_back(noted);
    }

    /// The events from this number on, and the number from which to go on. `None`: from now on.
    pub(crate) fn since(&self, from: Option<u64>) -> (Vec<Noted>, u64) {
        let mut notes = self.notes();
        let (next, kept) = (notes.next, notes.last.len() as u64);
        let wanted = from.map_or(0, |from| next.saturating_sub(from)).min(kept);
        let events = notes.last.iter().skip((kept - wanted) as usize).cloned().collect();
        if !self.is_looked_at() {
            notes.last = VecDeque::new();
        }
        (events, next)
    }

    /// Nobody looks any more.
    pub(crate) fn forget(&self) {
        self.looked.store(0, Ordering::Relaxed);
        self.notes().last = VecDeque::new();
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
