//! Tests without a network (feature `test`): clients in memory, on a clock that can be paused.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use socketio::{Event, Payload, Socket, SocketIo, on, test::TestServer};
//!
//! #[derive(Serialize, Deserialize, Event)]
//! #[event("chat:send", from = client, ack = Receipt)]
//! struct SendMessage {
//!     text: String,
//! }
//!
//! #[derive(Serialize, Deserialize, Payload)]
//! struct Receipt {
//!     length: usize,
//! }
//!
//! #[derive(Serialize, Deserialize, Event)]
//! #[event("chat:message", from = server)]
//! struct Message {
//!     text: String,
//! }
//!
//! #[on(SendMessage)]
//! fn send(SendMessage { text }: SendMessage, socket: &Socket) -> Receipt {
//!     let length = text.len();
//!     socket.broadcast().emit(&Message { text });
//!     Receipt { length }
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)] // in your program: #[tokio::test(start_paused = true)]
//! async fn main() {
//!     // all tests of a program share its handlers: each module takes its own
//!     let io = SocketIo::builder().discover_in(module_path!()).build().unwrap();
//!     let server = TestServer::new(io);
//!     let mut anna = server.connect().await.unwrap();
//!     let mut ben = server.connect().await.unwrap();
//!
//!     let receipt = anna.ask(&SendMessage { text: "hi".into() }).await.unwrap();
//!     assert_eq!(receipt.length, 2);
//!     assert_eq!(ben.expect::<Message>().await.text, "hi");
//!     anna.expect_nothing().await;
//! }
//! ```
//!
//! # Time
//!
//! With a paused clock (`start_paused = true`) the time of the runtime jumps to the next timer whenever nothing else is to be
//! done: an hour takes milliseconds, and "nothing more comes" is a fact and not a guess. The clients are tasks that answer
//! heartbeats by themselves, so that an idle one is not lost while time jumps. Without a paused clock everything works as
//! well, at the pace of the wall; [`expect_nothing_for`](TestClient::expect_nothing_for) is then to be used.
//!
//! # Events
//!
//! An event that only the server sends need not be `Deserialize` for the server: it has to be for
//! [`expect`](TestClient::expect). Derive it for tests alone with `#[cfg_attr(test, derive(Deserialize))]`, or take the
//! event [by name](TestClient::expect_named).

mod asked;
mod client;
mod faults;
mod heard;
mod task;

use std::{fmt, net::SocketAddr, time::Duration};

use axum::extract::ConnectInfo;
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{DuplexStream, duplex},
    time::sleep,
};

pub use self::{asked::Reply, client::TestClient, heard::Ended};
use crate::{
    SocketIo,
    connection::{Carrier, Stream},
    peer::Source,
    service::WebSocketService,
    session::Session,
};

/// A server whose clients are in memory: see the [module](self).
#[derive(Debug, Clone)]
pub struct TestServer {
    io: SocketIo,
}

impl TestServer {
    /// Any server that was built: nothing in it needs to know that it is tested.
    pub fn new(io: SocketIo) -> Self {
        Self { io }
    }

    /// The server: for what its own program does with it.
    pub fn io(&self) -> &SocketIo {
        &self.io
    }

    /// A client that is still to say what it connects with.
    pub fn client(&self) -> Connecting {
        Connecting {
            io: self.io.clone(),
            namespace: "/".to_owned(),
            auth: None,
            query: String::new(),
            headers: vec![],
            address: None,
            patience: PATIENCE,
        }
    }

    /// Connects a Socket.IO client to the namespace `/`.
    ///
    /// # Errors
    /// If the server refuses it.
    pub async fn connect(&self) -> Result<TestClient, Refusal> {
        self.client().connect().await
    }

    /// Connects a Socket.IO client to the namespace `/`, with this `auth`.
    ///
    /// # Errors
    /// If the server refuses it.
    ///
    /// # Panics
    /// If `auth` cannot be represented as JSON.
    pub async fn connect_with<A: Serialize + ?Sized>(&self, auth: &A) -> Result<TestClient, Refusal> {
        self.client().auth(auth).connect().await
    }

    /// Connects a Socket.IO client to a namespace.
    ///
    /// # Errors
    /// If the server refuses it.
    pub async fn connect_at(&self, namespace: &str) -> Result<TestClient, Refusal> {
        self.client().namespace(namespace).connect().await
    }

    /// Connects a client of the plain wire, in `events` mode.
    ///
    /// # Errors
    /// If the server refuses it.
    pub async fn plain(&self) -> Result<TestClient, Refusal> {
        self.client().plain().await
    }

    /// Lets this much time pass. With a paused clock that takes none, and everything that is due meanwhile
    /// happens in its order, heartbeats included.
    pub async fn advance(&self, duration: Duration) {
        sleep(duration).await;
    }

    /// Waits until nothing is left to be done, on a paused clock: every handler is through or waits for time to pass.
    ///
    /// It lets a millisecond pass, which a paused clock does when all tasks wait.
    pub async fn idle(&self) {
        sleep(MOMENT).await;
    }
}

/// A client that is about to connect; made by [`TestServer::client`].
///
/// ```
/// # use socketio::test::{Refusal, TestServer};
/// # async fn example(server: &TestServer) -> Result<(), Refusal> {
/// use serde_json::json;
///
/// let mut admin = server
///     .client()
///     .namespace("/admin")
///     .auth(&json!({ "token": "secret" }))
///     .header("user-agent", "test")
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is connected before `connect()` or `plain()`"]
pub struct Connecting {
    io: SocketIo,
    namespace: String,
    auth: Option<Value>,
    query: String,
    headers: Vec<(String, String)>,
    address: Option<SocketAddr>,
    patience: Duration,
}

impl Connecting {
    /// The namespace, instead of `/`.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// The `auth` of a Socket.IO client; for a client of the plain wire, the same goes into [`query`](Self::query).
    ///
    /// # Panics
    /// If it cannot be represented as JSON.
    pub fn auth<A: Serialize + ?Sized>(mut self, auth: &A) -> Self {
        self.auth = match serde_json::to_value(auth) {
            Ok(Value::Null) => None,
            Ok(auth) => Some(auth),
            Err(error) => panic!("the auth cannot be represented as JSON: {error}"),
        };
        self
    }

    /// More of the request's query: `token=secret&room=7`.
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    /// A header of the request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The address that the request comes from.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// How long the client waits for what is expected, before the test fails: a minute, unless this says otherwise.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Connects over Socket.IO, and waits for the server's decision.
    ///
    /// # Errors
    /// If the server refuses.
    ///
    /// # Panics
    /// If the server takes no more connections, speaks the MessagePack parser, or does not decide.
    pub async fn connect(self) -> Result<TestClient, Refusal> {
        TestClient::connect(self).await
    }

    /// Connects over the plain wire, in `events` mode.
    ///
    /// # Errors
    /// If the server refuses.
    ///
    /// # Panics
    /// As [`connect`](Self::connect).
    pub async fn plain(self) -> Result<TestClient, Refusal> {
        let service = self.io.websocket().namespace(&self.namespace);
        self.plain_at(&service).await
    }

    /// Connects to this service, as it is set up: its mode, its namespace, its `on_upgrade`.
    ///
    /// # Errors
    /// If the server refuses.
    ///
    /// # Panics
    /// As [`connect`](Self::connect).
    pub async fn plain_at(self, service: &WebSocketService) -> Result<TestClient, Refusal> {
        TestClient::plain(self, service.clone()).await
    }

    /// Connects over Socket.IO where the server is to refuse: returns why it did.
    ///
    /// # Panics
    /// If it does not refuse.
    #[track_caller]
    pub fn refused(self) -> impl Future<Output = Refusal> {
        let expected = std::panic::Location::caller();
        async move {
            match self.connect().await {
                Err(refusal) => refusal,
                Ok(client) => {
                    panic!("the client was accepted, as {:?} (expected at {expected})", client.id())
                }
            }
        }
    }

    /// The client's end of a new connection, and the connection's number.
    fn open(&self, service: Option<&WebSocketService>) -> (DuplexStream, u64) {
        let (ours, theirs) = duplex(PIPE);
        let hub = self.io.hub();
        let seat = match hub.seat(Source::default()) {
            Ok(seat) => seat,
            Err(reason) => panic!("the server takes no connection: {reason:?}"),
        };
        let number = seat.number;
        let opening = match service {
            None => self.io.service().opening(
                seat,
                &self.parts("/socket.io/?EIO=4&transport=websocket", '&'),
                Carrier::WebSocket,
            ),
            Some(service) => service.opening(seat, self.parts("/ws", '?')),
        };
        hub.spawn(Session::over_websocket(opening, Stream::Other(Box::new(theirs)), vec![]));
        (ours, number)
    }

    fn parts(&self, path: &str, separator: char) -> Parts {
        let uri =
            if self.query.is_empty() { path.to_owned() } else { format!("{path}{separator}{}", self.query) };
        let mut request = http::Request::get(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(address) = self.address {
            request = request.extension(ConnectInfo(address));
        }
        match request.body(()) {
            Ok(request) => request.into_parts().0,
            Err(error) => panic!("query or header cannot be sent: {error}"),
        }
    }
}

/// The server refused a client: what the client receives.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The code for programs. `None`: the namespace does not exist.
    pub code: Option<String>,
    /// The message for people.
    pub message: String,
    /// The details, if any.
    pub data: Option<Value>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "refused ({code}): {}", self.message),
            None => write!(f, "refused: {}", self.message),
        }
    }
}

impl std::error::Error for Refusal {}

/// What is expected comes within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// On a paused clock it passes when all tasks wait.
const MOMENT: Duration = Duration::from_millis(1);

/// The bytes that are under way in each direction, as in the buffers of a TCP connection.
const PIPE: usize = 64 * 1024;
