//! What one server shows of itself, in the words of the UI.

use std::{collections::BTreeMap, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use socketio::{Payload, Socket, SocketIo, stats::Stats};

use crate::{recent::Noted, server::Server};

/// What one server shows, to its own administrators and to those of other nodes.
#[derive(Debug, Clone, Serialize, Deserialize, Payload)]
pub(crate) struct Seen {
    pub(crate) server: Numbers,
    /// Since the server started.
    pub(crate) totals: Totals,
    pub(crate) sockets: Vec<SeenSocket>,
    pub(crate) events: Vec<Noted>,
    /// Where the events of the next look begin.
    pub(crate) next: u64,
}

/// The event `server_stats` without what has changed since the last one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbers {
    pub(crate) server_id: String,
    hostname: String,
    pid: u32,
    uptime: f64,
    clients_count: u64,
    polling_clients_count: u64,
    namespaces: Vec<Value>,
}

/// What is counted, by the UI's words for it, and for the ends of connections by their reason.
pub(crate) type Totals = BTreeMap<String, u64>;

/// A socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeenSocket {
    pub(crate) id: String,
    client_id: String,
    pub(crate) transport: String,
    pub(crate) nsp: String,
    pub(crate) data: Value,
    handshake: Value,
    pub(crate) rooms: Vec<String>,
}

const MAX_SOCKETS: usize = 1_000;
const MAX_NAMESPACES: usize = 200;
const MAX_ROOMS: usize = 50;
const MAX_DATA: usize = 2_048;
const MAX_TEXT: usize = 256;
const MAX_QUERY: usize = 16;
/// Not `cookie` or `authorization`: an administrator is not to be able to be a user.
const HEADERS: [&str; 6] =
    ["user-agent", "host", "origin", "accept-language", "x-forwarded-for", "cf-connecting-ip"];

/// The numbers of a server.
pub(crate) fn numbers(io: &SocketIo, server: &Server) -> (Numbers, Totals) {
    let stats = io.stats();
    let polling = stats.of("socketio_connections").filter(|sample| sample.labels[1].1 == "polling");
    // those of a pattern together, under its name
    let namespaces = stats.of("socketio_sockets").take(MAX_NAMESPACES);
    let numbers = Numbers {
        server_id: server.id.clone(),
        hostname: server.hostname.clone(),
        pid: std::process::id(),
        uptime: server.started.elapsed().as_secs_f64(),
        clients_count: stats.sum("socketio_connections"),
        polling_clients_count: polling.map(|sample| sample.value.count()).sum(),
        namespaces: namespaces
            .map(|sample| json!({ "name": sample.labels[0].1, "socketsCount": sample.value.count() }))
            .collect(),
    };
    (numbers, totals(&stats))
}

fn totals(stats: &Stats) -> Totals {
    let mut totals = Totals::new();
    for (ours, theirs) in [
        ("socketio_connections_opened_total", "rawConnection"),
        ("socketio_received_messages_total", "packetsIn"),
        ("socketio_sent_messages_total", "packetsOut"),
        ("socketio_received_bytes_total", "bytesIn"),
        ("socketio_sent_bytes_total", "bytesOut"),
    ] {
        totals.insert(theirs.to_owned(), stats.sum(ours));
    }
    for sample in stats.of("socketio_connections_closed_total") {
        let reason = sample.labels[0].1.replace('_', " ");
        totals.insert(format!("rawDisconnection {reason}"), sample.value.count());
    }
    totals
}

/// What was counted since the last look, as the UI wants it.
pub(crate) fn aggregated(totals: &Totals, before: Option<&Totals>) -> Vec<Value> {
    let timestamp = millis() / 1_000 * 1_000;
    let since = |name: &str, count: u64| {
        count - before.and_then(|before| before.get(name)).copied().unwrap_or(count).min(count)
    };
    let counts = totals.iter().map(|(name, count)| (name, since(name, *count)));
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| match name.split_once(' ') {
            Some((kind, reason)) => {
                json!({ "timestamp": timestamp, "type": kind, "subType": reason, "count": count })
            }
            None => json!({ "timestamp": timestamp, "type": name, "count": count }),
        })
        .collect()
}

/// The sockets of this process, as many as may be shown: those whose connections are the oldest.
pub(crate) fn sockets(io: &SocketIo) -> Vec<SeenSocket> {
    let namespaces = io.namespaces();
    let mut sockets: Vec<Socket> =
        namespaces.iter().filter_map(|name| io.of(name)).flat_map(|all| all.local().sockets()).collect();
    if sockets.len() > MAX_SOCKETS {
        sockets.select_nth_unstable_by_key(MAX_SOCKETS, Socket::connection);
        sockets.truncate(MAX_SOCKETS);
    }
    sockets.iter().map(seen).collect()
}

fn seen(socket: &Socket) -> SeenSocket {
    let id = socket.id().to_string();
    let mut rooms: Vec<String> = socket.rooms().iter().take(MAX_ROOMS).map(|room| short(room)).collect();
    if !rooms.contains(&id) {
        rooms.insert(0, id.clone());
    }
    let data: Value = socket.data().unwrap_or(Value::Null);
    let is_short = serde_json::to_string(&data).is_ok_and(|text| text.len() <= MAX_DATA);
    SeenSocket {
        id,
        client_id: format!("client {}", socket.connection()),
        transport: socket.transport().to_owned(),
        nsp: short(socket.namespace()),
        // the UI wants an object
        data: if is_short && data.is_object() { data } else { json!({}) },
        handshake: handshake(socket),
        rooms,
    }
}

fn handshake(socket: &Socket) -> Value {
    let handshake = socket.handshake();
    let headers: Map<String, Value> = HEADERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), short(handshake.header(name)?).into())))
        .collect();
    let pairs = handshake.query().split('&').take(MAX_QUERY).filter_map(|pair| pair.split_once('='));
    // the id of an Engine.IO session is a secret; tokens often stand in queries of plain clients
    let query: Map<String, Value> = pairs
        .filter(|(name, _)| matches!(*name, "EIO" | "transport" | "t"))
        .map(|(name, value)| (name.to_owned(), short(value).into()))
        .collect();
    let issued = handshake.issued();
    let forwarded = ["cf-connecting-ip", "x-forwarded-for"].iter().find_map(|name| handshake.header(name));
    let address = handshake.address().map(|address| address.ip().to_string());
    json!({
        "address": forwarded.map(short).or(address).unwrap_or_default(),
        "headers": headers,
        "query": query,
        "issued": millis_of(issued),
        "time": date(millis_of(issued)),
        "secure": false,
        "url": "/",
        "xdomain": handshake.header("origin").is_some(),
    })
}

/// The start of a text.
pub(crate) fn short(text: &str) -> String {
    let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}

fn millis_of(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

fn millis() -> u64 {
    millis_of(SystemTime::now())
}

/// The time, as JavaScript writes it.
pub(crate) fn now() -> String {
    date(millis())
}

fn date(millis: u64) -> String {
    let (days, rest) = (millis / 86_400_000, millis % 86_400_000);
    // Howard Hinnant's algorithm, for days since 1970
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_javascript() {
        assert_eq!(date(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(date(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(date(1_795_395_416_350), "2026-11-23T00:56:56.350Z");
        assert_eq!(date(4_107_542_399_999), "2100-02-28T23:59:59.999Z");
        assert_eq!(date(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(short(&"é".repeat(500)), "é".repeat(MAX_TEXT / 2));
        assert_eq!(short("a"), "a");
    }

    #[test]
    fn what_was_counted_before_the_first_look_is_not_shown() {
        let before = Totals::from([("packetsIn".to_owned(), 7)]);
        let now =
            Totals::from([("packetsIn".to_owned(), 10), ("rawDisconnection transport close".to_owned(), 1)]);
        assert!(aggregated(&now, None).is_empty());
        let shown = aggregated(&now, Some(&before));
        assert_eq!((&shown[0]["type"], &shown[0]["count"]), (&json!("packetsIn"), &json!(3)));
    }
}
