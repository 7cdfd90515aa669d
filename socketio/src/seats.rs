//! The places for connections: how many are taken, by which addresses, and which connection makes room. No clock: the time is an argument.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;

use crate::{
    config::Config,
    connection::Mailbox,
    peer::{Holder, Source},
    socket::SessionId,
};

/// The places of a server. Nothing here takes longer the more of them are taken, but for the depth of a tree.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    /// Those that are opened.
    mailboxes: HashMap<SessionId, Arc<Mailbox>, RandomState>,
    /// How many are taken.
    taken: usize,
    /// Those that have no accepted socket yet, by number: the oldest first.
    unfinished: BTreeMap<u64, Unfinished>,
    shares: HashMap<Holder, Share, RandomState>,
}

#[derive(Debug)]
struct Unfinished {
    since: Instant,
    /// `None`: it is not open yet.
    mailbox: Option<Arc<Mailbox>>,
    source: Source,
}

/// What the connections of one address hold, or those over one network connection.
#[derive(Debug, Default)]
struct Share {
    taken: usize,
    unfinished: BTreeSet<u64>,
}

/// All places are taken, and nobody makes room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Seats {
    /// Takes a place. If there is none, the oldest unfinished connection makes room: of this network connection or address,
    /// if its share is used up, else of all. What is returned is to end at once.
    pub(crate) fn take(
        &mut self,
        number: u64,
        source: Source,
        config: &Config,
        now: Instant,
    ) -> Result<Option<Arc<Mailbox>>, Full> {
        let is_full = |taken: usize, unfinished: usize, share: fn(&Config, usize) -> usize| {
            config.max_sessions.is_some_and(|max| taken >= share(config, max))
                || unfinished >= share(config, config.max_connecting)
        };
        let mut last = None;
        let full = source.holders().find_map(|holder| {
            let share = match holder {
                Holder::Line(_) => Config::share_of_line,
                Holder::Peer(_) => Config::share,
            };
            let own = self.shares.get(&holder)?;
            is_full(own.taken, own.unfinished.len(), share).then_some(own)
        });
        if let Some(own) = full {
            let oldest = own
                .unfinished
                .iter()
                .take(LOOK_AT)
                .filter_map(|number| self.unfinished.get_key_value(number));
            last = Some(Self::oldest_that_waits(oldest, now).ok_or(Full)?);
        } else if is_full(self.taken, self.unfinished.len(), |_, max| max) {
            last = Some(Self::oldest_that_waits(self.unfinished.iter().take(LOOK_AT), now).ok_or(Full)?);
        }
        let last = last.and_then(|last| self.give_back(last)).and_then(|last| last.mailbox);
        self.taken += 1;
        for holder in source.holders() {
            let own = self.shares.entry(holder).or_default();
            own.taken += 1;
            own.unfinished.insert(number);
        }
        self.unfinished.insert(number, Unfinished { since: now, mailbox: None, source });
        Ok(last)
    }

    /// Not those that have come just now, nor those about which the program decides: in a rush after a restart, nobody
    /// would get through.
    fn oldest_that_waits<'a>(
        mut oldest: impl Iterator<Item = (&'a u64, &'a Unfinished)>,
        now: Instant,
    ) -> Option<u64> {
        let decides = |mailbox: &Arc<Mailbox>| mailbox.is_deciding();
        let (number, found) = oldest.find(|(_, seat)| !seat.mailbox.as_ref().is_some_and(decides))?;
        (found.since + AT_LEAST <= now).then_some(*number)
    }

    /// Gives the place of an unfinished connection back. `None`: it has made room already.
    fn give_back(&mut self, number: u64) -> Option<Unfinished> {
        let given = self.unfinished.remove(&number)?;
        self.release(number, given.source);
        Some(given)
    }

    fn release(&mut self, number: u64, source: Source) {
        self.taken -= 1;
        for holder in source.holders() {
            let Some(own) = self.shares.get_mut(&holder) else { continue };
            own.unfinished.remove(&number);
            own.taken -= 1;
            if own.taken == 0 {
                self.shares.remove(&holder);
            }
        }
    }

    /// The connection is open. `false`: it has made room meanwhile, and is to end.
    pub(crate) fn open(&mut self, number: u64, id: SessionId, mailbox: Arc<Mailbox>) -> bool {
        self.mailboxes.insert(id, mailbox.clone());
        match self.unfinished.get_mut(&number) {
            Some(seat) => {
                seat.mailbox = Some(mailbox);
                true
            }
            None => false,
        }
    }

    /// A first socket is accepted. `false`: the connection has made room meanwhile, and ends.
    pub(crate) fn finish(&mut self, number: u64) -> bool {
        let Some(seat) = self.unfinished.remove(&number) else { return false };
        for holder in seat.source.holders() {
            if let Some(own) = self.shares.get_mut(&holder) {
                own.unfinished.remove(&number);
            }
        }
        true
    }

    /// The connection is over; `is_finished`: a first socket was accepted.
    pub(crate) fn leave(
        &mut self,
        number: u64,
        id: &SessionId,
        source: Source,
        is_finished: bool,
    ) -> Option<Arc<Mailbox>> {
        if is_finished {
            self.release(number, source);
        } else {
            self.give_back(number);
        }
        self.mailboxes.remove(id)
    }

    pub(crate) fn get(&self, id: &SessionId) -> Option<Arc<Mailbox>> {
        self.mailboxes.get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Mailbox>> {
        self.mailboxes.values().cloned().collect()
    }

    /// Looks at every connection that is open.
    #[cfg(feature = "stats")]
    pub(crate) fn each(&self, look: impl FnMut(&Arc<Mailbox>)) {
        self.mailboxes.values().for_each(look);
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// How many are open, taken, unfinished, and how many addresses and network connections hold one.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> [usize; 4] {
        [self.mailboxes.len(), self.taken, self.unfinished.len(), self.shares.len()]
    }
}

/// For so long nobody has to make room: a client over a slow network needs two round trips.
const AT_LEAST: Duration = Duration::from_secs(1);
/// So many of the oldest are looked at: those about which the program decides do not make room.
const LOOK_AT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        connection::Carrier,
        peer::{Line, Peer},
        proto::engine::Revision,
        wire::Wire,
    };

    const LATER: Duration = Duration::from_secs(2);

    struct Places {
        seats: Seats,
        config: Arc<Config>,
        now: Instant,
        next: u64,
    }

    impl Places {
        fn new(config: Config) -> Self {
            Self { seats: Seats::default(), config: Arc::new(config), now: Instant::now(), next: 0 }
        }

        /// Takes a place and opens it; its number, and whether somebody made room.
        fn take(&mut self, peer: Option<u8>) -> Result<(u64, bool), Full> {
            self.take_over(peer, None)
        }

        /// The same, for a network connection of this number.
        fn take_over(&mut self, peer: Option<u8>, line: Option<u64>) -> Result<(u64, bool), Full> {
            self.next += 1;
            let peer = peer.map(|last| Peer::new([192, 0, 2, last].into()));
            let source = Source { peer, line: line.map(Line) };
            let evicted = self.seats.take(self.next, source, &self.config, self.now)?;
            let mailbox = Mailbox::new(self.config.clone(), Wire::Packet, Revision::V4, Carrier::Polling);
            assert!(self.seats.open(self.next, SessionId::new(), Arc::new(mailbox)), "it is there");
            Ok((self.next, evicted.is_some()))
        }

        fn is_there(&self, number: u64) -> bool {
            self.seats.unfinished.contains_key(&number)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_unfinished_makes_room() {
        let mut places = Places::new(Config::new().max_connecting(3));
        let (first, _) = places.take(None).expect("a place");
        let (second, _) = places.take(None).expect("a place");
        assert!(places.seats.finish(first));
        for _ in 0..2 {
            places.take(None).expect("a place");
        }
        assert_eq!(places.take(None), Err(Full), "nobody is there for long");
        places.now += LATER;
        assert!(places.take(None).expect("a place").1);
        assert!(!places.is_there(second));
        assert!(!places.seats.finish(second), "it has made room");
        assert_eq!(places.seats.counts()[1..3], [4, 3]);
        places.seats.leave(second, &SessionId::new(), Source::default(), false);
        places.seats.leave(first, &SessionId::new(), Source::default(), true);
        assert_eq!(places.seats.counts()[1..3], [3, 3], "a place is given back once");
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_with_a_full_share_makes_room_by_itself() {
        let mut places = Places::new(Config::new().max_connecting(8).share_per_address(25));
        let (neighbour, _) = places.take(Some(1)).expect("a place");
        places.now += LATER;
        let (own, _) = places.take(Some(2)).expect("a place");
        places.take(Some(2)).expect("a place");
        assert_eq!(places.take(Some(2)), Err(Full), "its own are too young, and the others are not touched");
        places.now += LATER;
        for _ in 0..100 {
            assert!(places.take(Some(2)).expect("a place").1);
            places.now += LATER;
        }
        assert!(places.is_there(neighbour) && !places.is_there(own));
        assert!(!places.take(Some(3)).expect("there is room for others").1);
        assert_eq!(places.seats.counts()[1..], [4, 4, 3]);
    }

    /// Of an address that may have 16, a network connection has four; another one is not touched.
    #[tokio::test(start_paused = true)]
    async fn a_network_connection_with_a_full_share_makes_room_by_itself() {
        let mut places = Places::new(Config::new().max_connecting(64).share_per_address(25));
        let (neighbour, _) = places.take_over(Some(1), Some(1)).expect("a place");
        places.now += LATER;
        for _ in 0..4 {
            assert!(!places.take_over(Some(1), Some(2)).expect("a place").1);
        }
        assert_eq!(places.take_over(Some(1), Some(2)), Err(Full), "its own are too young");
        assert!(!places.take_over(Some(1), Some(3)).expect("there is room for others").1);
        places.now += LATER;
        for _ in 0..100 {
            assert!(places.take_over(Some(1), Some(2)).expect("a place").1);
            places.now += LATER;
        }
        assert!(places.is_there(neighbour));
        assert_eq!(places.seats.counts()[1..], [6, 6, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_holds_its_share_of_all_connections() {
        let mut places = Places::new(Config::new().max_sessions(8));
        for _ in 0..2 {
            let (number, _) = places.take(Some(1)).expect("a place");
            assert!(places.seats.finish(number));
        }
        places.now += LATER;
        assert_eq!(places.take(Some(1)), Err(Full), "finished ones make no room");
        assert!(places.take(Some(2)).is_ok() && places.take(None).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_the_program_decides_about_stay() {
        let mut places = Places::new(Config::new().max_connecting(2));
        let (first, _) = places.take(None).expect("a place");
        let (second, _) = places.take(None).expect("a place");
        let mailbox = places.seats.unfinished[&first].mailbox.clone().expect("open");
        mailbox.set_deciding(true);
        places.now += LATER;
        assert!(places.take(None).expect("a place").1);
        assert!(places.is_there(first) && !places.is_there(second));
        places.now += LATER;
        mailbox.set_deciding(false);
        assert!(places.take(None).expect("a place").1);
        assert!(!places.is_there(first));
    }

    #[test]
    fn shares_scale_with_the_total() {
        let config = |percent| Config::new().share_per_address(percent);
        assert_eq!(config(25).share(10_000), 2500);
        assert_eq!(config(1).share(10), 1, "one at least");
        assert_eq!(config(25).share(0), 0, "nobody");
        assert_eq!(config(100).share(usize::MAX), usize::MAX);
    }
}
