//! The figures that there are.

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only grows, from the start of the server.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many values were in which range.
    Histogram,
}

/// A figure: its name, its unit, its labels.
///
/// ```
/// let units = socketio::stats::FIGURES.iter().map(|figure| (figure.name, figure.unit));
/// assert!(units.into_iter().any(|unit| unit == ("socketio_received_bytes_total", "bytes")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Figure {
    /// Its name, as recorders and dashboards have it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it counts.
    pub unit: &'static str,
    /// What tells its values apart.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

macro_rules! figures {
    ($($kind:ident $name:literal $unit:literal [$($label:literal)*] $help:literal)*) => {
        /// All figures, in the order of the table in [the guide](crate::guide::observability).
        pub const FIGURES: &[Figure] = &[$(
            Figure { name: $name, kind: Kind::$kind, unit: $unit, labels: &[$($label),*], help: $help }
        ),*];
    };
}

figures! {
    Gauge "socketio_connections" "connections" ["wire" "transport"] "connections that are open"
    Gauge "socketio_sockets" "sockets" ["namespace"] "sockets that are accepted"
    Counter "socketio_connections_opened_total" "connections" ["wire"] "connections that were opened"
    Counter "socketio_connections_closed_total" "connections" ["reason"] "connections that have ended"
    Counter "socketio_connects_total" "sockets" ["namespace" "outcome"] "sockets that were accepted or refused"
    Counter "socketio_disconnects_total" "sockets" ["reason"] "accepted sockets that have ended"
    Counter "socketio_events_received_total" "events" ["namespace" "event"] "events of clients"
    Counter "socketio_events_sent_total" "events" ["namespace" "event"] "events to clients, one for each receiver"
    Histogram "socketio_handler_duration_seconds" "seconds" ["namespace" "event" "outcome"] "from the first handler of an event to the end of the last"
    Counter "socketio_panics_total" "panics" ["namespace" "event"] "handlers that panicked"
    Counter "socketio_rate_limited_total" "events" ["namespace" "event"] "what a rate limit has refused"
    Counter "socketio_received_messages_total" "messages" ["wire"] "messages of clients, packets of the protocol included"
    Counter "socketio_received_bytes_total" "bytes" ["wire"] "their bytes, inflated"
    Counter "socketio_sent_messages_total" "messages" ["wire"] "messages to clients, packets of the protocol included"
    Counter "socketio_sent_bytes_total" "bytes" ["wire"] "the bytes of their frames"
    Counter "socketio_acks_total" "acknowledgements" ["outcome"] "acknowledgements that clients were asked for"
    Counter "socketio_outbox_overflows_total" "connections" [] "clients that were disconnected because they read too slowly"
    Counter "socketio_outbox_dropped_total" "messages" [] "messages that were given up because a client read too slowly, reported when its connection ends"
    Counter "socketio_inbox_full_total" "pauses" [] "how often reading was paused because too much of one client waited"
    Counter "socketio_upgrades_total" "upgrades" ["outcome"] "changes from polling to a WebSocket or another stream"
    Counter "socketio_recoveries_total" "sockets" ["outcome"] "sockets that a client wanted back"
    Gauge "socketio_cluster_nodes" "nodes" [] "nodes of the cluster, this one included; 0: not connected, or there is no cluster"
    Gauge "socketio_cluster_queued_messages" "messages" [] "messages that wait for the connection to the other nodes"
    Counter "socketio_cluster_messages_total" "messages" ["outcome"] "operations and questions between nodes"
}
