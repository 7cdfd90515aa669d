//! The messages of Node's `ClusterAdapter`, which the sharded adapter of `@socket.io/redis-adapter` 8 publishes, and
//! `@socket.io/redis-streams-adapter` 0.3 publishes and adds to its stream.

mod read;
mod write;

pub(crate) use self::{
    read::{Heard, Incoming, entry, message},
    write::{Form, Outgoing, operation, question, release, response},
};

/// What a message is.
pub(crate) mod kind {
    pub(crate) const BROADCAST: u8 = 3;
    pub(crate) const JOIN: u8 = 4;
    pub(crate) const LEAVE: u8 = 5;
    pub(crate) const DISCONNECT: u8 = 6;
    pub(crate) const FETCH: u8 = 7;
    pub(crate) const FETCHED: u8 = 8;
    pub(crate) const TELL: u8 = 9;
    pub(crate) const TOLD: u8 = 10;
    pub(crate) const CLIENTS: u8 = 11;
    pub(crate) const ACK: u8 = 12;
    /// Ours alone: a client recovers its socket elsewhere.
    pub(crate) const RELEASE: u8 = 100;
}

/// The channel of everybody in a namespace.
pub(crate) fn channel(prefix: &str, namespace: &str) -> String {
    format!("{prefix}#{namespace}#")
}

/// The channel of one node, or of one room.
pub(crate) fn channel_of(prefix: &str, namespace: &str, name: &str) -> String {
    format!("{prefix}#{namespace}#{name}#")
}

/// The stream of a namespace: with one, its name; with several, by the hash that JavaScript computes, sign included.
pub(crate) fn stream(name: &str, count: u32, namespace: &str) -> String {
    if count <= 1 {
        return name.to_owned();
    }
    let hash = namespace
        .encode_utf16()
        .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    format!("{name}-{}", i64::from(hash) % i64::from(count))
}

/// The streams that are read: Node reads those from 0 on alone, and writes below as well.
pub(crate) fn streams(name: &str, count: u32) -> Vec<String> {
    if count <= 1 {
        return vec![name.to_owned()];
    }
    (1 - i64::from(count)..i64::from(count)).map(|at| format!("{name}-{at}")).collect()
}

#[cfg(test)]
mod tests;
