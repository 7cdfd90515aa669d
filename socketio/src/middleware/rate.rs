//! Token buckets, each of them one instant (GCRA), and the bounded map that holds those of strangers.

use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;

/// How much may pass: `burst` at once, and then one each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    interval: Duration,
    /// How far the bucket may be ahead of the clock before something has to wait.
    slack: Duration,
}

impl Rate {
    /// `count` for each `per`, all of them at once where nothing came before.
    pub(super) fn new(count: u32, per: Duration) -> Self {
        let count = count.max(1);
        let interval = (per / count).max(Duration::from_nanos(1));
        Self { interval, slack: interval.saturating_mul(count - 1) }
    }

    /// A bucket that was used last is full again after this time.
    fn whole(&self) -> Duration {
        self.slack.saturating_add(self.interval)
    }

    /// Takes one out of the bucket; otherwise says how long to wait for it.
    ///
    /// The bucket is the instant at which it is full again; `None`: it is full.
    pub(super) fn take(&self, bucket: &mut Option<Instant>, now: Instant) -> Result<(), Duration> {
        let full_at = bucket.map_or(now, |at| at.max(now));
        let ahead = full_at - now;
        if ahead > self.slack {
            return Err(ahead - self.slack);
        }
        *bucket = Some(full_at + self.interval);
        Ok(())
    }
}

/// Buckets by key, of at most `max` keys.
///
/// Two generations: the older one is dropped when all of its buckets are full again, or when there are too many keys.
/// Whatever strangers do, a look-up is two probes, and nothing is ever swept.
#[derive(Debug)]
pub(super) struct Keyed<K> {
    rate: Rate,
    max: usize,
    shards: Box<[Mutex<Shard<K>>]>,
    hasher: RandomState,
}

#[derive(Debug)]
struct Shard<K> {
    young: HashMap<K, Instant, RandomState>,
    old: HashMap<K, Instant, RandomState>,
    /// When the young generation began.
    since: Option<Instant>,
}

/// Connections on different threads rarely meet at one lock.
const SHARDS: usize = 16;

impl<K: Hash + Eq> Keyed<K> {
    pub(super) fn new(rate: Rate, max: usize) -> Self {
        let shard = || Mutex::new(Shard { young: HashMap::default(), old: HashMap::default(), since: None });
        Self { rate, max, shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::default() }
    }

    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        use std::hash::BuildHasher;

        let at = self.hasher.hash_one(&key) as usize % self.shards.len();
        // nothing under it can panic but allocation
        let mut shard = self.shards[at].lock().unwrap_or_else(PoisonError::into_inner);
        shard.take(key, now, self.rate, self.max.div_ceil(2 * SHARDS).max(1))
    }

    /// How many buckets there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let shards = self.shards.iter().map(|shard| shard.lock().expect("no panic under it"));
        shards.map(|shard| shard.young.len() + shard.old.len()).sum()
    }
}

impl<K: Hash + Eq> Shard<K> {
    fn take(&mut self, key: K, now: Instant, rate: Rate, most: usize) -> Result<(), Duration> {
        let since = *self.since.get_or_insert(now);
        let mut bucket = self.young.get(&key).copied();
        let known = bucket.is_some();
        if !known && (self.young.len() >= most || now - since >= rate.whole()) {
            // after this time nothing in the old generation says anything a full bucket does not
            self.old = mem::take(&mut self.young);
            self.since = Some(now);
        }
        if !known {
            bucket = self.old.remove(&key);
        }
        let taken = rate.take(&mut bucket, now);
        if let Some(bucket) = bucket {
            self.young.insert(key, bucket);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_one_each_interval() {
        let rate = Rate::new(4, SECOND);
        let (mut bucket, start) = (None, Instant::now());
        for _ in 0..4 {
            assert_eq!(rate.take(&mut bucket, start), Ok(()));
        }
        assert_eq!(rate.take(&mut bucket, start), Err(SECOND / 4));
        assert_eq!(rate.take(&mut bucket, start + SECOND / 8), Err(SECOND / 8));
        assert_eq!(rate.take(&mut bucket, start + SECOND / 4), Ok(()));
        assert!(rate.take(&mut bucket, start + SECOND / 4).is_err());
        // a long pause fills it to the brim and no further
        let later = start + 3600 * SECOND;
        assert_eq!((0..10).filter(|_| rate.take(&mut bucket, later).is_ok()).count(), 4);
    }

    #[test]
    fn extreme_rates_do_not_overflow() {
        for (count, per) in
            [(0, Duration::ZERO), (u32::MAX, SECOND), (u32::MAX, Duration::MAX / 4), (1, SECOND)]
        {
            let rate = Rate::new(count, per);
            let mut bucket = None;
            assert_eq!(rate.take(&mut bucket, Instant::now()), Ok(()), "{count} {per:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_thousand_addresses_stay_under_the_bound() {
        let keyed = Keyed::new(Rate::new(2, SECOND), 1000);
        let start = Instant::now();
        for address in 0..100_000u32 {
            assert_eq!(keyed.take(address, start), Ok(()));
            assert!(keyed.len() <= 1000 + 2 * SHARDS, "{}", keyed.len());
        }
        // one that goes on is not forgotten for the sake of strangers
        assert_eq!(keyed.take(7, start), Ok(()));
        let _ = keyed.take(7, start);
        for address in 200_000..200_100u32 {
            let _ = keyed.take(address, start);
            assert!(keyed.take(7, start).is_err());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn buckets_that_are_full_again_are_dropped() {
        let keyed = Keyed::new(Rate::new(2, SECOND), 1_000_000);
        let start = Instant::now();
        for address in 0..1000u32 {
            let _ = keyed.take(address, start);
        }
        assert_eq!(keyed.len(), 1000);
        for at in 1..4 {
            for address in 1000 * at..1000 * at + 200 {
                let _ = keyed.take(address, start + at * 2 * SECOND);
            }
        }
        assert!(keyed.len() <= 400, "{}", keyed.len());
    }
}
