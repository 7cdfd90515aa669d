//! Connections to Redis: how they are made, and what is counted with them.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, PushInfo, RedisError, RedisResult, ServerErrorKind, Value,
    aio::MultiplexedConnection,
};

use crate::wire::{Entry, How, Message};

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The server cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address cannot be read.
    #[error(
        "the address of Redis is malformed: it has the form `redis://[user:password@]host[:port][/database]`, or \
         `redis-sentinel://[user:password@]host[:port][,host[:port]..]/name[/database]`"
    )]
    Address,
    /// The address asks for TLS, and the feature `tls` of this crate is off.
    #[error("the address asks for TLS: switch on the feature `tls` of `socketio-redis`")]
    NoTls,
    /// The certificates in [`Options`](crate::Options) cannot be used: they cannot be read, or the address is one without TLS.
    #[error("the certificates in the options cannot be used")]
    Certificates(#[source] RedisError),
    /// The server's certificate is not accepted: nobody who is trusted has signed it, it has ended, it is for another name.
    #[error("the certificate of Redis is not accepted")]
    Untrusted(#[source] RedisError),
    /// None of the sentinels answers.
    #[error("none of the sentinels can be asked")]
    Sentinels(#[source] RedisError),
    /// The sentinels know no master of this name.
    #[error("the sentinels do not know a master with the name {name:?}")]
    UnknownMaster {
        /// The name in the address.
        name: String,
    },
    /// The server that the sentinels name is not a master: a failover is under way.
    #[error("the server that the sentinels name is not a master: a failover is under way")]
    NotMaster,
    /// There is no connection: nobody listens, the password is wrong, the server does not speak TLS.
    #[error("Redis cannot be reached")]
    Unreachable(#[source] RedisError),
    /// The server is too old.
    #[error("the server is too old: Redis {needed} or later is needed")]
    Version {
        /// The version from which on it has what is needed.
        needed: &'static str,
        /// What the server says.
        #[source]
        source: RedisError,
    },
    /// The user may not do what is needed.
    #[error("Redis refuses {command}: the user's ACL must allow it, on the channels and keys of the cluster")]
    Refused {
        /// The command.
        command: &'static str,
        /// What the server says.
        #[source]
        source: RedisError,
    },
    /// The server is one of several of a Redis Cluster, and what the adapter needs is at another of them: `Sharded` and `Streams`
    /// speak to one server. `Classic` works at each of them, since PUBLISH reaches all.
    #[error(
        "{command} belongs to another server of this Redis Cluster: use `Classic`, or a Redis of one server"
    )]
    OtherServer {
        /// The command.
        command: &'static str,
        /// What the server says.
        #[source]
        source: RedisError,
    },
}

/// Opens a connection. What is published on subscribed channels goes to `push`, from the connection's own task.
pub(crate) async fn connect(
    client: &Client,
    response: Duration,
    push: impl Fn(PushInfo) -> Result<(), redis::aio::SendError> + Send + Sync + 'static,
) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(response))
        .set_push_sender(push);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// A connection for commands that wait until something is there.
pub(crate) async fn connect_reader(client: &Client) -> RedisResult<MultiplexedConnection> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Why the first command of an adapter fails: the server does not know it, or the user may not use it.
pub(crate) fn too_old(error: RedisError, needed: &'static str, command: &'static str) -> ConnectError {
    if error.to_string().contains("unknown command") {
        ConnectError::Version { needed, source: error }
    } else {
        refused(error, command)
    }
}

/// Why a command fails that the server knows.
pub(crate) fn refused(error: RedisError, command: &'static str) -> ConnectError {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::CrossSlot) => {
            ConnectError::OtherServer { command, source: error }
        }
        _ => ConnectError::Refused { command, source: error },
    }
}

/// The first connection: says clearly what is wrong.
pub(crate) async fn first(client: &Client) -> Result<MultiplexedConnection, ConnectError> {
    let is_old = |error: &RedisError| error.to_string().contains("HELLO");
    match connect(client, CONNECT, |_| Ok(())).await {
        Ok(connection) => Ok(connection),
        Err(error) if is_old(&error) => Err(ConnectError::Version { needed: "6", source: error }),
        Err(error) if error.to_string().contains("invalid peer certificate") => {
            Err(ConnectError::Untrusted(error))
        }
        Err(error) => Err(ConnectError::Unreachable(error)),
    }
}

impl Message {
    /// The command that does what the message is for.
    pub(crate) fn command(&self) -> redis::Cmd {
        let Self { how, channel, body } = self;
        let mut command = redis::cmd(match how {
            How::Publish => "PUBLISH",
            How::ShardPublish => "SPUBLISH",
            How::Add(_) => "XADD",
            How::Store(_) => "SET",
            How::Remove => "DEL",
        });
        command.arg(channel);
        let How::Add(entry) = how else {
            if !matches!(how, How::Remove) {
                command.arg(body);
            }
            if let How::Store(milliseconds) = how {
                command.arg("PX").arg(*milliseconds);
            }
            return command;
        };
        let Entry { uid, namespace, kind, number, max_len } = &**entry;
        command.arg("MAXLEN").arg("~").arg(*max_len).arg("*");
        command.arg("uid").arg(uid).arg("nsp").arg(namespace).arg("type").arg(*kind).arg("data").arg(body);
        if *number > 0 {
            command.arg("n").arg(*number);
        }
        command
    }
}

/// How many connections are subscribed to a channel.
pub(crate) async fn count(
    connection: &mut MultiplexedConnection,
    counts: &str,
    channel: &str,
) -> RedisResult<usize> {
    let reply = redis::cmd("PUBSUB").arg(counts).arg(channel).query_async::<Value>(connection).await?;
    Ok(counted(&reply))
}

/// The texts of a list; what is not a text is left out.
pub(crate) fn texts(reply: &Value) -> impl Iterator<Item = &str> {
    let values = match reply {
        Value::Array(values) | Value::Set(values) => &values[..],
        _ => &[],
    };
    values.iter().filter_map(|value| match value {
        Value::BulkString(text) => std::str::from_utf8(text).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    })
}

/// The number in an answer to NUMSUB: a flat list from a server, a map from a cluster of them.
pub(crate) fn counted(reply: &Value) -> usize {
    let number = match reply {
        Value::Array(values) => values.get(1),
        Value::Map(entries) => entries.first().map(|(_, number)| number),
        _ => None,
    };
    match number {
        Some(Value::Int(number)) => usize::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// How long to wait before the next attempt: 50 ms and twice as long each time, at most 1 s, 20 % more or less.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failed: u32,
}

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let base = 50_u64.saturating_mul(1 << self.failed.min(5)).min(1000);
        self.failed += 1;
        Duration::from_millis(base * (80 + random() % 41) / 100)
    }

    pub(crate) fn reset(&mut self) {
        self.failed = 0;
    }
}

/// A random number; without a source of them, always the same, which does no harm here.
fn random() -> u64 {
    getrandom::u64().unwrap_or(20)
}

/// The name of a node: as many characters as Node's has.
pub(crate) fn uid(length: usize) -> String {
    format!("{:016x}", random_id()).split_off(16 - length.min(16))
}

/// Two nodes of one name would not hear each other.
fn random_id() -> u64 {
    getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_ever_later_and_for_as_long_as_it_takes() {
        let mut backoff = Backoff::default();
        for base in [50, 100, 200, 400, 800, 1000, 1000, 1000] {
            let wait = backoff.next().as_millis();
            assert!((base * 8 / 10..=base * 12 / 10).contains(&wait), "{wait} is not about {base}");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(60));
    }

    #[test]
    fn numbers_come_as_a_list_or_as_a_map() {
        let (name, three) = (Value::BulkString(b"x".to_vec()), Value::Int(3));
        assert_eq!(counted(&Value::Array(vec![name.clone(), three.clone()])), 3);
        assert_eq!(counted(&Value::Map(vec![(name, three)])), 3);
        assert_eq!(counted(&Value::Nil), 0);
    }
}
