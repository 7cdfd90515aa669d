//! How fast something arrives or is taken. No clock here: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// The pace of a message, a body or whatever else takes long: it is given up after a pause, or if it is too slow
/// altogether, so that drops of it cannot hold a place forever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    began: Instant,
    moved: Instant,
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { began: now, moved: now, bytes: 0 }
    }

    /// So many more bytes.
    pub(crate) fn note(&mut self, now: Instant, bytes: usize) {
        self.moved = now;
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// When it is given up if nothing more moves: `pause` is allowed at any time, and as much again in addition to what
    /// the bytes take at `rate`, in bytes per second.
    pub(crate) fn deadline(&self, pause: Duration, rate: usize) -> Instant {
        let at_rate =
            Duration::from_millis(self.bytes.saturating_mul(1000) / rate.max(1) as u64).min(LONGEST);
        (self.moved + pause).min(self.began + at_rate + pause)
    }
}

/// How far something has come: which one of its kind, and how many bytes of it are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) number: u32,
    pub(crate) bytes: usize,
}

/// Nothing takes longer, and no sum of times overflows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_allowed_and_a_drip_is_not() {
        let secs = Duration::from_secs;
        let began = Instant::now();
        let mut pace = Pace::new(began);
        assert_eq!(pace.deadline(secs(10), 100), began + secs(10));
        pace.note(began + secs(8), 5000);
        assert_eq!(pace.deadline(secs(10), 100), began + secs(18), "a pause from the last byte");
        let mut drip = Pace::new(began);
        (1..=9).for_each(|second| drip.note(began + secs(second), 1));
        assert_eq!(
            drip.deadline(secs(10), 1),
            began + secs(19),
            "one byte each second is enough for that rate"
        );
        assert_eq!(drip.deadline(secs(10), 100), began + secs(10) + Duration::from_millis(90));
        pace.note(began + secs(9), usize::MAX);
        assert_eq!(pace.deadline(secs(10), 1), began + secs(19), "nothing overflows");
    }
}
