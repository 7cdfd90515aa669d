//! Figures: what a server has counted. Feature `stats`; with the feature `metrics` they go to a recorder as well.
//!
//! See [the guide](crate::guide::observability) for all of them, with units and labels.

mod list;
#[cfg(feature = "metrics")]
mod recorder;
mod text;

use std::{fmt, time::Duration};

use crate::{
    cluster::{ClusterState, NotRecovered},
    connection::Carrier,
    counts::{BOUNDS, Count, Durations, REASONS},
    handler::Table,
    io::SocketIo,
    wire::{WIRES, Wire},
};

pub use self::list::{FIGURES, Figure, Kind};

/// The upper bounds of the ranges of `socketio_handler_duration_seconds`, in seconds. What is longer has one more.
///
/// For an exporter that has ranges of its own, such as `set_buckets_for_metric` of metrics-exporter-prometheus.
pub const BUCKETS: [f64; BOUNDS.len()] = {
    let mut buckets = [0.0; BOUNDS.len()];
    let mut i = 0;
    while i < buckets.len() {
        buckets[i] = BOUNDS[i] as f64 / 1e9;
        i += 1;
    }
    buckets
};

/// What a server has counted since it was built; made by [`SocketIo::stats`].
///
/// ```
/// # fn example(io: socketio::SocketIo) {
/// let stats = io.stats();
/// println!("{} sockets in /", stats.get("socketio_sockets", &[("namespace", "/")]).unwrap_or(0));
/// println!("{} events", stats.sum("socketio_events_received_total"));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Stats {
    samples: Vec<Sample>,
}

/// One value of one figure.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The figure's name.
    pub name: &'static str,
    /// The labels, in the order of the figure's.
    pub labels: Vec<(&'static str, &'static str)>,
    /// The value.
    pub value: Value,
}

/// The value of a [`Sample`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Of a counter or a gauge.
    Number(u64),
    /// Of a histogram.
    Histogram {
        /// How many values are in each range of [`BUCKETS`], without those of the ranges before; last, what is longer.
        counts: Vec<u64>,
        /// The sum of the values.
        sum: Duration,
    },
}

impl Value {
    /// The number, or how many values a histogram has.
    pub fn count(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Histogram { counts, .. } => counts.iter().sum(),
        }
    }
}

impl Stats {
    /// All values, by figure.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The values of one figure.
    pub fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// One value: its number, or how many values a histogram has. `None` if nothing has these labels.
    pub fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        let sample = self.of(name).find(|sample| sample.labels.iter().copied().eq(labels.iter().copied()));
        sample.map(|sample| sample.value.count())
    }

    /// The sum of all values of a figure.
    pub fn sum(&self, name: &str) -> u64 {
        self.of(name).map(|sample| sample.value.count()).sum()
    }
}

impl fmt::Display for Stats {
    /// One line for each value that is not 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sample in self.samples.iter().filter(|sample| sample.value.count() > 0) {
            write!(f, "{}", sample.name)?;
            sample.labels.iter().try_for_each(|(label, value)| write!(f, " {label}={value}"))?;
            writeln!(f, " {}", sample.value.count())?;
        }
        Ok(())
    }
}

impl SocketIo {
    /// What the server has counted since it was built.
    ///
    /// It looks at every connection once, under the lock that newcomers need: meant for every few seconds, not for every
    /// request.
    pub fn stats(&self) -> Stats {
        Stats { samples: collect(self) }
    }

    /// The names of the namespaces that are there: those that handlers name, and those that clients have brought to life
    /// by a pattern.
    pub fn namespaces(&self) -> Vec<std::sync::Arc<str>> {
        self.hub().namespaces().all().into_iter().map(|namespace| namespace.name.clone()).collect()
    }
}

/// Puts samples together.
#[derive(Default)]
struct Samples(Vec<Sample>);

impl Samples {
    fn number(&mut self, name: &'static str, labels: &[(&'static str, &'static str)], number: u64) {
        self.0.push(Sample { name, labels: labels.to_vec(), value: Value::Number(number) });
    }

    fn count(&mut self, name: &'static str, labels: &[(&'static str, &'static str)], count: &Count) {
        self.number(name, labels, count.get());
    }

    fn durations(&mut self, labels: &[(&'static str, &'static str)], durations: &Durations) {
        let counts: Vec<u64> = durations.buckets.iter().map(Count::get).collect();
        if counts.iter().any(|count| *count > 0) {
            let value = Value::Histogram { counts, sum: Duration::from_nanos(durations.nanoseconds.get()) };
            let name = "socketio_handler_duration_seconds";
            self.0.push(Sample { name, labels: labels.to_vec(), value });
        }
    }
}

fn collect(io: &SocketIo) -> Vec<Sample> {
    let hub = io.hub();
    let (namespaces, counts) = (hub.namespaces(), &hub.observer().counts);
    let mut samples = Samples::default();

    let mut open = [[0_u64; 3]; WIRES.len()];
    hub.each_connection(|mailbox| {
        let transport = match mailbox.carrier() {
            Carrier::WebSocket | Carrier::Nothing => 0,
            Carrier::Polling | Carrier::Upgrading => 1,
            Carrier::Packets => 2,
        };
        open[mailbox.wire() as usize][transport] += 1;
    });
    for wire in WIRES {
        let [websocket, polling, packets] = open[wire as usize];
        let label = ("wire", name_of(wire));
        samples.number("socketio_connections", &[label, ("transport", "websocket")], websocket);
        if wire.is_engine() {
            samples.number("socketio_connections", &[label, ("transport", "polling")], polling);
            samples.number("socketio_connections", &[label, ("transport", "webtransport")], packets);
        }
        samples.count("socketio_connections_opened_total", &[label], &counts.opened[wire as usize]);
        let (received, sent) = (&counts.received[wire as usize], &counts.sent[wire as usize]);
        samples.count("socketio_received_messages_total", &[label], &received.messages);
        samples.count("socketio_received_bytes_total", &[label], &received.bytes);
        samples.count("socketio_sent_messages_total", &[label], &sent.messages);
        samples.count("socketio_sent_bytes_total", &[label], &sent.bytes);
    }
    for (name, sockets) in namespaces.members() {
        samples.number("socketio_sockets", &[("namespace", name)], sockets as u64);
    }
    for (at, reason) in REASONS.into_iter().enumerate() {
        samples.count("socketio_connections_closed_total", &[("reason", reason)], &counts.closed[at]);
        samples.count("socketio_disconnects_total", &[("reason", reason)], &counts.disconnects[at]);
    }
    for (name, table) in namespaces.tables() {
        of_table(&mut samples, name, table);
    }
    let unknown = [("namespace", "other"), ("outcome", "unknown")];
    samples.count("socketio_connects_total", &unknown, &counts.unknown_namespaces);
    let acks = &counts.acks;
    for (outcome, count) in [
        ("answered", &acks.answered),
        ("missed", &acks.missed),
        ("left", &acks.disconnected),
        ("backpressure", &acks.backpressure),
    ] {
        samples.count("socketio_acks_total", &[("outcome", outcome)], count);
    }
    samples.count("socketio_outbox_overflows_total", &[], &counts.overflows);
    samples.count("socketio_outbox_dropped_total", &[], &counts.dropped);
    samples.count("socketio_inbox_full_total", &[], &counts.inbox_full);
    for (outcome, count) in [("done", &counts.upgrades.done), ("failed", &counts.upgrades.failed)] {
        samples.count("socketio_upgrades_total", &[("outcome", outcome)], count);
    }
    let fresh = NotRecovered::ALL.map(|reason| (reason.as_str(), &counts.recoveries.fresh[reason as usize]));
    for (outcome, count) in [("restored", &counts.recoveries.restored)].into_iter().chain(fresh) {
        samples.count("socketio_recoveries_total", &[("outcome", outcome)], count);
    }
    of_cluster(&mut samples, io);
    samples.0.sort_by_key(|sample| FIGURES.iter().position(|figure| figure.name == sample.name));
    samples.0
}

fn of_table(samples: &mut Samples, name: &'static str, table: &Table) {
    let namespace = ("namespace", name);
    let outcomes = [("accepted", &table.counts.accepted), ("refused", &table.counts.refused)];
    for (outcome, count) in outcomes {
        samples.count("socketio_connects_total", &[namespace, ("outcome", outcome)], count);
    }
    for (event, counts) in table.counted().into_iter().chain([("other", &table.counts.other)]) {
        let labels = [namespace, ("event", event)];
        samples.count("socketio_events_received_total", &labels, &counts.received);
        samples.count("socketio_events_sent_total", &labels, &counts.sent);
        samples.count("socketio_panics_total", &labels, &counts.panics);
        samples.count("socketio_rate_limited_total", &labels, &counts.limited);
        for (outcome, durations) in [("ok", &counts.done), ("error", &counts.failed)] {
            samples.durations(&[namespace, ("event", event), ("outcome", outcome)], durations);
        }
    }
}

fn of_cluster(samples: &mut Samples, io: &SocketIo) {
    let cluster = io.cluster();
    let (nodes, queued) = match cluster.state() {
        ClusterState::Up { nodes } => (nodes, 0),
        ClusterState::Degraded { queued, .. } => (0, queued),
        ClusterState::Alone | ClusterState::Connecting | ClusterState::Closed => (0, 0),
    };
    samples.number("socketio_cluster_nodes", &[], nodes as u64);
    samples.number("socketio_cluster_queued_messages", &[], queued as u64);
    let figures = cluster.figures();
    for (outcome, number) in [
        ("published", figures.published),
        ("received", figures.received),
        ("lost", figures.lost),
        ("unknown", figures.unknown),
        ("malformed", figures.malformed),
        ("refused", figures.overloaded),
    ] {
        samples.number("socketio_cluster_messages_total", &[("outcome", outcome)], number);
    }
}

fn name_of(wire: Wire) -> &'static str {
    match wire {
        Wire::Bus => "plain",
        Wire::Engine => "engine",
        Wire::Packet => "socket.io",
        Wire::MessagePack => "socket.io+msgpack",
    }
}
