//! Several processes of [`socketio`] as one server, through Redis: in one cluster with each other, and with Node.js.
//!
//! ```no_run
//! use socketio::{SocketIo, event, on};
//! use socketio_redis::Classic;
//!
//! #[on("hello")]
//! fn hello() {}
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = Classic::connect("redis://127.0.0.1:6379").await?;
//! let io = SocketIo::builder().discover().cluster(cluster).build()?;
//! io.cluster().ready().await?;
//! // the clients of all nodes
//! io.emit(event!("news"));
//! # Ok(())
//! # }
//! ```
//!
//! [`Classic`] is a full member of a cluster with `@socket.io/redis-adapter` 8, whose `createAdapter` uses the same channels.
//! [`Emitter`] emits from processes without clients. What every verb means across nodes: `socketio::guide::cluster`.
//!
//! Every address may be one of sentinels, `redis-sentinel://10.0.0.1,10.0.0.2,10.0.0.3/mymaster`: they are asked for the master each time
//! that a connection is made. With a user, a password and a database: `redis-sentinel://user:password@10.0.0.1:26379/mymaster/0`, which are
//! those of the master; those of the sentinels are `?sentinel_user=..&sentinel_password=..`. `rediss-sentinel://` is TLS to all of them.
//!
//! The feature `tls`, off by default, is for addresses with `rediss://`. Trusted are the certificates of the system, or
//! those that `Options::root_certificates` names.

#[macro_use]
mod delegate;
mod classic;
mod dialect;
mod driver;
mod emitter;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
mod link;
mod members;
mod options;
mod queue;
mod sentinels;
mod server;
mod sharded;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod wire;

pub use self::{
    classic::Classic,
    emitter::{Emitter, EmitterError},
    link::ConnectError,
    options::Options,
    sharded::Sharded,
    streams::Streams,
};
