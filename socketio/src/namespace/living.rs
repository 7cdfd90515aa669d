//! What exists as long as somebody holds it, and a while longer where it may be wanted again: the count, the shares of
//! those that made it, and what makes room. No clock: the time is an argument.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::Arc,
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;

use crate::{config::Config, peer::Peer};

/// Things with names. Nothing here takes longer the more there are, but for the depth of a tree.
#[derive(Debug)]
pub(super) struct Living<T> {
    things: HashMap<Arc<str>, Life<T>, RandomState>,
    /// Those that nobody holds: the one that was left first is first.
    waiting: BTreeMap<u64, (Instant, Arc<str>)>,
    /// Those that were left before are not wanted any more after this time.
    wait: Duration,
    next: u64,
    by_connection: HashMap<u64, usize, RandomState>,
    by_peer: HashMap<Peer, usize, RandomState>,
}

#[derive(Debug)]
struct Life<T> {
    thing: T,
    held: usize,
    /// Its place among those that wait.
    waits: Option<u64>,
    maker: Maker,
}

/// What has brought a thing to life: a connection, and its address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker {
    pub(crate) connection: u64,
    pub(crate) peer: Option<Peer>,
}

/// There are as many as there may be: in total, of this connection, or of this address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

impl<T: Clone> Living<T> {
    pub(super) fn new(wait: Duration) -> Self {
        Self {
            things: HashMap::default(),
            waiting: BTreeMap::new(),
            wait,
            next: 0,
            by_connection: HashMap::default(),
            by_peer: HashMap::default(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.things.get(name).map(|living| &living.thing)
    }

    /// Holds the thing of this name, if there is one.
    pub(super) fn hold(&mut self, name: &str) -> Option<T> {
        let living = self.things.get_mut(name)?;
        living.held += 1;
        if let Some(place) = living.waits.take() {
            self.waiting.remove(&place);
        }
        Some(living.thing.clone())
    }

    /// Is there room for one more? If not, the one makes room that was left first. What is returned is over.
    pub(super) fn make_room(
        &mut self,
        maker: Maker,
        config: &Config,
        now: Instant,
    ) -> (Vec<T>, Result<(), Full>) {
        let mut over = self.forget(now, AT_ONCE);
        let total = config.max_dynamic_namespaces;
        let own = self.by_connection.get(&maker.connection).copied().unwrap_or_default();
        let of_peer = maker.peer.and_then(|peer| self.by_peer.get(&peer)).copied().unwrap_or_default();
        if own >= config.max_own_namespaces || maker.peer.is_some() && of_peer >= config.share(total) {
            return (over, Err(Full));
        }
        if self.things.len() >= total
            && let Some((_, (_, name))) = self.waiting.pop_first()
        {
            over.extend(self.remove(&name));
        }
        (over, if self.things.len() < total { Ok(()) } else { Err(Full) })
    }

    /// Adds a thing that is held once.
    pub(super) fn insert(&mut self, name: Arc<str>, thing: T, maker: Maker) {
        *self.by_connection.entry(maker.connection).or_default() += 1;
        if let Some(peer) = maker.peer {
            *self.by_peer.entry(peer).or_default() += 1;
        }
        self.things.insert(name, Life { thing, held: 1, waits: None, maker });
    }

    /// Holds it no longer. If nobody does, and it is not to wait, it is over and returned.
    pub(super) fn let_go(
        &mut self,
        name: &str,
        now: Instant,
        is_wanted: impl FnOnce(&T) -> bool,
    ) -> Option<T> {
        let living = self.things.get_mut(name)?;
        living.held -= 1;
        if living.held > 0 {
            return None;
        }
        if !is_wanted(&living.thing) {
            return self.remove(name);
        }
        self.next += 1;
        living.waits = Some(self.next);
        let (name, _) = self.things.get_key_value(name)?;
        self.waiting.insert(self.next, (now, name.clone()));
        None
    }

    /// Forgets those that have waited long enough, at most so many.
    pub(super) fn forget(&mut self, now: Instant, at_most: usize) -> Vec<T> {
        let mut over = vec![];
        while over.len() < at_most
            && let Some(first) = self.waiting.first_entry()
            && first.get().0 + self.wait < now
        {
            let (_, name) = first.remove();
            over.extend(self.remove(&name));
        }
        over
    }

    fn remove(&mut self, name: &str) -> Option<T> {
        let living = self.things.remove(name)?;
        let Maker { connection, peer } = living.maker;
        less(&mut self.by_connection, connection);
        if let Some(peer) = peer {
            less(&mut self.by_peer, peer);
        }
        Some(living.thing)
    }

    pub(super) fn things(&self) -> impl Iterator<Item = &T> {
        self.things.values().map(|living| &living.thing)
    }
}

fn less<K: Hash + Eq>(counts: &mut HashMap<K, usize, RandomState>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

/// Each new one forgets so many old ones: they do not become more.
const AT_ONCE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(120);

    fn of(connection: u64, address: u8) -> Maker {
        Maker { connection, peer: Some(Peer::new([192, 0, 2, address].into())) }
    }

    fn make(
        living: &mut Living<u32>,
        name: u32,
        maker: Maker,
        config: &Config,
        now: Instant,
    ) -> Result<Vec<u32>, Full> {
        let (over, room) = living.make_room(maker, config, now);
        room.map(|()| {
            living.insert(name.to_string().into(), name, maker);
            over
        })
    }

    #[test]
    fn shares_of_a_connection_and_of_an_address_are_bounded() {
        let config = Config::new().max_dynamic_namespaces(20).max_own_namespaces(3);
        let (mut living, now) = (Living::new(WAIT), Instant::now());
        for name in 0..3 {
            assert_eq!(make(&mut living, name, of(1, 1), &config, now), Ok(vec![]));
        }
        assert_eq!(make(&mut living, 3, of(1, 1), &config, now), Err(Full), "of the connection");
        assert_eq!(make(&mut living, 3, of(2, 1), &config, now), Ok(vec![]));
        assert_eq!(make(&mut living, 4, of(2, 1), &config, now), Ok(vec![]));
        assert_eq!(make(&mut living, 5, of(2, 1), &config, now), Err(Full), "of the address");
        assert_eq!(make(&mut living, 5, of(3, 2), &config, now), Ok(vec![]));
        assert_eq!(living.let_go("0", now, |_| false), Some(0));
        assert_eq!(make(&mut living, 6, of(1, 1), &config, now), Ok(vec![]));
        for name in 1..7 {
            living.let_go(&name.to_string(), now, |_| false);
        }
        assert!(living.things.is_empty() && living.by_peer.is_empty() && living.by_connection.is_empty());
    }

    #[test]
    fn what_was_left_first_makes_room() {
        let config = Config::new().max_dynamic_namespaces(3);
        let (mut living, mut now) = (Living::new(WAIT), Instant::now());
        let maker = Maker { connection: 1, peer: None };
        for name in 0..3 {
            make(&mut living, name, maker, &config, now).expect("room");
        }
        assert_eq!(make(&mut living, 3, maker, &config, now), Err(Full), "all are held");
        for name in ["1", "0"] {
            assert_eq!(living.let_go(name, now, |_| true), None);
        }
        // held and left again: now it was left last
        assert_eq!(living.hold("1"), Some(1));
        assert_eq!(living.let_go("1", now, |_| true), None);
        assert_eq!(living.waiting.len(), 2, "each waits once");
        assert_eq!(make(&mut living, 3, maker, &config, now), Ok(vec![0]));
        now += WAIT + Duration::from_millis(1);
        assert_eq!(living.forget(now, 10), [1]);
        assert_eq!(living.things.len(), 2);
    }
}
