//! A client of a test.

use std::{collections::VecDeque, fmt, panic::Location, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use super::{
    Connecting, MOMENT, Refusal,
    heard::{Ended, Event as HeardEvent, Heard, Reply as Accepted},
    task::{Line, Wish},
};
use crate::{
    Message, Socket,
    connection::Frame,
    emit::{Content, Fire},
    encode::{Arguments, Encoded, Head},
    error::ClientError,
    event::{Acknowledged, Event, Payload},
    handler::Body,
    namespace::Target,
    proto::frame,
    service::WebSocketService,
    socket,
    wire::Wire,
};

/// A client in memory: made by a [`TestServer`](super::TestServer).
///
/// It is a task that reads and answers heartbeats by itself. What comes is kept in order, up to 4096 events, until
/// the test expects it. Dropped, the connection breaks.
///
/// Each method that expects something fails the test if something else comes, or if nothing comes within a
/// [minute](super::Connecting::patience): with what came instead, and the last ten frames.
pub struct TestClient {
    pub(super) with: Connecting,
    /// `None`: a client of Socket.IO.
    pub(super) plain: Option<WebSocketService>,
    pub(super) line: Line,
    pub(super) number: u64,
    /// What came while an answer was awaited.
    pub(super) kept: VecDeque<Heard>,
    last_id: u64,
    pub(super) accepted: Option<Accepted>,
    pub(super) offset: Option<String>,
    pub(super) recovered: bool,
    pub(super) ended: Option<Ended>,
}

impl TestClient {
    pub(super) async fn connect(with: Connecting) -> Result<Self, Refusal> {
        assert!(
            with.io.hub().config().packet_wire() == Wire::Packet,
            "the clients of the test kit speak the parser of JSON: leave `Config::parser` out for tests"
        );
        let mut client = Self::open(with, None).await;
        client.join(None).await?;
        Ok(client)
    }

    pub(super) async fn plain(with: Connecting, service: WebSocketService) -> Result<Self, Refusal> {
        let mut client = Self::open(with, Some(service)).await;
        client.admitted().await?;
        Ok(client)
    }

    async fn open(with: Connecting, plain: Option<WebSocketService>) -> Self {
        let (pipe, number) = with.open(plain.as_ref());
        let line = Line::open(pipe, plain.is_some()).await;
        Self {
            with,
            plain,
            line,
            number,
            kept: VecDeque::new(),
            last_id: 0,
            accepted: None,
            offset: None,
            recovered: false,
            ended: None,
        }
    }

    /// Sends CONNECT, and waits for the decision.
    pub(super) async fn join(&mut self, back: Option<(String, Option<String>)>) -> Result<(), Refusal> {
        let mut auth = self.with.auth.clone();
        if let Some((pid, offset)) = back
            && let Value::Object(entries) = auth.get_or_insert_with(|| Value::Object(serde_json::Map::new()))
        {
            entries.insert("pid".to_owned(), pid.into());
            entries.extend(offset.map(|offset| ("offset".to_owned(), offset.into())));
        }
        let namespace = match &*self.with.namespace {
            "/" => String::new(),
            namespace => format!("{namespace},"),
        };
        let auth = auth.map(|auth| auth.to_string()).unwrap_or_default();
        self.line.wish(Wish::Send(WsMessage::text(format!("40{namespace}{auth}")))).await;
        loop {
            // not `next`, which would give what is kept here again
            match self.hear().await {
                Some(Heard::Accepted(reply)) => {
                    self.accepted = Some(reply);
                    return Ok(());
                }
                Some(Heard::Refused(refusal)) => return Err(refusal),
                // what a client has missed comes before the reply
                Some(Heard::Event(event)) => self.kept.push_back(Heard::Event(event)),
                Some(other) => panic!("the server did not decide: {other}{}", self.line.trace()),
                None => panic!("the server did not decide in time{}", self.line.trace()),
            }
        }
    }

    /// Waits until the socket of a plain connection is accepted: its wire has no word for that.
    pub(super) async fn admitted(&mut self) -> Result<(), Refusal> {
        let deadline = Instant::now() + self.with.patience;
        loop {
            if self.socket().is_some() {
                return Ok(());
            }
            match self.line.heard.try_recv() {
                Ok(Heard::Refused(refusal)) => return Err(refusal),
                // in `messages` mode a refusal is only a close frame
                Ok(Heard::Ended(Ended::Closed { reason, .. })) => {
                    return Err(Refusal { code: None, message: reason, data: None });
                }
                Ok(other) => self.kept.push_back(other),
                Err(_) if Instant::now() < deadline => sleep(MOMENT).await,
                Err(_) => panic!("the server did not decide in time{}", self.line.trace()),
            }
        }
    }

    /// The socket's id, as a Socket.IO client knows it.
    pub fn id(&self) -> Option<&str> {
        self.accepted.as_ref().map(|reply| &*reply.sid)
    }

    /// The server's half of this socket, as long as it lives.
    pub fn socket(&self) -> Option<Socket> {
        let namespace = match &self.plain {
            None => self.with.io.hub().namespaces().get(&self.with.namespace)?,
            Some(service) => service.home().clone(),
        };
        let sockets = namespace.sockets(&Target::default());
        sockets.into_iter().find(|socket| socket.core().link.number == self.number)
    }

    /// Has the server given the client its socket back, at the last [`reconnect`](Self::reconnect)?
    pub fn is_recovered(&self) -> bool {
        self.recovered
    }

    /// Emits an event that clients may send: `&MyEvent { .. }`, [`event!`](crate::event!)`("name", ..)`, or a
    /// [`Dynamic`](crate::emit::Dynamic) event. Nothing is said if the connection is over.
    ///
    /// # Panics
    /// If it cannot be encoded.
    pub async fn emit(&mut self, event: impl Fire) {
        let messages = self.encode(&event, None);
        self.send_all(messages).await;
    }

    /// Emits an event and waits for its acknowledgement, which may be an error. Events that come meanwhile are kept.
    ///
    /// # Errors
    /// If the server answers with an error.
    ///
    /// # Panics
    /// If no answer comes, or one of another form.
    #[track_caller]
    pub fn ask<'c, E: Acknowledged + Arguments>(
        &'c mut self,
        event: &'c E,
    ) -> impl Future<Output = Result<E::Ack, ClientError>> + 'c
    where
        E::Ack: Payload + DeserializeOwned,
    {
        self.ask_named(event)
    }

    /// [`ask`](Self::ask) for an event without a type of its own: the caller says what the answer is.
    ///
    /// ```
    /// # async fn example(client: &mut socketio::test::TestClient) {
    /// use socketio::event;
    ///
    /// assert_eq!(client.ask_named(event!("add", 1, 2)).await, Ok(3));
    /// # }
    /// ```
    /// # Errors
    /// If the server answers with an error.
    ///
    /// # Panics
    /// If no answer comes, or one of another form.
    #[track_caller]
    pub fn ask_named<'c, T: Payload + DeserializeOwned>(
        &'c mut self,
        event: impl Fire + 'c,
    ) -> impl Future<Output = Result<T, ClientError>> + 'c {
        let at = Location::caller();
        async move {
            let (name, id) = (event.event().name.to_owned(), self.ask_later(event).await);
            let what = format!("an answer to {name:?}");
            match self.answer(id, &what, at).await {
                Err(error) => Err(error),
                Ok(body) => Ok(socket::decode(&body).unwrap_or_else(|error| {
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    self.fail(&what, &source.unwrap_or_else(|| error.to_string()), at)
                })),
            }
        }
    }

    /// Emits an event that asks for an acknowledgement, without waiting for it.
    async fn ask_later(&mut self, event: impl Fire) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let messages = self.encode(&event, Some(id));
        self.send_all(messages).await;
        id
    }

    async fn answer(&mut self, id: u64, what: &str, at: &Location<'_>) -> Result<Body, ClientError> {
        loop {
            match self.hear().await {
                Some(Heard::Ack { id: answered, answer }) if answered == id => return answer,
                Some(Heard::Ended(ended)) => return self.fail(what, &ended.to_string(), at),
                Some(other) => self.kept.push_back(other),
                None => return self.fail(what, "nothing came in time", at),
            }
        }
    }

    /// Sends a frame as it is: what clients of the plain wire send in `messages` mode.
    pub async fn send(&mut self, message: impl Into<Message>) {
        let message = message.into();
        let frame = match message.as_text() {
            Some(text) => WsMessage::text(text.to_owned()),
            None => WsMessage::binary(message.as_bytes().to_vec()),
        };
        self.send_all(vec![frame]).await;
    }

    /// The next thing that comes must be this event.
    ///
    /// # Panics
    /// If something else comes, nothing, or an event that does not have the form of the type.
    #[track_caller]
    pub fn expect<E: Event + DeserializeOwned>(&mut self) -> impl Future<Output = E> {
        self.expect_named(E::NAME)
    }

    /// The next thing that comes must be the event of this name. One argument is read as the value itself, several as
    /// a tuple.
    ///
    /// ```
    /// # async fn example(client: &mut socketio::test::TestClient) {
    /// let (x, y): (f64, f64) = client.expect_named("moved").await;
    /// # }
    /// ```
    /// # Panics
    /// As [`expect`](Self::expect).
    #[track_caller]
    pub fn expect_named<T: DeserializeOwned>(&mut self, name: &str) -> impl Future<Output = T> {
        let at = Location::caller();
        async move { self.expect_event(name, at).await.0 }
    }

    /// The next thing that comes must be a bare message: the plain wire's.
    ///
    /// # Panics
    /// If something else comes, or nothing.
    #[track_caller]
    pub fn expect_message(&mut self) -> impl Future<Output = Message> {
        let at = Location::caller();
        async move {
            match self.next().await {
                Some(Heard::Message(message)) => message,
                other => self.fail_with("a message", other, at),
            }
        }
    }

    /// Nothing may come any more. For a paused clock: everything is idle, and nothing has come.
    ///
    /// # Panics
    /// If something comes.
    #[track_caller]
    pub fn expect_nothing(&mut self) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move { self.nothing(MOMENT, at).await }
    }

    /// Nothing may come for this time.
    ///
    /// # Panics
    /// If something comes.
    #[track_caller]
    pub fn expect_nothing_for(&mut self, duration: Duration) -> impl Future<Output = ()> {
        let at = Location::caller();
        async move { self.nothing(duration, at).await }
    }

    async fn nothing(&mut self, duration: Duration, at: &Location<'_>) {
        let until = Instant::now() + duration;
        let heard = match self.kept.pop_front() {
            Some(heard) => Some(heard),
            None => timeout_at(until, self.hear()).await.ok().flatten(),
        };
        if let Some(heard) = heard {
            self.fail::<()>("nothing", &heard.to_string(), at);
        }
    }

    /// The socket must end next: returns how.
    ///
    /// # Panics
    /// If something else comes, or the socket does not end.
    #[track_caller]
    pub fn expect_disconnect(&mut self) -> impl Future<Output = Ended> {
        let at = Location::caller();
        async move {
            match self.next().await {
                Some(Heard::Ended(ended)) => ended,
                other => self.fail_with("the end", other, at),
            }
        }
    }

    pub(super) async fn expect_event<T: DeserializeOwned>(
        &mut self,
        name: &str,
        at: &Location<'_>,
    ) -> (T, Option<u64>) {
        let what = format!("the event {name:?}");
        match self.next().await {
            Some(Heard::Event(event)) if event.name == name => {
                let surplus = usize::from(self.logs() && event.offset().is_some());
                match event.read(surplus) {
                    Ok(read) => (read, event.id),
                    Err(error) => self.fail(&what, &format!("it came, but is not of the type: {error}"), at),
                }
            }
            other => self.fail_with(&what, other, at),
        }
    }

    /// Does the server put offsets after the arguments of its events?
    fn logs(&self) -> bool {
        self.accepted.as_ref().is_some_and(|reply| reply.pid.is_some())
    }

    /// The next thing that came, or comes.
    async fn next(&mut self) -> Option<Heard> {
        match self.kept.pop_front() {
            Some(kept) => Some(kept),
            None => self.hear().await,
        }
    }

    /// The next thing that comes. `None`: nothing does in time.
    async fn hear(&mut self) -> Option<Heard> {
        let deadline = Instant::now() + self.with.patience;
        let heard = match timeout_at(deadline, self.line.heard.recv()).await {
            Err(_) => return None,
            // the task has ended, and has said so before
            Ok(None) => Heard::Ended(self.ended.clone().unwrap_or(Ended::Lost)),
            Ok(Some(heard)) => heard,
        };
        match &heard {
            Heard::Event(event) if self.logs() => self.note_offset(event),
            Heard::Ended(ended) => self.ended = Some(ended.clone()),
            _ => {}
        }
        Some(heard)
    }

    fn note_offset(&mut self, event: &HeardEvent) {
        if let Some(offset) = event.offset() {
            self.offset = Some(offset);
        }
    }

    pub(super) fn head(&self, ack: Option<u64>) -> Head<'_> {
        let wire = if self.plain.is_some() { Wire::Bus } else { Wire::Packet };
        Head { wire, namespace: &self.with.namespace, ack, open: false }
    }

    fn encode(&self, event: &impl Fire, ack: Option<u64>) -> Vec<WsMessage> {
        let fired = event.event();
        let content = Content::event(fired.name, fired.args);
        match content.encode(self.head(ack), messages) {
            Ok(messages) => messages,
            Err(error) => panic!("the event {:?} cannot be encoded: {error}", fired.name),
        }
    }

    pub(super) async fn send_all(&mut self, messages: Vec<WsMessage>) {
        for message in messages {
            self.line.wish(Wish::Send(message)).await;
        }
    }

    fn fail_with<T>(&self, expected: &str, heard: Option<Heard>, at: &Location<'_>) -> T {
        let instead = heard.map_or_else(|| "nothing came in time".to_owned(), |heard| heard.to_string());
        self.fail(expected, &instead, at)
    }

    pub(super) fn fail<T>(&self, expected: &str, instead: &str, at: &Location<'_>) -> T {
        panic!("{at}: expected {expected}, but {instead}{}", self.line.trace())
    }
}

/// The frames of a packet as messages of a WebSocket.
pub(super) fn messages(encoded: Encoded<'_>) -> Vec<WsMessage> {
    let bytes = encoded.with_frame(|frame: Frame<'_>| frame.to_bytes());
    let (mut rest, mut messages) = (&bytes[..], vec![]);
    while let Some((first, payload, after)) = frame::split_first(rest) {
        rest = after;
        messages.push(match std::str::from_utf8(payload) {
            Ok(text) if first == frame::TEXT => WsMessage::text(text.to_owned()),
            _ => WsMessage::binary(payload.to_vec()),
        });
    }
    messages
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient")
            .field("namespace", &self.with.namespace)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
