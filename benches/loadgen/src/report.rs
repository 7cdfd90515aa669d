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
    open: usize,
    room: bool,
    depth: usize,
    size: usize,
    #[serde(flatten)]
    traffic: Option<Measured>,
    #[serde(flatten)]
    memory: Option<Memory>,
    #[serde(flatten)]
    pub(crate) growth: Option<Growth>,
    #[serde(flatten)]
    pub(crate) sleepers: Option<Sleepers>,
    pub(crate) nodes: Option<Nodes>,
    pub(crate) storm: Option<StormFigures>,
}

/// How those who stayed fared, while the others reconnected.
#[derive(Debug, Serialize)]
pub(crate) struct StormFigures {
    /// All of them: otherwise the run has failed.
    pub(crate) back: usize,
    /// Their echoes before.
    pub(crate) echo_calm_us: Option<Latency>,
    /// Their echoes in it.
    pub(crate) echo_us: Option<Latency>,
}

/// CPU time of the nodes of a cluster, in microseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Nodes {
    /// The node that sends, for each message.
    pub(crate) sender: f64,
    /// The node that receives, for each delivery.
    pub(crate) receiver: f64,
    /// The node without members of the room, for each message.
    pub(crate) bystander: f64,
    /// Redis, for each message.
    pub(crate) redis: f64,
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
    /// Bytes from the server for each message, headers included.
    wire_bytes: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) resident_before: u64,
    pub(crate) resident_open: u64,
    pub(crate) bytes_per_connection: f64,
    pub(crate) bytes_per_connection_after_echo: f64,
    /// Of the server, for each connection, while nothing but heartbeats happens.
    pub(crate) rest_cpu_us_per_minute: f64,
    /// Of a few that echo next to the others.
    pub(crate) paced_us: Option<Latency>,
    #[serde(flatten)]
    pub(crate) after_large: Option<AfterLarge>,
}

/// Bytes a connection, after one large message on each of them.
#[derive(Debug, Serialize)]
pub(crate) struct AfterLarge {
    #[serde(rename = "bytes_per_connection_after_large")]
    pub(crate) bytes: f64,
    #[serde(rename = "bytes_per_connection_peak")]
    pub(crate) peak: f64,
    /// `None`: it was not given back in time.
    pub(crate) seconds_until_back: Option<f64>,
}

/// The server's memory during the run, warm-up included, over what it was before.
#[derive(Debug, Serialize)]
pub(crate) struct Growth {
    #[serde(rename = "resident_growth")]
    pub(crate) resident: i64,
    #[serde(rename = "peak_growth")]
    pub(crate) peak: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Sleepers {
    #[serde(rename = "sleepers")]
    pub(crate) count: usize,
    #[serde(rename = "sleepers_dropped")]
    pub(crate) dropped: usize,
}

impl Report {
    pub(crate) fn of(options: &Options, window: Window) -> Self {
        Self { traffic: Some(Measured::of(window)), ..Self::empty(options) }
    }

    pub(crate) fn of_memory(options: &Options, memory: Memory) -> Self {
        Self { memory: Some(memory), ..Self::empty(options) }
    }

    fn empty(options: &Options) -> Self {
        let Options { wire, mode, conns, open, room, depth, size, .. } = *options;
        let (traffic, memory, growth, sleepers, nodes, storm) = (None, None, None, None, None, None);
        Self { wire, mode, conns, open, room, depth, size, traffic, memory, growth, sleepers, nodes, storm }
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
            wire_bytes: window.bytes_read as f64 / messages as f64,
            latency_us: window.tally.latency(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wire, mode, conns, open, depth, size, .. } = self;
        let room = if self.room { " in a room" } else { "" };
        writeln!(out, "{wire:?} {mode:?}{room}, {conns} connections, depth {depth}, {size} bytes")?;
        let mut row = |name: &str, value: String| writeln!(out, "  {name:<34}{value:>16}");
        if *open > 0 {
            row("open and silent besides them", format!("{open}"))?;
        }
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
            row("bytes from the server each", format!("{:.0}", measured.wire_bytes))?;
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
            row("CPU a connection and minute, us", format!("{:.1}", memory.rest_cpu_us_per_minute))?;
            if let Some(latency) = memory.paced_us {
                row("echo besides them, p99, us", format!("{:.1}", latency.p99))?;
            }
            if let Some(large) = &memory.after_large {
                row("bytes a connection, large message", format!("{:.0}", large.bytes))?;
                row("bytes a connection, peak of that", format!("{:.0}", large.peak))?;
                let seconds = large.seconds_until_back;
                row("seconds until back", seconds.map_or("not back".to_owned(), |s| format!("{s:.1}")))?;
            }
        }
        if let Some(growth) = &self.growth {
            row("server grew by, KiB", format!("{}", growth.resident / 1024))?;
            row("server grew by at most, KiB", format!("{}", growth.peak / 1024))?;
        }
        if let Some(nodes) = &self.nodes {
            row("CPU of the sending node each, us", format!("{:.3}", nodes.sender))?;
            row("CPU of the receiving node each, us", format!("{:.3}", nodes.receiver))?;
            row("CPU of a bystander each, us", format!("{:.3}", nodes.bystander))?;
            row("CPU of Redis each, us", format!("{:.3}", nodes.redis))?;
        }
        if let Some(storm) = &self.storm {
            row("reconnected", format!("{}", storm.back))?;
            for (name, latency) in [("calm", storm.echo_calm_us), ("storm", storm.echo_us)] {
                if let Some(latency) = latency {
                    row(&format!("echo of those that stay, {name}, p99, us"), format!("{:.1}", latency.p99))?;
                }
            }
        }
        if let Some(sleepers) = &self.sleepers {
            row("receivers that never read", format!("{}", sleepers.count))?;
            row("of them dropped by the server", format!("{}", sleepers.dropped))?;
        }
        Ok(())
    }
}

impl Mode {
    /// What is counted.
    fn unit(self) -> &'static str {
        match self {
            Self::Echo | Self::Ack | Self::Idle => "messages",
            Self::Broadcast | Self::Stalled | Self::Cluster => "deliveries",
            Self::Connect | Self::Storm => "sessions",
        }
    }
}
