//! What is counted inside the measured window.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Every latency is kept: percentiles are exact.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    nanoseconds: Vec<u64>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl Tally {
    pub(crate) fn record(&mut self, sent: Instant, received: Instant) {
        self.nanoseconds.push(received.saturating_duration_since(sent).as_nanos() as u64);
    }

    pub(crate) fn clear(&mut self) {
        self.nanoseconds.clear();
    }

    pub(crate) fn count(&self) -> usize {
        self.nanoseconds.len()
    }

    /// In microseconds; `None` if nothing was recorded.
    pub(crate) fn latency(mut self) -> Option<Latency> {
        self.nanoseconds.sort_unstable();
        let last = self.nanoseconds.len().checked_sub(1)?;
        let at = |share: f64| {
            let nanoseconds = self.nanoseconds[(last as f64 * share).round() as usize];
            Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6
        };
        Some(Latency { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred_and_one() {
        let start = Instant::now();
        let mut tally = Tally::default();
        for microseconds in (0..=100).rev() {
            tally.record(start, start + Duration::from_micros(microseconds));
        }
        let latency = tally.latency().expect("something was recorded");
        assert_eq!((latency.p50, latency.p99, latency.max), (50.0, 99.0, 100.0));
    }
}
