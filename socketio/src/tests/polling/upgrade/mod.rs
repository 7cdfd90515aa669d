//! From polling to WebSocket (`wire.md` 2.4), without a network and on a paused clock.

mod attempts;
mod change;
mod heartbeat;

use std::time::Duration;

use super::start;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
