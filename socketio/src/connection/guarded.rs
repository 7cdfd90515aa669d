//! A stream that a client can neither leave half open nor leave unread.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::place::Place;

/// The stream of one network connection.
pub(crate) struct Guarded<S> {
    stream: S,
    place: Option<Box<Place>>,
    /// As long as it may become HTTP/2: the bytes that say so, and the time for them. What comes after that, hyper
    /// watches.
    opening: Option<(&'static [u8], Pin<Box<Sleep>>)>,
    write_timeout: Duration,
    /// Since the peer takes nothing.
    blocked: Option<Pin<Box<Sleep>>>,
}

/// How a connection of HTTP/2 begins. hyper waits for so much without a clock if it begins like that.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl<S> Guarded<S> {
    pub(crate) fn new(stream: S, place: Place, head_timeout: Duration, write_timeout: Duration) -> Self {
        Self {
            stream,
            place: Some(Box::new(place)),
            opening: Some((PREFACE, Box::pin(sleep(head_timeout)))),
            write_timeout,
            blocked: None,
        }
    }

    /// What was written, or nothing: then the peer has its time.
    fn watch_writing<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let blocked = self.blocked.get_or_insert_with(|| Box::pin(sleep(self.write_timeout)));
        ready!(blocked.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Guarded<TcpStream> {
    /// The stream itself and its place, for code with a clock of its own.
    pub(crate) fn into_parts(self) -> (TcpStream, Option<Box<Place>>) {
        (self.stream, self.place)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some((expected, time)) = &mut self.opening else { return read };
        if read.is_pending() {
            ready!(time.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let new = &buffer.filled()[before..];
        match expected.strip_prefix(new) {
            Some(rest) if !rest.is_empty() && !new.is_empty() => *expected = rest,
            // it is all there, or something else, or the end
            _ => self.opening = None,
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch_writing(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch_writing(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_writing(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch_writing(cx, ended)
    }
}
