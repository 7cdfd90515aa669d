//! The sharded adapter: SPUBLISH and SSUBSCRIBE.

use crate::{
    dialect::{Adapter, Dialect},
    driver::Driver,
    link::ConnectError,
    options::Options,
};

/// A node of a cluster with `@socket.io/redis-adapter` 8 (`createShardedAdapter`), through SPUBLISH and SSUBSCRIBE: Redis 7.
///
/// It listens to the channel of each room that has members here, as nodes in the mode `dynamic` do.
/// [`Options::static_channels`] changes what it publishes.
///
/// ```no_run
/// use socketio::SocketIo;
/// use socketio_redis::Sharded;
///
/// # #[socketio::on("hello")] fn hello() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Sharded::connect("redis://127.0.0.1:6379").await?;
/// let io = SocketIo::builder().discover().cluster(cluster).build()?;
/// io.cluster().ready().await?;
/// # Ok(())
/// # }
/// ```
pub struct Sharded(Driver);

impl Sharded {
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
        let adapter = Adapter::Sharded { is_static: options.static_channels };
        let dialect = Dialect { prefix: options.prefix.clone(), adapter };
        Driver::connect(address, dialect, &options).await.map(Self)
    }
}

impl std::fmt::Debug for Sharded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sharded").field("uid", &self.0.uid()).finish_non_exhaustive()
    }
}

delegate!(Sharded);
