//! The server side of Socket.IO's [Admin UI](https://socket.io/docs/v4/admin-ui/) for [`socketio`].
//!
//! ```
//! use socketio::{SocketIo, on};
//! use socketio_admin::Admin;
//!
//! #[on("hello")]
//! fn hello() {}
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // of bcrypt: `htpasswd -nbBC 10 admin PASSWORD`, or `npx bcryptjs-cli hash PASSWORD`
//! let hash = "$2b$08$rM/ZyR72LZ/E0AUWfCmxL.q.5Bb4wF2uMW5yXqVx8P3BzjmSl2isO";
//! let io = SocketIo::builder().discover().plugin(Admin::with_user("admin", hash)?).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! It is the namespace `/admin`, to which the UI connects: the one at <https://admin.socket.io>, which has to be
//! [listed](socketio::Config::origins) as an origin, or the files of the npm package `@socket.io/admin-ui` (`ui/dist`), served
//! by the program itself. Linking this crate opens nothing: only [`plugin`](socketio::SocketIoBuilder::plugin) does.
//!
//! # Two modes
//!
//! In *production* mode, the default, the UI gets the numbers of each server every two seconds, and nothing of any client. In
//! *[development](Admin::development)* mode it shows sockets, rooms, the events of clients, and so everything that
//! they send, and what the server sends: its name, its size, to which socket or to which rooms and how many of their clients.
//!
//! # What an administrator can do
//!
//! Emit to sockets, make them join and leave rooms, disconnect them; not in [read-only](Admin::read_only) mode. In a
//! [cluster](socketio::cluster) all of it is for every node, and the UI shows each as a server of its own, if each has this
//! plugin.
//!
//! # What it costs, and its bounds
//!
//! Nothing runs while no administrator is connected; in development mode, each event passes one gate, and each emit one function. Otherwise one task
//! looks at the server every two seconds, in development mode every second, and asks the other nodes.
//!
//! | what | bound |
//! |---|---|
//! | administrators at once | 50 |
//! | log-ins that wait for their hash | 16, two at a time: hashing is slow on purpose |
//! | failed log-ins of an address | 5, then one each 12 seconds: [`rate_limited`](socketio::guide::errors) |
//! | addresses that are remembered for that | 1 000: those that failed longest ago are forgotten |
//! | sessions | 1 000, for a day each: the oldest ends |
//! | sockets shown of each node | 1 000: those whose connections are the oldest |
//! | of a socket | 50 rooms; 2 KiB of data; of its request the query and six harmless headers, cut off at 256 bytes each |
//! | events that wait to be shown, of each node | 1 000, of 2 KiB each: the oldest are given up |
//!
//! A slow administrator misses numbers and events, and is [disconnected](socketio::Config::stall_timeout) like any other
//! client that reads too slowly.

mod commands;
mod connecting;
mod login;
mod looking;
mod recent;
mod seen;
mod server;
mod task;

use std::sync::Arc;

use socketio::{ClientError, Plugin, SocketIoBuilder, handlers, middleware::Call};

pub use self::login::InvalidHash;
use self::{login::Login, server::Server, task::Shared};

/// The namespace that the UI connects to.
pub(crate) const NAMESPACE: &str = "/admin";

/// The plugin: give it to [`SocketIoBuilder::plugin`].
#[derive(Debug)]
#[must_use = "give it to `plugin(..)`"]
pub struct Admin {
    login: Login,
    development: bool,
    read_only: bool,
    server: Option<String>,
}

impl Admin {
    /// With one administrator, who logs in by name and password. `hash`: of the password, by bcrypt (`$2a$`, `$2b$`, `$2y$`).
    ///
    /// # Errors
    /// If it is not such a hash.
    pub fn with_user(name: impl Into<String>, hash: impl Into<String>) -> Result<Self, InvalidHash> {
        Ok(Self::new(Login::with_user(name.into(), hash.into())?))
    }

    /// Everybody who can reach the server is an administrator. For development on one's own machine: it is logged as a
    /// warning.
    pub fn without_authentication() -> Self {
        tracing::warn!("the admin UI is open to everybody: use it for development only");
        Self::new(Login::open())
    }

    fn new(login: Login) -> Self {
        Self { login, development: false, read_only: false, server: None }
    }

    /// Shows sockets, rooms and events of clients as well. Default: numbers only.
    pub fn development(mut self) -> Self {
        self.development = true;
        self
    }

    /// Administrators look, and change nothing.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// The name of this server in the UI. Default: the host's name and the process id, which differ between the nodes of a
    /// cluster, and a part that differs between the servers of a process.
    pub fn server_id(mut self, id: impl Into<String>) -> Self {
        self.server = Some(id.into());
        self
    }

    /// The header in which *your* proxy puts the client's address, for the limit of failed log-ins: of several addresses
    /// the last one counts. Only for a server that cannot be reached past that proxy.
    pub fn trust_header(mut self, name: impl Into<String>) -> Self {
        self.login.trust_header(name.into());
        self
    }
}

impl Plugin for Admin {
    fn install(self, builder: SocketIoBuilder) -> SocketIoBuilder {
        let Self { login, development, read_only, server } = self;
        let shared = Arc::new(Shared::new(login, Server::new(server), development, read_only));
        let builder = builder.state(shared.clone()).handlers(handlers![
            connecting::attach,
            connecting::detach,
            commands::emit,
            commands::join,
            commands::leave,
            commands::disconnect,
            looking::look
        ]);
        if !development {
            return builder;
        }
        let sent = shared.clone();
        builder.on_emit(move |emitted| sent.recent.note_sent(emitted)).gate(move |call: &Call| {
            shared.recent.note(call);
            Ok::<(), ClientError>(())
        })
    }
}
