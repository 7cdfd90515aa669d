//! A client that polls, without a network: it calls the service, as a server would.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use tokio::{
    io::{DuplexStream, duplex},
    task::JoinHandle,
    time::timeout,
};
use tower_service::Service;

use super::{Got, TestClient};
use crate::{
    SocketIo,
    connection::{Carrier, Framing, Mailbox, SessionRequest, Stream, Terms, Upgrade},
    http::SocketIoService,
    hub::Hub,
    proto::deflate::Agreement,
    socket::SessionId,
};

/// An answer that has come completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) headers: http::HeaderMap,
    /// How long the body was before it was inflated.
    #[cfg(feature = "deflate")]
    pub(crate) on_the_wire: usize,
}

impl Answer {
    /// Status and body.
    pub(crate) fn seen(&self) -> (u16, &str) {
        (self.status, &self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Asks the service as it is.
pub(crate) async fn ask(service: &SocketIoService, request: Request<Body>) -> Answer {
    let mut service = service.clone();
    let response: Response<Body> = match service.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body in memory");
    #[cfg(feature = "deflate")]
    let on_the_wire = body.len();
    #[cfg(feature = "deflate")]
    let body = if parts.headers.contains_key(header::CONTENT_ENCODING) {
        super::zip::gunzipped(&body).into()
    } else {
        body
    };
    let body =
        if parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream") {
            // bytes, as the characters of these numbers
            body.iter().map(|byte| char::from(*byte)).collect()
        } else {
            String::from_utf8(body.to_vec()).expect("UTF-8")
        };
    Answer {
        status: parts.status.as_u16(),
        body,
        headers: parts.headers,
        #[cfg(feature = "deflate")]
        on_the_wire,
    }
}

/// A request to the path of Engine.IO.
pub(crate) fn request(method: &str, query: &str, body: impl Into<Body>) -> Request<Body> {
    let uri = format!("/socket.io/?{query}");
    let request = Request::builder().method(method).uri(uri);
    #[cfg(feature = "deflate")]
    let request = match super::everywhere::is_on() {
        true => request.header(header::ACCEPT_ENCODING, "gzip"),
        false => request,
    };
    request.body(body.into()).expect("a valid request")
}

/// One session of a client that polls.
pub(crate) struct PollingClient {
    pub(crate) service: SocketIoService,
    pub(crate) sid: String,
    pub(crate) hub: Arc<Hub>,
}

impl PollingClient {
    /// Opens a session.
    pub(crate) async fn open(io: &SocketIo) -> Self {
        Self::open_at(io, io.service()).await
    }

    pub(crate) async fn open_at(io: &SocketIo, service: SocketIoService) -> Self {
        let answer = ask(&service, request("GET", "EIO=4&transport=polling", "")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let open: serde_json::Value = serde_json::from_str(&answer.body[1..]).expect("an open packet");
        let sid = open["sid"].as_str().expect("a session id").to_owned();
        Self { service, sid, hub: io.hub().clone() }
    }

    /// Opens a session and joins `/`.
    pub(crate) async fn join(io: &SocketIo) -> Self {
        let client = Self::open(io).await;
        assert_eq!(client.push("40").await.seen(), (200, "ok"));
        let reply = client.poll().await;
        assert!(reply.body.starts_with("40{\"sid\":"), "{reply:?}");
        client
    }

    /// The query of the session's requests.
    pub(crate) fn query(&self) -> String {
        format!("EIO=4&transport=polling&sid={}", self.sid)
    }

    /// A GET, answered within an hour of virtual time.
    pub(crate) async fn poll(&self) -> Answer {
        let answer = ask(&self.service, request("GET", &self.query(), ""));
        timeout(Duration::from_secs(3600), answer).await.expect("an answer within an hour")
    }

    /// A GET that is under way: it has reached the session when this returns.
    pub(crate) async fn start_poll(&self) -> Pending {
        self.start("GET", Body::empty()).await
    }

    /// A POST.
    pub(crate) async fn push(&self, body: impl Into<Body>) -> Answer {
        ask(&self.service, request("POST", &self.query(), body)).await
    }

    /// A POST that is under way: its body is being read, or its packets wait, when this returns.
    pub(crate) async fn start_push(&self, body: impl Into<Body>) -> Pending {
        self.start("POST", body.into()).await
    }

    async fn start(&self, method: &'static str, body: Body) -> Pending {
        let (service, query) = (self.service.clone(), self.query());
        let answer = tokio::spawn(async move { ask(&service, request(method, &query, body)).await });
        settle().await;
        assert!(!answer.is_finished(), "the {method} waits");
        Pending(answer)
    }

    /// A POST that is accepted, and the body of the GET after it.
    pub(crate) async fn exchange(&self, body: impl Into<Body>) -> String {
        assert_eq!(self.push(body).await.seen(), (200, "ok"));
        let answer = self.poll().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// A POST with a header.
    pub(crate) async fn push_with(&self, name: &'static str, value: &str, body: impl Into<Body>) -> Answer {
        let mut request = request("POST", &self.query(), body);
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
        ask(&self.service, request).await
    }

    pub(crate) async fn request(&self, method: &str) -> Answer {
        ask(&self.service, request(method, &self.query(), "")).await
    }

    /// What the server holds of the session.
    pub(crate) fn mailbox(&self) -> Option<Arc<Mailbox>> {
        self.hub.session(&SessionId::parse(&self.sid).expect("an id"))
    }

    /// What carries the session's packets. `None`: the session is over.
    pub(crate) fn carrier(&self) -> Option<Carrier> {
        self.mailbox().map(|mailbox| mailbox.carrier())
    }

    /// The session is over.
    pub(crate) async fn assert_gone(&self) {
        let answer = self.poll().await;
        assert_eq!(answer.seen(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
        assert_eq!(answer.header(header::CONTENT_TYPE.as_str()), Some("application/json"));
        assert_eq!(StatusCode::BAD_REQUEST, answer.status);
    }

    /// A WebSocket that has sent its probe, and read the answer.
    pub(crate) async fn probe(&self) -> TestClient {
        let mut websocket = self.try_websocket().await.expect("the only one");
        websocket.send("2probe").await;
        assert_eq!(websocket.next().await, Got::Text("3probe".to_owned()), "the first frame");
        websocket
    }

    /// A WebSocket that has taken over.
    pub(crate) async fn upgrade(&self) -> TestClient {
        let mut websocket = self.probe().await;
        websocket.send("5").await;
        settle().await;
        assert_eq!(self.carrier(), Some(Carrier::WebSocket));
        websocket
    }

    /// A WebSocket to change over to, as the service hands it over.
    pub(crate) async fn try_websocket(&self) -> Option<TestClient> {
        Some(TestClient::over(self.try_pipe()?).await)
    }

    /// The same without any client: for bytes that no library writes at once.
    pub(crate) fn try_pipe(&self) -> Option<DuplexStream> {
        #[cfg(feature = "deflate")]
        if super::everywhere::is_on_at(&self.hub) {
            let pipe = self.try_pipe_with(crate::proto::deflate::agree(["permessage-deflate"]))?;
            return Some(super::everywhere::unpacked(&self.hub, pipe, 64 * 1024));
        }
        self.try_pipe_with(None)
    }

    /// The same, if this was agreed on about compression.
    pub(crate) fn try_pipe_with(&self, deflate: Option<Agreement>) -> Option<DuplexStream> {
        let mailbox = self.mailbox()?;
        if !mailbox.begin_upgrade() {
            return None;
        }
        let (ours, theirs) = duplex(64 * 1024);
        let upgrade = Upgrade {
            stream: Stream::Other(Box::new(theirs)),
            early: vec![],
            framing: Framing::WebSocket(Terms { deflate, ..Terms::default() }),
        };
        assert!(mailbox.submit(SessionRequest::Upgrade(Box::new(upgrade))), "the session takes it");
        Some(ours)
    }
}

/// A request without an answer yet.
pub(crate) struct Pending(JoinHandle<Answer>);

impl Pending {
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    pub(crate) async fn answer(self) -> Answer {
        self.0.await.expect("no panic")
    }

    /// The client drops it.
    pub(crate) fn abort(self) {
        self.0.abort();
    }
}

/// Lets every task go on until all of them wait.
pub(crate) async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
