//! A client of one HTTP/2 connection, without TLS.

use std::net::SocketAddr;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, Response, Version, header::HOST},
};
use hyper::{client::conn::http2, ext::Protocol, upgrade::Upgraded};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::{Client, soon};

/// One HTTP/2 connection: requests and WebSockets are its streams. Clones share it.
#[derive(Debug, Clone)]
pub struct Http2 {
    sender: http2::SendRequest<Body>,
    address: SocketAddr,
}

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

/// A WebSocket that is a stream of an HTTP/2 connection.
pub type Http2Client = Client<TokioIo<Upgraded>>;

impl Http2 {
    /// Connects. When this returns, the server's settings are known.
    ///
    /// # Panics
    /// If that fails, or the server does not announce extended CONNECT.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        let connected = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = connected.expect("HTTP/2");
        // ends with the last sender, or with the server
        tokio::spawn(async move { drop(connection.await) });
        let mut client = Self { sender, address };
        // an answer comes after the settings
        client.get("/", &[]).await;
        client
    }

    /// GET
    pub async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.request("GET", path, headers, Body::empty()).await
    }

    /// POST
    pub async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.request("POST", path, headers, Body::from(body.to_owned())).await
    }

    /// Opens a WebSocket, or gives the answer that is not 200.
    pub async fn websocket(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Http2Client, Answer> {
        let mut request = self.prepare("CONNECT", path, headers, Body::empty());
        request.headers_mut().insert("sec-websocket-version", "13".parse().expect("valid"));
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        let response = soon("an answer", self.sender.send_request(request)).await.expect("it answers");
        let mut response = response.map(Body::new);
        if response.status() != 200 {
            return Err(complete(response).await);
        }
        let connection_specific = ["connection", "upgrade", "sec-websocket-accept"];
        assert!(
            connection_specific.iter().all(|name| !response.headers().contains_key(*name)),
            "{response:?}"
        );
        let upgraded = hyper::upgrade::on(&mut response).await.expect("a stream");
        Ok(Client::over(TokioIo::new(upgraded), vec![]).await)
    }

    /// Opens a Socket.IO session over WebSocket, up to its CONNECT reply.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn packets(&mut self) -> Http2Client {
        let opened = self.websocket("/socket.io/?EIO=4&transport=websocket", &[]).await;
        let mut client = opened.unwrap_or_else(|answer| panic!("{answer:?}"));
        client.join().await;
        client
    }

    async fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let request = self.prepare(method, path, headers, body);
        let response = soon("an answer", self.sender.send_request(request)).await.expect("it answers");
        complete(response.map(Body::new)).await
    }

    fn prepare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .version(Version::HTTP_2)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a valid request");
        assert!(!request.headers().contains_key(HOST), "HTTP/2 has `:authority`");
        request
    }
}

async fn complete(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body: Bytes = soon("a body", to_bytes(body, usize::MAX)).await.expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("a text");
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}
