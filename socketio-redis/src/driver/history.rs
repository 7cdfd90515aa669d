//! Recovery: sessions are keys, and what was missed is in the stream.

use std::{collections::HashMap, sync::Arc, time::Duration};

use redis::{RedisResult, Value, aio::MultiplexedConnection};
use socketio::cluster::{History, Kept, Lookup, NotRecovered, Position, Session};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Driver, Shared, lock,
    reading::{Fields, entries, fields},
};
use crate::{
    dialect::Streams,
    link,
    queue::Out,
    wire::{
        How, MAX_MESSAGE, Message,
        cluster::{self, Heard},
        session,
    },
};

/// How long a lookup may take.
const LIMIT: Duration = Duration::from_secs(2);

/// How long another node may take to let a socket go.
const RELEASE: Duration = Duration::from_secs(1);

/// How many entries of a stream are read at once, and for one client.
const PAGE: usize = 1000;
const MAX_ENTRIES: usize = 10_000;

/// How many bytes of events one client may have missed.
const MAX_BYTES: usize = 4 * 1024 * 1024;

impl History for Driver {
    fn position(&self, namespace: &str) -> Option<Position> {
        let Streams { name, count, .. } = self.shared.dialect.streams()?;
        lock(&self.shared.streams).position(&cluster::stream(name, *count, namespace))
    }

    fn store(&self, session: &Session, lives: bool, keep: Duration) {
        let Shared { queue, uid, .. } = &*self.shared;
        let Some(key) = self.shared.key_of(&session.pid) else { return };
        let how = How::Store(u64::try_from(keep.as_millis()).unwrap_or(u64::MAX >> 1));
        let body = session::write(session, lives.then_some(uid));
        // if too much waits, the client gets a fresh socket
        let _ = queue.push(Out::Publish(Message { how, channel: key, body }));
    }

    fn forget(&self, pid: &str) {
        let Some(key) = self.shared.key_of(pid) else { return };
        let message = Message { how: How::Remove, channel: key, body: vec![] };
        // if too much waits, it is forgotten by time
        let _ = self.shared.queue.push(Out::Publish(message));
    }

    fn take(&self, namespace: &str, pid: &str) -> Lookup<Result<Session, NotRecovered>> {
        let (shared, namespace, pid) = (self.shared.clone(), namespace.to_owned(), pid.to_owned());
        Box::pin(async move { within(shared.take(&namespace, &pid)).await?.ok_or(NotRecovered::NoSession) })
    }

    fn read(
        &self,
        namespace: &str,
        after: Position,
        to: Position,
    ) -> Lookup<Result<Vec<Kept>, NotRecovered>> {
        let (shared, namespace) = (self.shared.clone(), namespace.to_owned());
        Box::pin(async move { within(shared.missed(&namespace, after, to)).await? })
    }
}

async fn within<T>(lookup: impl Future<Output = RedisResult<T>>) -> Result<T, NotRecovered> {
    let answer = timeout(LIMIT, lookup).await.map_err(|_| NotRecovered::TimedOut)?;
    answer.map_err(|_| NotRecovered::NotConnected)
}

impl Shared {
    fn key_of(&self, pid: &str) -> Option<String> {
        Some(format!("{}{pid}", self.dialect.streams()?.sessions))
    }

    fn commands(&self) -> RedisResult<MultiplexedConnection> {
        let connection = lock(&self.commands).clone();
        connection.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotConnected).into())
    }

    async fn take(self: &Arc<Self>, namespace: &str, pid: &str) -> RedisResult<Option<Session>> {
        let mut connection = self.commands()?;
        let Some(session) = self.get(&mut connection, pid).await? else { return Ok(None) };
        let Some(owner) = &session.node else { return Ok(Some(session)) };
        // the socket may be there still, half dead: its node ends it, and stores what is true then
        if owner.as_str() == self.uid {
            if let Some(node) = self.node.get() {
                node.release(namespace, pid);
            }
        } else {
            let channel = cluster::channel_of(&self.dialect.prefix, namespace, owner.as_str());
            if link::count(&mut connection, self.dialect.counts(), &channel).await? == 0 {
                return Ok(Some(session));
            }
            let release = self.dialect.message(&self.uid, namespace, channel, &cluster::release(pid));
            release.command().exec_async(&mut connection).await?;
        }
        let start = Instant::now();
        while start.elapsed() < RELEASE {
            // one that lives is older than what is waited for
            match self.get(&mut connection, pid).await? {
                Some(session) if session.node.is_none() => return Ok(Some(session)),
                _ => sleep(Duration::from_millis(10)).await,
            }
        }
        Ok(Some(session))
    }

    async fn get(&self, connection: &mut MultiplexedConnection, pid: &str) -> RedisResult<Option<Session>> {
        let Some(key) = self.key_of(pid) else { return Ok(None) };
        let stored = redis::cmd("GETDEL").arg(key).query_async::<Value>(connection).await?;
        let Value::BulkString(stored) = stored else { return Ok(None) };
        Ok(session::read(pid, &stored).map_err(|malformed| self.report(malformed)).ok())
    }

    async fn missed(
        &self,
        namespace: &str,
        after: Position,
        to: Position,
    ) -> RedisResult<Result<Vec<Kept>, NotRecovered>> {
        let Some(Streams { name, count, .. }) = self.dialect.streams() else {
            return Ok(Err(NotRecovered::NotConnected));
        };
        let stream = cluster::stream(name, *count, namespace);
        let mut connection = self.commands()?;
        let (mut from, to) = (after.to_string(), to.to_string());
        let mut first = redis::cmd("XRANGE");
        first.arg(&stream).arg(&from).arg(&from);
        if entries(&first.query_async::<Value>(&mut connection).await?).is_empty() {
            // what came after it may be gone as well
            return Ok(Err(NotRecovered::Trimmed));
        }
        let (mut kept, mut bytes, mut read) = (vec![], 0, 0);
        let mut numbers: HashMap<String, u64> = HashMap::new();
        loop {
            let mut command = redis::cmd("XRANGE");
            command.arg(&stream).arg(format!("({from}")).arg(&to).arg("COUNT").arg(PAGE);
            let page = command.query_async::<Value>(&mut connection).await?;
            let page = entries(&page);
            for entry in page {
                let Some(Fields { id, uid, namespace: of, kind, data, number }) = fields(entry) else {
                    continue;
                };
                from.clear();
                from.push_str(id);
                if let Some(number) = number {
                    let last = numbers.entry(uid.to_owned()).or_default();
                    if number <= *last {
                        // added twice
                        continue;
                    }
                    *last = number;
                }
                let is_asked_for = of == namespace && kind == "3";
                let Some(position) = Position::parse(id).filter(|_| is_asked_for) else { continue };
                let Ok(incoming) = cluster::entry(&self.uid, (uid, of), kind, data) else { continue };
                let Heard::Emit { event, volatile: false, .. } = incoming.what else { continue };
                bytes += event.len();
                kept.push(Kept { position, selection: incoming.selection, event });
            }
            read += page.len();
            if bytes > MAX_BYTES.min(MAX_MESSAGE) || read > MAX_ENTRIES {
                return Ok(Err(NotRecovered::TooMuch));
            }
            if page.len() < PAGE {
                return Ok(Ok(kept));
            }
        }
    }
}
