//! The classic adapter: PUBLISH and PSUBSCRIBE.

use crate::{
    dialect::{Adapter, Dialect},
    driver::Driver,
    link::ConnectError,
    options::Options,
};

/// A node of a cluster with `@socket.io/redis-adapter` 8 (`createAdapter`), through PUBLISH and PSUBSCRIBE.
///
/// ```no_run
/// use socketio::SocketIo;
/// use socketio_redis::Classic;
///
/// # #[socketio::on("hello")] fn hello() {}
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = Classic::connect("redis://127.0.0.1:6379").await?;
/// let io = SocketIo::builder().discover().cluster(cluster).build()?;
/// io.cluster().ready().await?;
/// # Ok(())
/// # }
/// ```
pub struct Classic(Driver);

impl Classic {
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
        let adapter = Adapter::Classic;
        let dialect = Dialect { prefix: options.prefix.clone(), adapter };
        Driver::connect(address, dialect, &options).await.map(Self)
    }
}

impl std::fmt::Debug for Classic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classic").field("uid", &self.0.uid()).finish_non_exhaustive()
    }
}

delegate!(Classic);
