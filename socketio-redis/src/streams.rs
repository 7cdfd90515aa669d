//! The streams adapter: XADD and XREAD, and PUBLISH for what is asked.

use crate::{
    dialect::{Adapter, Dialect, Streams as Stream},
    driver::Driver,
    link::ConnectError,
    options::Options,
};

/// A node of a cluster with `@socket.io/redis-streams-adapter` 0.3, through a stream: Redis 6.2.
///
/// What is published while a node is away is there when it is back. With [recovery](socketio::Config::recovery) on, a client
/// recovers its socket on any node, and after a restart of all.
///
/// ```no_run
/// use socketio::SocketIo;
/// use socketio_redis::Streams;
///
/// # #[socketio::on("hello")] fn hello() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Streams::connect("redis://127.0.0.1:6379").await?;
/// let io = SocketIo::builder().discover().cluster(cluster).build()?;
/// io.cluster().ready().await?;
/// # Ok(())
/// # }
/// ```
pub struct Streams(Driver);

impl Streams {
    /// Connects to a server, and checks what can be checked: its address, its version, and that the user may do what is needed.
    ///
    /// # Errors
    /// If one of these is wrong, with what it is.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        Self::connect_with(address, Options::default()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(address: &str, options: Options) -> Result<Self, ConnectError> {
        let Options { prefix, stream: name, stream_count: count, max_len, sessions, .. } = options.clone();
        let adapter = Adapter::Streams(Stream { name, count, max_len, sessions });
        let dialect = Dialect { prefix, adapter };
        Driver::connect(address, dialect, &options).await.map(Self)
    }
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("uid", &self.0.uid()).finish_non_exhaustive()
    }
}

delegate!(Streams);
