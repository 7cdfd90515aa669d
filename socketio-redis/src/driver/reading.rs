//! The streams: read in their order, from where this node stands.

use std::{collections::HashMap, sync::Arc};

use redis::{Client, RedisError, RedisResult, Value, aio::MultiplexedConnection};
use socketio::cluster::{Node, Position};

use super::{Shared, lock};
use crate::{
    dialect::Streams,
    link,
    wire::{Malformed, cluster},
};

/// The place of an entry: milliseconds, and which of that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place(u64, u64);

/// How far the streams are read.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Empty: nothing is read yet.
    places: HashMap<String, Place>,
    /// How far streams were read that have lost their ends since: by a failover, or a restart from what was saved.
    lost: HashMap<String, Place>,
    /// The last numbers of the nodes that number their entries: one that was added twice is read once.
    numbers: HashMap<String, u64>,
    own: u64,
}

/// Of how many nodes the numbers are kept.
const NODES: usize = 10_000;

/// How many entries are read at once.
const COUNT: usize = 1000;

/// How long the server waits for an entry, in milliseconds.
const BLOCK: usize = 5000;

impl Progress {
    /// The highest number of this node that was met.
    pub(super) fn own(&self) -> u64 {
        self.own
    }

    /// How far a stream is read.
    pub(super) fn position(&self, stream: &str) -> Option<Position> {
        let Place(time, number) = self.places.get(stream)?;
        Position::new(*time, *number)
    }

    /// Is this one met for the first time? One without a number, at a place that was read once, is taken for what was read there.
    fn is_new(&mut self, own: &str, (stream, place): (&str, Place), uid: &str, number: Option<u64>) -> bool {
        let Some(number) = number else { return self.lost.get(stream).is_none_or(|lost| place > *lost) };
        if self.numbers.len() >= NODES && !self.numbers.contains_key(uid) {
            self.numbers.clear();
        }
        let last = match self.numbers.get_mut(uid) {
            Some(last) => last,
            None => self.numbers.entry(uid.to_owned()).or_default(),
        };
        let is_new = number > *last;
        *last = number.max(*last);
        if uid == own {
            self.own = self.own.max(number);
        }
        is_new
    }
}

impl Shared {
    /// The connection that reads the streams, if there are any. It waits for entries, so nothing else goes over it.
    pub(super) async fn open_reader(&self, client: &Client) -> RedisResult<Option<MultiplexedConnection>> {
        match self.dialect.streams() {
            Some(_) => link::connect_reader(client).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads what was added while this node was away; at the first time, only where the streams end.
    pub(super) async fn catch_up(
        self: &Arc<Self>,
        node: &Node,
        reader: &mut MultiplexedConnection,
    ) -> RedisResult<()> {
        let Some(Streams { name, count, .. }) = self.dialect.streams() else { return Ok(()) };
        for stream in cluster::streams(name, *count) {
            let mut last = redis::cmd("XREVRANGE");
            last.arg(&stream).arg("+").arg("-").arg("COUNT").arg(1);
            let last = last.query_async::<Value>(reader).await?;
            let last = entries(&last).first().and_then(place_of).unwrap_or_default();
            let was_lost = {
                let mut progress = lock(&self.streams);
                let place = *progress.places.entry(stream.clone()).or_insert(last);
                let was_lost = last < place;
                if was_lost {
                    // what is new in it may be before what this node has read: it is read once more, from its start
                    progress.places.insert(stream.clone(), Place::default());
                    let lost = progress.lost.entry(stream).or_default();
                    *lost = place.max(*lost);
                }
                was_lost
            };
            if was_lost {
                node.gap(None);
            }
        }
        while self.read(node, reader, None).await? {}
        self.resend();
        Ok(())
    }

    /// Reads for as long as the connection lasts.
    pub(super) async fn read_on(
        self: &Arc<Self>,
        node: &Node,
        reader: Option<MultiplexedConnection>,
    ) -> RedisError {
        let Some(mut reader) = reader else { return std::future::pending().await };
        loop {
            if let Err(error) = self.read(node, &mut reader, Some(BLOCK)).await {
                return error;
            }
        }
    }

    /// Reads what is there, or what comes. Returns `false` if that was nothing.
    async fn read(
        self: &Arc<Self>,
        node: &Node,
        reader: &mut MultiplexedConnection,
        block: Option<usize>,
    ) -> RedisResult<bool> {
        let places: Vec<_> = {
            let progress = lock(&self.streams);
            progress.places.iter().map(|(stream, place)| (stream.clone(), *place)).collect()
        };
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(COUNT);
        if let Some(block) = block {
            command.arg("BLOCK").arg(block);
        }
        command.arg("STREAMS");
        for (stream, _) in &places {
            command.arg(stream);
        }
        for (_, Place(time, number)) in &places {
            command.arg(format!("{time}-{number}"));
        }
        let reply = command.query_async::<Value>(reader).await?;
        let mut is_any = false;
        for (stream, found) in by_stream(&reply) {
            for entry in entries(found) {
                is_any = true;
                let Some(place) = place_of(entry) else { continue };
                lock(&self.streams).places.insert(stream.to_owned(), place);
                if let Err(malformed) = self.hear_entry(node, (stream, place), entry) {
                    self.report(malformed);
                }
            }
        }
        Ok(is_any)
    }

    fn hear_entry(self: &Arc<Self>, node: &Node, at: (&str, Place), entry: &Value) -> Result<(), Malformed> {
        let Fields { id, uid, namespace, kind, data, number } = fields(entry).ok_or(Malformed::Shape)?;
        if lock(&self.streams).is_new(&self.uid, at, uid, number) {
            let incoming = cluster::entry(&self.uid, (uid, namespace), kind, data)?;
            if incoming.id.is_none() {
                self.apply(node, incoming, Some(Position::parse(id)));
            }
        }
        Ok(())
    }
}

/// What stands in an entry.
pub(super) struct Fields<'a> {
    pub(super) id: &'a str,
    pub(super) uid: &'a str,
    pub(super) namespace: &'a str,
    pub(super) kind: &'a str,
    pub(super) data: Option<&'a [u8]>,
    pub(super) number: Option<u64>,
}

pub(super) fn fields(entry: &Value) -> Option<Fields<'_>> {
    let Value::Array(parts) = entry else { return None };
    let (Some(Value::BulkString(id)), Some(Value::Array(fields))) = (parts.first(), parts.get(1)) else {
        return None;
    };
    let (mut uid, mut namespace, mut kind, mut data, mut number) = (None, None, None, None, None);
    for pair in fields.chunks_exact(2) {
        let [Value::BulkString(name), Value::BulkString(value)] = pair else { continue };
        match &**name {
            b"uid" => uid = str::from_utf8(value).ok(),
            b"nsp" => namespace = str::from_utf8(value).ok(),
            b"type" => kind = str::from_utf8(value).ok(),
            b"data" => data = Some(&**value),
            b"n" => number = str::from_utf8(value).ok().and_then(|number| number.parse().ok()),
            _ => {}
        }
    }
    let (id, uid, namespace, kind) = (str::from_utf8(id).ok()?, uid?, namespace?, kind?);
    Some(Fields { id, uid, namespace, kind, data, number })
}

/// The streams in an answer to XREAD: a map, or a list of pairs.
fn by_stream(reply: &Value) -> Vec<(&str, &Value)> {
    fn pair<'a>((stream, entries): (&'a Value, &'a Value)) -> Option<(&'a str, &'a Value)> {
        let name = match stream {
            Value::BulkString(name) => str::from_utf8(name).ok()?,
            Value::SimpleString(name) => name,
            _ => return None,
        };
        Some((name, entries))
    }
    match reply {
        Value::Map(streams) => {
            streams.iter().filter_map(|(stream, entries)| pair((stream, entries))).collect()
        }
        Value::Array(streams) => streams
            .iter()
            .filter_map(|stream| match stream {
                Value::Array(parts) => pair((parts.first()?, parts.get(1)?)),
                _ => None,
            })
            .collect(),
        _ => vec![],
    }
}

pub(super) fn entries(reply: &Value) -> &[Value] {
    match reply {
        Value::Array(entries) => entries,
        _ => &[],
    }
}

fn place_of(entry: &Value) -> Option<Place> {
    let Value::Array(parts) = entry else { return None };
    let Some(Value::BulkString(id)) = parts.first() else { return None };
    let (time, number) = str::from_utf8(id).ok()?.split_once('-')?;
    Some(Place(time.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_twice_is_read_once() {
        let mut progress = Progress::default();
        let mut is_new = |uid, number| progress.is_new("me", ("stream", Place(1, 0)), uid, number);
        assert!(is_new("other", Some(1)) && is_new("other", Some(3)));
        assert!(!is_new("other", Some(3)) && !is_new("other", Some(2)));
        assert!(is_new("node", None) && is_new("node", None));
        assert!(is_new("me", Some(2)));
        assert_eq!(progress.own(), 2);
    }

    #[test]
    fn what_was_read_before_a_stream_lost_its_end_is_not_new() {
        let mut progress = Progress::default();
        progress.lost.insert("stream".to_owned(), Place(17, 3));
        let mut is_new = |stream, place, number| progress.is_new("me", (stream, place), "node", number);
        assert!(!is_new("stream", Place(17, 3), None) && !is_new("stream", Place(16, 9), None));
        assert!(is_new("stream", Place(17, 4), None) && is_new("other", Place(1, 0), None));
        assert!(is_new("stream", Place(16, 0), Some(1)), "numbers say more than places");
    }

    #[test]
    fn answers_are_read_as_lists_and_as_maps() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let entry = Value::Array(vec![text("17-3"), Value::Array(vec![text("uid"), text("x")])]);
        let found = Value::Array(vec![entry.clone()]);
        let list = Value::Array(vec![Value::Array(vec![text("s"), found.clone()])]);
        let map = Value::Map(vec![(text("s"), found.clone())]);
        assert_eq!(by_stream(&list), [("s", &found)]);
        assert_eq!(by_stream(&map), [("s", &found)]);
        assert_eq!(place_of(&entry), Some(Place(17, 3)));
        assert!(by_stream(&Value::Nil).is_empty() && place_of(&text("17-3")).is_none());
    }
}
