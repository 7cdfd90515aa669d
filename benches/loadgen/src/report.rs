//! The outcome of a run: one line of JSON for programs, a table for people.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::options::{Mode, Options, Wire};
use crate::tally::Latency;
use crate::window::Window;

/// Names of fields are the interface to `benches/run` and to whatever plots the results.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    wire: Wire,
    mode: Mode,
    conns: usize,
    depth: usize,
    size: usize,
    #[serde(flatten)]
    traffic: Option<Measured>,
    #[serde(flatten)]
    memory: Option<Memory>,
    #[serde(flatten)]
    pub(crate) sleepers: Option<Sleepers>,
}

#[derive(Debug, Serialize)]
struct Measured {
    seconds: f64,
    /// Replies; deliveries in broadcast and stalled mode; opened sessions in connect mode.
    messages: usize,
    per_second: f64,
    latency_us: Option<Latency>,
    server_cpu_us: Option<f64>,
    /// Share of one core.
    server_busy: Option<f64>,
    generator_busy: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) resident_before: u64,
    pub(crate) resident_open: u64,
    pub(crate) bytes_per_connection: f64,
    pub(crate) bytes_per_connection_after_echo: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Sleepers {
    #[serde(rename = "sleepers")]
    pub(crate) count: usize,
    #[serde(rename = "sleepers_dropped")]
    pub(crate) dropped: usize,
    #[serde(rename = "resident_growth")]
    pub(crate) growth: Option<i64>,
}

impl Report {
    pub(crate) fn of(options: &Options, window: Window) -> Self {
        Self { traffic: Some(Measured::of(window)), ..Self::empty(options) }
    }

    pub(crate) fn of_memory(options: &Options, memory: Memory) -> Self {
        Self { memory: Some(memory), ..Self::empty(options) }
    }

    fn empty(options: &Options) -> Self {
        let Options { wire, mode, conns, depth, size, .. } = *options;
        Self { wire, mode, conns, depth, size, traffic: None, memory: None, sleepers: None }
    }
}

impl Measured {
    fn of(window: Window) -> Self {
        let seconds = window.elapsed.as_secs_f64();
        let messages = window.tally.count();
        let share = |cpu: Duration| cpu.as_secs_f64() / seconds;
        Self {
            seconds,
            messages,
            per_second: messages as f64 / seconds,
            server_cpu_us: window.server_cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / messages as f64),
            server_busy: window.server_cpu.map(share),
            generator_busy: share(window.own_cpu),
            latency_us: window.tally.latency(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wire, mode, conns, depth, size, .. } = self;
        writeln!(out, "{wire:?} {mode:?}, {conns} connections, depth {depth}, {size} bytes")?;
        let mut row = |name: &str, value: String| writeln!(out, "  {name:<34}{value:>16}");
        if let Some(measured) = &self.traffic {
            row(mode.unit(), format!("{}", measured.messages))?;
            row("per second", format!("{:.0}", measured.per_second))?;
            if let Some(latency) = measured.latency_us {
                row("latency p50, us", format!("{:.1}", latency.p50))?;
                row("latency p99, us", format!("{:.1}", latency.p99))?;
                row("latency p99.9, us", format!("{:.1}", latency.p999))?;
                row("latency max, us", format!("{:.1}", latency.max))?;
            }
            if let Some(cpu) = measured.server_cpu_us {
                row("server CPU each, us", format!("{cpu:.3}"))?;
            }
            if let Some(busy) = measured.server_busy {
                row("server busy, % of a core", format!("{:.0}", busy * 100.0))?;
            }
            row("generator busy, % of a core", format!("{:.0}", measured.generator_busy * 100.0))?;
        }
        if let Some(memory) = &self.memory {
            row("server before, KiB", format!("{}", memory.resident_before / 1024))?;
            row("server with connections, KiB", format!("{}", memory.resident_open / 1024))?;
            row("bytes a connection", format!("{:.0}", memory.bytes_per_connection))?;
            row(
                "bytes a connection after one echo",
                format!("{:.0}", memory.bytes_per_connection_after_echo),
            )?;
        }
        if let Some(sleepers) = &self.sleepers {
            row("receivers that never read", format!("{}", sleepers.count))?;
            row("of them dropped by the server", format!("{}", sleepers.dropped))?;
            if let Some(growth) = sleepers.growth {
                row("server grew by, KiB", format!("{}", growth / 1024))?;
            }
        }
        Ok(())
    }
}

impl Mode {
    /// What is counted.
    fn unit(self) -> &'static str {
        match self {
            Self::Echo | Self::Ack | Self::Idle => "messages",
            Self::Broadcast | Self::Stalled => "deliveries",
            Self::Connect => "sessions",
        }
    }
}
