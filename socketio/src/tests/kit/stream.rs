//! A client of Engine.IO on a stream without frames, in memory. What it writes and reads, it writes and reads by itself.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

use crate::{SocketIo, error::StreamError};

/// A packet of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    Text(String),
    Binary(Vec<u8>),
}

/// The client's end of a stream.
pub(crate) struct StreamClient {
    pub(crate) pipe: DuplexStream,
}

impl StreamClient {
    /// Opens a connection, and reads the first packet.
    pub(crate) async fn open(io: &SocketIo) -> Self {
        let (mut client, opened) = Self::begin(io, parts(&[]), &packet(b"0"), 64 * 1024).await;
        assert_eq!(opened, Ok(()));
        let open = client.text().await;
        assert!(open.starts_with("0{\"sid\":") && open.contains("\"upgrades\":[]"), "{open}");
        client
    }

    /// Opens a connection, and joins `/`.
    pub(crate) async fn join(io: &SocketIo) -> Self {
        Self::open(io).await.joined().await
    }

    pub(crate) async fn joined(mut self) -> Self {
        self.send("40").await;
        let reply = self.text().await;
        assert!(reply.starts_with("40{\"sid\":"), "{reply}");
        self
    }

    /// What becomes of a stream that begins with these bytes.
    pub(crate) async fn begin(
        io: &SocketIo,
        parts: http::request::Parts,
        bytes: &[u8],
        capacity: usize,
    ) -> (Self, Result<(), StreamError>) {
        let (mut pipe, theirs) = duplex(capacity);
        pipe.write_all(bytes).await.expect("room for it");
        let opened = timeout(Duration::from_secs(3600), io.open_stream(parts, theirs)).await;
        (Self { pipe }, opened.expect("within an hour"))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.write(&packet(text.as_bytes())).await;
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.pipe.write_all(bytes).await.expect("the connection is open");
    }

    /// The server's next packet. `None`: it has ended its direction.
    pub(crate) async fn packet(&mut self) -> Option<Packet> {
        let read = timeout(Duration::from_secs(3600), self.read_packet());
        read.await.expect("within an hour")
    }

    async fn read_packet(&mut self) -> Option<Packet> {
        let first = self.pipe.read_u8().await.ok()?;
        let len = match first & 0x7f {
            126 => u64::from(self.pipe.read_u16().await.expect("a length")),
            127 => self.pipe.read_u64().await.expect("a length"),
            short => u64::from(short),
        };
        let mut payload = vec![0; len as usize];
        self.pipe.read_exact(&mut payload).await.expect("a whole packet");
        Some(match first & 0x80 {
            0 => Packet::Text(String::from_utf8(payload).expect("UTF-8")),
            _ => Packet::Binary(payload),
        })
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.packet().await {
            Some(Packet::Text(text)) => text,
            other => panic!("expected a text, got {other:?}"),
        }
    }
}

/// A text packet.
pub(crate) fn packet(payload: &[u8]) -> Vec<u8> {
    let mut packet = match payload.len() {
        len @ 0..126 => vec![len as u8],
        len @ 126..65_536 => [&[126][..], &(len as u16).to_be_bytes()].concat(),
        len => [&[127][..], &(len as u64).to_be_bytes()].concat(),
    };
    packet.extend_from_slice(payload);
    packet
}

/// A binary packet.
pub(crate) fn binary(payload: &[u8]) -> Vec<u8> {
    let mut packet = packet(payload);
    packet[0] |= 0x80;
    packet
}

/// The request that a stream belongs to.
pub(crate) fn parts(headers: &[(&'static str, &str)]) -> http::request::Parts {
    let mut request = http::Request::get("https://a.example/socket.io/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("valid").into_parts().0
}
