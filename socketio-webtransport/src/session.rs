//! The one stream of a session, which ends the session with itself.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::sleep,
};
use wtransport::{Connection, RecvStream, SendStream};

/// A stream of bytes, and the session that it is all of.
pub(crate) struct Session {
    connection: Connection,
    send: SendStream,
    receive: RecvStream,
    ending: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Session {
    pub(crate) fn new(connection: Connection, (send, receive): (SendStream, RecvStream)) -> Self {
        Self { connection, send, receive, ending: None }
    }
}

impl AsyncRead for Session {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.receive).poll_read(cx, buffer)) {
            // the client closes the session, and does not end its stream before
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            read => Poll::Ready(read),
        }
    }
}

impl AsyncWrite for Session {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.send).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.send).poll_flush(cx)
    }

    /// The official client does not look at the end of the stream: it hears of the end of the session. That would discard
    /// what is not acknowledged, so it comes after that.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let ending = match &mut this.ending {
            Some(ending) => ending,
            None => {
                ready!(Pin::new(&mut this.send).poll_shutdown(cx))?;
                let acknowledged = this.send.quic_stream().stopped();
                this.ending.insert(Box::pin(async move {
                    if let Ok(None) = acknowledged.await {
                        sleep(LINGER).await;
                    }
                }))
            }
        };
        ready!(ending.as_mut().poll(cx));
        this.connection.close(0_u32.into(), b"");
        Poll::Ready(Ok(()))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.close(0_u32.into(), b"");
    }
}

/// What is acknowledged has arrived, and a page may not have read it yet: the end of the session discards it there. No figure is safe; this one is long for a page, and short for a server that ends.
const LINGER: Duration = Duration::from_millis(100);
