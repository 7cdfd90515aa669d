//! Peers that no library would be: bytes in, frames out.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::timeout,
};

use super::{client_frame, packets_pipe, plain_pipe};
use crate::{SocketIo, proto::frame};

/// Both wires run over the same frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire {
    Plain,
    Packets,
}

pub(crate) const WIRES: [Wire; 2] = [Wire::Plain, Wire::Packets];

impl Wire {
    /// A connection whose socket is accepted.
    pub(crate) async fn open(self, io: &SocketIo) -> Raw {
        match self {
            Self::Plain => Raw::over(plain_pipe(&io.websocket().messages(), "/ws", 64 * 1024)),
            Self::Packets => Raw::over(packets_pipe(io, "")).joined("40").await,
        }
    }

    /// The same for a client that offers this extension.
    #[cfg(feature = "deflate")]
    pub(crate) async fn open_offering(self, io: &SocketIo, offer: &str) -> Raw {
        let raw = Raw::over(super::client::offering_pipe(io, self, "", offer));
        match self {
            Self::Plain => raw,
            Self::Packets => raw.joined("40").await,
        }
    }

    /// A text message, as it stands in a frame.
    pub(crate) fn says(self, text: impl AsRef<[u8]>) -> Vec<u8> {
        match self {
            Self::Plain => text.as_ref().to_vec(),
            Self::Packets => [b"42[\"message\",\"", text.as_ref(), b"\"]"].concat(),
        }
    }

    /// A binary message, as the frames that carry it.
    pub(crate) fn binary(self, bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let binary = (0x82, bytes.to_vec());
        match self {
            Self::Plain => vec![binary],
            Self::Packets => {
                let packet = br#"451-["message",{"_placeholder":true,"num":0}]"#;
                vec![(0x81, packet.to_vec()), binary]
            }
        }
    }
}

/// No client at all: bytes in, frames out.
pub(crate) struct Raw {
    pub(crate) pipe: DuplexStream,
    read: Vec<u8>,
}

impl Raw {
    pub(crate) fn over(pipe: DuplexStream) -> Self {
        Self { pipe, read: vec![] }
    }

    /// A Socket.IO client that joins a namespace.
    pub(crate) async fn joined(mut self, connect: &str) -> Self {
        assert!(self.frame().await.is_some_and(|(_, open)| open.starts_with(b"0{\"sid\":")));
        self.send(&client_frame(0x1, connect.as_bytes())).await;
        assert!(self.frame().await.is_some_and(|(_, reply)| reply.starts_with(b"40{\"sid\":")));
        self
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.pipe.write_all(bytes).await.expect("the server reads");
    }

    /// The server's next frame: its first byte and its payload. `None`: the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((_, payload, rest)) = frame::split_first(&self.read) {
                assert_eq!(self.read[1] & 0x80, 0, "servers do not mask");
                let (frame, rest) = ((self.read[0], payload.to_vec()), rest.to_vec());
                self.read = rest;
                return Some(frame);
            }
            let more = timeout(Duration::from_secs(3600), self.pipe.read_buf(&mut self.read)).await;
            if more.expect("within an hour").expect("readable") == 0 {
                assert!(self.read.is_empty(), "half a frame: {:?}", self.read);
                return None;
            }
        }
    }

    /// All frames up to the end of the stream.
    pub(crate) async fn rest(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut frames = vec![];
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }
}

/// A client's frame with this first byte: the bits and the opcode.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let mut frame = client_frame(0x0, payload.as_ref());
    frame[0] = first;
    frame
}

pub(crate) fn close(code: u16, text: &[u8]) -> Vec<u8> {
    frame(0x88, [&code.to_be_bytes(), text].concat())
}
