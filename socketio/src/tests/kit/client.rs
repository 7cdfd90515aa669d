//! Clients without a network: two ends of a pipe in memory, so that time can be paused.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message as WsMessage, protocol::Role},
};

use crate::{
    SocketIo,
    connection::{Carrier, Stream},
    peer::Source,
    service::WebSocketService,
    session::Session,
};

/// What the server sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Got {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong(Vec<u8>),
    Close(u16, String),
    End,
}

/// A client of the plain wire, or of Socket.IO over WebSocket.
pub(crate) struct TestClient {
    ws: WebSocketStream<DuplexStream>,
    last_id: u64,
}

impl TestClient {
    /// Connects to a plain endpoint.
    pub(crate) async fn plain(service: &WebSocketService) -> Self {
        Self::plain_at(service, "/ws").await
    }

    pub(crate) async fn plain_at(service: &WebSocketService, uri: &str) -> Self {
        Self::over(plain_pipe(service, uri, 64 * 1024)).await
    }

    pub(crate) async fn over(pipe: DuplexStream) -> Self {
        Self { ws: WebSocketStream::from_raw_socket(pipe, Role::Client, None).await, last_id: 0 }
    }

    /// Connects to Socket.IO and reads the first packet.
    pub(crate) async fn packets(io: &SocketIo) -> Self {
        Self::packets_at(io, "").await
    }

    /// The same, with more in the query.
    pub(crate) async fn packets_at(io: &SocketIo, query: &str) -> Self {
        let mut client = Self::over(packets_pipe(io, query)).await;
        let open = client.text().await;
        assert!(open.starts_with("0{\"sid\":"), "{open}");
        client
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.ws.send(WsMessage::text(text.into())).await.expect("the connection is open");
    }

    pub(crate) async fn send_raw(&mut self, message: WsMessage) {
        self.ws.send(message).await.expect("the connection is open");
    }

    /// `false`: the connection is over.
    pub(crate) async fn try_send(&mut self, message: WsMessage) -> bool {
        self.ws.send(message).await.is_ok()
    }

    /// Sends an envelope with one argument.
    pub(crate) async fn emit(&mut self, event: &str, data: Value) {
        self.send(json!({ "event": event, "data": data }).to_string()).await;
    }

    /// Sends an envelope and waits for its answer, which must be the next text.
    pub(crate) async fn ask(&mut self, event: &str, data: Value) -> Value {
        self.last_id += 1;
        self.send(json!({ "event": event, "data": data, "id": self.last_id }).to_string()).await;
        let answer: Value = serde_json::from_str(&self.text().await).expect("JSON");
        assert_eq!(answer["ack"], self.last_id, "{answer}");
        answer
    }

    /// The next frame. Virtual time passes while it is waited for.
    pub(crate) async fn next(&mut self) -> Got {
        let next = timeout(Duration::from_secs(3600), self.ws.next()).await.expect("within an hour");
        match next {
            None | Some(Err(_)) => Got::End,
            Some(Ok(WsMessage::Text(text))) => Got::Text(text.to_string()),
            Some(Ok(WsMessage::Binary(bytes))) => Got::Binary(bytes.to_vec()),
            Some(Ok(WsMessage::Ping(_))) => Got::Ping,
            Some(Ok(WsMessage::Pong(payload))) => Got::Pong(payload.to_vec()),
            Some(Ok(WsMessage::Close(frame))) => {
                // 1005: no code
                frame.map_or(Got::Close(1005, String::new()), |frame| {
                    Got::Close(frame.code.into(), frame.reason.to_string())
                })
            }
            Some(Ok(WsMessage::Frame(_))) => unreachable!("raw frames are not asked for"),
        }
    }

    /// The next text; pings are answered in between.
    pub(crate) async fn text(&mut self) -> String {
        let text = async {
            loop {
                match self.next().await {
                    Got::Text(text) => return text,
                    Got::Ping => {}
                    other => panic!("expected a text, got {other:?}"),
                }
            }
        };
        timeout(Duration::from_secs(3600), text).await.expect("a text within an hour")
    }

    /// The next text as JSON.
    pub(crate) async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Reads on until the connection ends; returns the close frame.
    pub(crate) async fn closed(&mut self) -> Option<(u16, String)> {
        let mut close = None;
        loop {
            match self.next().await {
                Got::Close(code, reason) => close = Some((code, reason)),
                Got::End => return close,
                _ => {}
            }
        }
    }

    /// Closes in an orderly way.
    pub(crate) async fn close(mut self) {
        self.ws.close(None).await.expect("open");
        self.closed().await;
    }

    /// Breaks the connection.
    pub(crate) fn cut(self) {
        drop(self);
    }
}

/// The client's end of a plain connection, without any client: for bytes that no library sends.
pub(crate) fn plain_pipe(service: &WebSocketService, uri: &str, capacity: usize) -> DuplexStream {
    let hub = service.hub();
    unpacked(hub, plain_pipe_of(service, offering(hub, parts(uri)), capacity), capacity)
}

fn plain_pipe_of(service: &WebSocketService, parts: http::request::Parts, capacity: usize) -> DuplexStream {
    let (ours, theirs) = duplex(capacity);
    let seat = service.hub().seat(Source::default()).expect("a seat");
    let opening = service.opening(seat, parts);
    service.hub().spawn(Session::over_websocket(opening, Stream::Other(Box::new(theirs)), vec![]));
    ours
}

/// The client's end of a Socket.IO connection over WebSocket, without any client.
pub(crate) fn packets_pipe(io: &SocketIo, query: &str) -> DuplexStream {
    let (hub, parts) = (io.hub(), parts(&packets_uri(query)));
    if query.contains("b64=1") {
        // nothing is compressed for it
        return packets_pipe_of(io, &parts);
    }
    unpacked(hub, packets_pipe_of(io, &offering(hub, parts)), 64 * 1024)
}

/// The same for a client of Engine.IO 3.
pub(crate) fn v3_pipe(io: &SocketIo, query: &str) -> DuplexStream {
    packets_pipe_of(io, &parts(&format!("/socket.io/?EIO=3&transport=websocket{query}")))
}

fn packets_uri(query: &str) -> String {
    format!("/socket.io/?EIO=4&transport=websocket{query}")
}

fn packets_pipe_of(io: &SocketIo, parts: &http::request::Parts) -> DuplexStream {
    let (ours, theirs) = duplex(64 * 1024);
    let hub = io.hub();
    let seat = hub.seat(Source::default()).expect("a seat");
    let opening = io.service().opening(seat, parts, Carrier::WebSocket);
    hub.spawn(Session::over_websocket(opening, Stream::Other(Box::new(theirs)), vec![]));
    ours
}

fn parts(uri: &str) -> http::request::Parts {
    http::Request::get(uri).header("user-agent", "test").body(()).expect("a valid request").into_parts().0
}

#[cfg(feature = "deflate")]
use super::everywhere::{offering, unpacked};

#[cfg(not(feature = "deflate"))]
fn offering(_: &crate::hub::Hub, parts: http::request::Parts) -> http::request::Parts {
    parts
}

#[cfg(not(feature = "deflate"))]
fn unpacked(_: &crate::hub::Hub, pipe: DuplexStream, _: usize) -> DuplexStream {
    pipe
}

/// The client's end of a connection whose request has offered this extension.
#[cfg(feature = "deflate")]
pub(crate) fn offering_pipe(io: &SocketIo, wire: super::Wire, query: &str, offer: &str) -> DuplexStream {
    let with_offer = |uri: &str| {
        let mut parts = parts(uri);
        let offer = offer.parse().expect("a header's value");
        parts.headers.insert(http::header::SEC_WEBSOCKET_EXTENSIONS, offer);
        parts
    };
    match wire {
        super::Wire::Plain => plain_pipe_of(&io.websocket().messages(), with_offer("/ws"), 1024 * 1024),
        super::Wire::Packets => packets_pipe_of(io, &with_offer(&packets_uri(query))),
    }
}

/// A masked client frame.
pub(crate) fn client_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x1f, 0x2e, 0x3d, 0x4c];
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// Sends bytes, and returns the frames (first byte and payload) until the connection ends.
pub(crate) async fn exchange(mut pipe: DuplexStream, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    pipe.write_all(bytes).await.expect("open");
    let mut answer = vec![];
    timeout(Duration::from_secs(3600), pipe.read_to_end(&mut answer))
        .await
        .expect("within an hour")
        .expect("readable");
    let mut frames = vec![];
    let mut at = 0;
    while at < answer.len() {
        let len = crate::proto::frame::first_len(&answer[at..]).expect("whole frames");
        let header = if len < 128 { 2 } else { 4 };
        frames.push((answer[at], answer[at + header..at + len].to_vec()));
        at += len;
    }
    frames
}
