//! What a server counts. Without the feature `stats` a count is nothing: it has no size, and adding to it no code.
//!
//! A label is never made from what a client sends: events are counted in the table of their namespace, which is frozen, and
//! everything else in places with a fixed number.

#[cfg(feature = "stats")]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "stats")]
use tokio::time::Instant;

use crate::{close::DisconnectReason, cluster::NotRecovered};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(#[cfg(feature = "stats")] AtomicU64);

impl Count {
    #[inline]
    pub(crate) fn add(&self, more: u64) {
        #[cfg(feature = "stats")]
        self.0.fetch_add(more, Ordering::Relaxed);
        let _ = more;
    }

    #[inline]
    pub(crate) fn one(&self) {
        self.add(1);
    }

    #[cfg(feature = "stats")]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// When something began that takes its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started(#[cfg(feature = "stats")] Instant);

impl Started {
    #[inline]
    pub(crate) fn now() -> Self {
        Self(
            #[cfg(feature = "stats")]
            Instant::now(),
        )
    }
}

/// The upper bounds of the buckets of a duration, in nanoseconds; one more bucket has what is longer.
#[cfg(feature = "stats")]
pub(crate) const BOUNDS: [u64; BUCKETS] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];
pub(crate) const BUCKETS: usize = 19;

/// How long something took, each time.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "stats"), expect(dead_code, reason = "nothing is counted"))]
pub(crate) struct Durations {
    /// How many are in each bucket, without those of the buckets before.
    pub(crate) buckets: [Count; BUCKETS + 1],
    pub(crate) nanoseconds: Count,
}

impl Durations {
    #[inline]
    pub(crate) fn record(&self, started: Started) {
        #[cfg(feature = "stats")]
        {
            let took = u64::try_from(started.0.elapsed().as_nanos()).unwrap_or(u64::MAX);
            // most are in the first one
            let bucket = BOUNDS.iter().position(|bound| took <= *bound).unwrap_or(BUCKETS);
            self.buckets[bucket].one();
            self.nanoseconds.add(took);
        }
        let _ = started;
    }
}

/// What is counted for one event of a namespace. A cache line is not shared with another event.
#[derive(Debug, Default)]
#[cfg_attr(feature = "stats", repr(align(64)))]
pub(crate) struct EventCounts {
    pub(crate) received: Count,
    pub(crate) sent: Count,
    pub(crate) panics: Count,
    pub(crate) limited: Count,
    pub(crate) done: Durations,
    pub(crate) failed: Durations,
}

impl EventCounts {
    /// Its handlers are through.
    #[inline]
    pub(crate) fn handled(&self, started: Started, is_failed: bool) {
        if is_failed { self.failed.record(started) } else { self.done.record(started) }
    }
}

/// How many kinds of wires there are.
const WIRES: usize = 4;

/// What is counted for a server, apart from events.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) opened: [Count; WIRES],
    pub(crate) closed: [Count; REASONS.len()],
    pub(crate) received: [Traffic; WIRES],
    pub(crate) sent: [Traffic; WIRES],
    pub(crate) disconnects: [Count; REASONS.len()],
    pub(crate) acks: Acks,
    pub(crate) overflows: Count,
    pub(crate) dropped: Count,
    pub(crate) inbox_full: Count,
    pub(crate) upgrades: Upgrades,
    pub(crate) recoveries: Recoveries,
    pub(crate) unknown_namespaces: Count,
    #[cfg(feature = "metrics")]
    pub(crate) reported: std::sync::Mutex<Reported>,
}

/// What a recorder was given of histograms, by their labels: it takes values one by one, so it gets those that are new.
#[cfg(feature = "metrics")]
pub(crate) type Reported = Vec<(Vec<(&'static str, &'static str)>, Vec<u64>)>;

/// Messages, and their bytes.
#[derive(Debug, Default)]
#[cfg_attr(feature = "stats", repr(align(64)))]
pub(crate) struct Traffic {
    pub(crate) messages: Count,
    pub(crate) bytes: Count,
}

impl Traffic {
    #[inline]
    pub(crate) fn add(&self, messages: u32, bytes: usize) {
        if cfg!(feature = "stats") && messages > 0 {
            self.messages.add(messages.into());
            self.bytes.add(bytes as u64);
        }
    }
}

/// What became of acknowledgements that clients were asked for.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    pub(crate) answered: Count,
    pub(crate) missed: Count,
    pub(crate) disconnected: Count,
    pub(crate) backpressure: Count,
}

#[derive(Debug, Default)]
pub(crate) struct Upgrades {
    pub(crate) done: Count,
    pub(crate) failed: Count,
}

#[derive(Debug, Default)]
pub(crate) struct Recoveries {
    pub(crate) restored: Count,
    /// By reason.
    pub(crate) fresh: [Count; NotRecovered::COUNT],
}

/// The words for the reasons of an end, in labels.
pub(crate) const REASONS: [&str; 17] = [
    "client_close",
    "client_disconnect",
    "server_close",
    "server_disconnect",
    "shutdown",
    "transport_close",
    "transport_error",
    "ping_timeout",
    "write_timeout",
    "message_timeout",
    "connect_timeout",
    "protocol",
    "invalid_utf8",
    "invalid_deflate",
    "too_long",
    "slow_consumer",
    "expired",
];

/// The place of a reason in [`REASONS`].
pub(crate) fn reason(reason: &DisconnectReason) -> usize {
    match reason {
        DisconnectReason::ClientClose { .. } => 0,
        DisconnectReason::ClientDisconnect => 1,
        DisconnectReason::ServerClose { .. } => 2,
        DisconnectReason::ServerDisconnect => 3,
        DisconnectReason::Shutdown => 4,
        DisconnectReason::TransportClose => 5,
        DisconnectReason::TransportError(_) => 6,
        DisconnectReason::PingTimeout => 7,
        DisconnectReason::WriteTimeout => 8,
        DisconnectReason::MessageTimeout => 9,
        DisconnectReason::ConnectTimeout => 10,
        DisconnectReason::Protocol(_) => 11,
        DisconnectReason::InvalidUtf8 => 12,
        DisconnectReason::InvalidDeflate => 13,
        DisconnectReason::TooLong => 14,
        DisconnectReason::SlowConsumer => 15,
        DisconnectReason::Expired => 16,
    }
}
