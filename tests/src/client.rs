//! A WebSocket client that knows nothing of the framework.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use crate::{
    request::{Response, request, upgrade},
    soon,
};

/// An open WebSocket. Reading has a time limit.
#[derive(Debug)]
pub struct Client<S = TcpStream>(WebSocketStream<S>);

impl Client {
    /// Opens a WebSocket.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        Self::of(request(address, upgrade(path, &[]).as_bytes()).await).await
    }

    /// Opens a Socket.IO session, up to its CONNECT reply.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn packets(address: SocketAddr) -> Self {
        let mut client = Self::open(address, "/socket.io/?EIO=4&transport=websocket").await;
        client.join().await;
        client
    }

    /// Continues after the response to the request.
    ///
    /// # Panics
    /// If the answer is not 101.
    pub async fn of(response: Response) -> Self {
        assert_eq!(response.status, 101, "{}", response.text());
        let Response { stream, rest, .. } = response;
        Self::over(stream, rest).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Over any stream, of which some was read already.
    pub async fn over(stream: S, read: Vec<u8>) -> Self {
        Self(WebSocketStream::from_partially_read(stream, read, Role::Client, None).await)
    }

    /// Socket.IO: from the opened connection to the CONNECT reply.
    ///
    /// # Panics
    /// If something else arrives.
    pub async fn join(&mut self) {
        let open = self.text().await;
        assert!(open.starts_with("0{\"sid\":"), "{open}");
        self.send("40").await;
        let reply = self.text().await;
        assert!(reply.starts_with("40{\"sid\":"), "{reply}");
    }

    /// Sends a text.
    pub async fn send(&mut self, text: &str) {
        self.send_frame(Message::text(text)).await;
    }

    /// Sends bytes.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.send_frame(Message::binary(bytes.to_vec())).await;
    }

    async fn send_frame(&mut self, frame: Message) {
        soon("sending", self.0.send(frame)).await.expect("it is open");
    }

    /// The next message, as text.
    ///
    /// # Panics
    /// If anything else arrives.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.as_str().to_owned(),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// The next message, as JSON.
    ///
    /// # Panics
    /// If anything else arrives.
    pub async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
    }

    /// The next message, as bytes.
    ///
    /// # Panics
    /// If anything else arrives.
    pub async fn binary(&mut self) -> Vec<u8> {
        match self.next().await {
            Some(Message::Binary(bytes)) => bytes.to_vec(),
            other => panic!("not binary: {other:?}"),
        }
    }

    /// The server's close frame: code and text. Nothing may come before it, and the stream ends after it.
    ///
    /// # Panics
    /// If anything else arrives.
    pub async fn closed(mut self) -> (u16, String) {
        let close = match self.next().await {
            Some(Message::Close(Some(close))) => (close.code.into(), close.reason.as_str().to_owned()),
            other => panic!("not a close frame: {other:?}"),
        };
        assert!(self.next().await.is_none(), "something after the close frame");
        close
    }

    /// Closes in an orderly way, and waits for the end.
    pub async fn close(mut self) {
        soon("closing", self.0.close(None)).await.expect("it is open");
        while self.next().await.is_some() {}
    }

    /// The next text, however long it takes; `None`: the connection is over.
    pub async fn next_text(&mut self) -> Option<String> {
        while let Some(Ok(message)) = self.0.next().await {
            if let Message::Text(text) = message {
                return Some(text.as_str().to_owned());
            }
        }
        None
    }

    async fn next(&mut self) -> Option<Message> {
        soon("a message", self.0.next()).await.map(|message| message.expect("no error"))
    }
}
