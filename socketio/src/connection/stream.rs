//! The byte stream under a connection: under its WebSocket, or under its packets.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use super::{buffers, guarded::Guarded, place::Place};
use crate::observe;
use hyper::upgrade::Upgraded;
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A TCP connection where the server gives it to us, any other stream else.
pub(crate) enum Stream {
    Tcp {
        stream: TcpStream,
        /// Its place among the connections, if it was given one.
        _place: Option<Box<Place>>,
    },
    /// A stream of an HTTP/2 connection.
    Http2(Box<dyn Io>),
    Other(Box<dyn Io>),
}

pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Stream {
    /// Takes the stream out of an upgraded connection, with what was read of it already.
    pub(crate) fn of(upgraded: Upgraded) -> (Self, Vec<u8>) {
        // what was read is copied, because it may be a slice of hyper's whole head buffer
        let upgraded = match upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return (Self::tcp(parts.io.into_inner(), None), parts.read_buf.to_vec()),
            Err(upgraded) => upgraded,
        };
        // of our own `serve`: from here on the session watches
        match upgrade::downcast::<TokioIo<Guarded<TcpStream>>>(upgraded) {
            Ok(parts) => {
                let (stream, place) = parts.io.into_inner().into_parts();
                (Self::tcp(stream, place), parts.read_buf.to_vec())
            }
            // TLS, or a listener with a stream type of its own
            Err(upgraded) => (Self::Other(Box::new(TokioIo::new(upgraded))), vec![]),
        }
    }

    fn tcp(stream: TcpStream, place: Option<Box<Place>>) -> Self {
        // small writes that follow each other must not wait for the peer; axum leaves Nagle's algorithm on
        if let Err(error) = stream.set_nodelay(true) {
            observe::no_delay_refused(&error);
        }
        Self::Tcp { stream, _place: place }
    }

    /// The same, of a CONNECT over HTTP/2.
    pub(crate) fn of_http2(upgraded: Upgraded) -> (Self, Vec<u8>) {
        (Self::Http2(Box::new(TokioIo::new(upgraded))), vec![])
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp { stream, .. } => Pin::new(stream).poll_read(cx, buffer),
            Self::Http2(stream) | Self::Other(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }

    /// Reads and drops what the peer sends: how many bytes that were.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        buffers::with_scratch(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            self.poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
        })
    }

    /// Writes what the peer takes: never 0 bytes of something.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match self {
            Self::Tcp { stream, .. } => Pin::new(stream).poll_write(cx, bytes),
            // hyper takes a write as a whole, and keeps it until the peer's window opens: what we hand over has left the
            // outbox, and is seen by no limit
            Self::Http2(stream) => Pin::new(stream).poll_write(cx, &bytes[..bytes.len().min(AT_ONCE)]),
            Self::Other(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        match written {
            Poll::Ready(Ok(0)) if !bytes.is_empty() => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => written,
        }
    }

    /// A stream other than TCP may keep what was written (TLS does).
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp { .. } => Poll::Ready(Ok(())),
            Self::Http2(stream) | Self::Other(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    /// The stream is about to be dropped: what it keeps back goes out. For TCP, dropping is enough.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Tcp { .. } => Poll::Ready(()),
            Self::Http2(stream) | Self::Other(stream) => Pin::new(stream).poll_shutdown(cx).map(drop),
        }
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp { stream, .. } => Pin::new(stream).poll_shutdown(cx),
            Self::Http2(stream) | Self::Other(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// How much a stream of HTTP/2 gets in one write.
const AT_ONCE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::duplex;

    use super::*;

    /// A stream that takes all that it is given, as hyper's do.
    #[tokio::test]
    async fn a_stream_of_http2_gets_little_at_once() {
        let (ours, _theirs) = duplex(1024 * 1024);
        let mut stream = Stream::Http2(Box::new(ours));
        let bytes = vec![0; 500_000];
        let written = poll_fn(|cx| stream.poll_write(cx, &bytes)).await.expect("open");
        assert_eq!(written, AT_ONCE);
    }
}
