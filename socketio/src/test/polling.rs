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

use super::TestClient;
use crate::{
    SocketIo,
    connection::{Mailbox, SessionRequest, Stream, Upgrade},
    http::SocketIoService,
    hub::Hub,
    socket::SessionId,
};

/// An answer that has come completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) headers: http::HeaderMap,
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
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    Answer { status: parts.status.as_u16(), body, headers: parts.headers }
}

/// A request to the path of Engine.IO.
pub(crate) fn request(method: &str, query: &str, body: impl Into<Body>) -> Request<Body> {
    let uri = format!("/socket.io/?{query}");
    Request::builder().method(method).uri(uri).body(body.into()).expect("a valid request")
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

    fn query(&self) -> String {
        format!("EIO=4&transport=polling&sid={}", self.sid)
    }

    /// A GET, answered within an hour of virtual time.
    pub(crate) async fn poll(&self) -> Answer {
        let answer = ask(&self.service, request("GET", &self.query(), ""));
        timeout(Duration::from_secs(3600), answer).await.expect("an answer within an hour")
    }

    /// A GET that is under way: it has reached the session when this returns.
    pub(crate) async fn start_poll(&self) -> JoinHandle<Answer> {
        let (service, query) = (self.service.clone(), self.query());
        let poll = tokio::spawn(async move { ask(&service, request("GET", &query, "")).await });
        settle().await;
        assert!(!poll.is_finished(), "the poll waits");
        poll
    }

    /// A POST.
    pub(crate) async fn push(&self, body: impl Into<Body>) -> Answer {
        ask(&self.service, request("POST", &self.query(), body)).await
    }

    /// A POST that is under way: its body is being read, or its packets wait, when this returns.
    pub(crate) async fn start_push(&self, body: impl Into<Body>) -> JoinHandle<Answer> {
        let (service, query, body) = (self.service.clone(), self.query(), body.into());
        let push = tokio::spawn(async move { ask(&service, request("POST", &query, body)).await });
        settle().await;
        assert!(!push.is_finished(), "the POST waits");
        push
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

    /// Is the session over?
    pub(crate) async fn assert_gone(&self) {
        let answer = self.poll().await;
        assert_eq!(answer.seen(), (400, r#"{"code":1,"message":"Session ID unknown"}"#));
        assert_eq!(answer.header(header::CONTENT_TYPE.as_str()), Some("application/json"));
        assert_eq!(StatusCode::BAD_REQUEST, answer.status);
    }

    /// A WebSocket to change over to, as the service hands it over.
    pub(crate) async fn try_websocket(&self) -> Option<TestClient> {
        Some(TestClient::over(self.try_pipe()?).await)
    }

    /// The same without any client: for bytes that no library writes at once.
    pub(crate) fn try_pipe(&self) -> Option<DuplexStream> {
        let mailbox = self.mailbox()?;
        if !mailbox.begin_upgrade() {
            return None;
        }
        let (ours, theirs) = duplex(64 * 1024);
        let upgrade = Upgrade { stream: Stream::Other(Box::new(theirs)), early: vec![], base64: false };
        assert!(mailbox.submit(SessionRequest::Upgrade(Box::new(upgrade))), "the session takes it");
        Some(ours)
    }
}

/// Lets every task go on until all of them wait.
pub(crate) async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
