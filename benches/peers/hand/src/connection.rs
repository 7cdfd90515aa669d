//! The life of one connection: take everything that is ready, then flush once.

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    sync::broadcast::{self, error::TryRecvError},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, Utf8Bytes},
};

/// Serves the connection until either side ends it; what the end was interests nobody here.
pub(crate) async fn serve(socket: WebSocketStream<TcpStream>, everyone: broadcast::Sender<Utf8Bytes>) {
    let inbox = everyone.subscribe();
    let _ended = Connection { socket, everyone, inbox }.run().await;
}

struct Connection {
    socket: WebSocketStream<TcpStream>,
    everyone: broadcast::Sender<Utf8Bytes>,
    inbox: broadcast::Receiver<Utf8Bytes>,
}

impl Connection {
    async fn run(mut self) -> Result<(), Error> {
        loop {
            tokio::select! {
                biased;
                frame = self.socket.next() => self.handle(frame.ok_or(Error::ConnectionClosed)??).await?,
                text = self.inbox.recv() => self.forward(text.map_err(|_| Error::ConnectionClosed)?).await?,
            }
            self.take_ready_frames().await?;
            self.take_ready_broadcasts().await?;
            self.socket.flush().await?;
        }
    }

    async fn take_ready_frames(&mut self) -> Result<(), Error> {
        while let Some(frame) = self.socket.next().now_or_never() {
            self.handle(frame.ok_or(Error::ConnectionClosed)??).await?;
        }
        Ok(())
    }

    async fn take_ready_broadcasts(&mut self) -> Result<(), Error> {
        loop {
            match self.inbox.try_recv() {
                Ok(text) => self.forward(text).await?,
                Err(TryRecvError::Empty) => return Ok(()),
                // too slow for the others: drop it
                Err(TryRecvError::Lagged(_) | TryRecvError::Closed) => return Err(Error::ConnectionClosed),
            }
        }
    }

    async fn handle(&mut self, frame: Message) -> Result<(), Error> {
        match frame {
            Message::Text(text) if text.starts_with('B') => {
                // fails only without receivers, and this connection is one
                let _receivers = self.everyone.send(text);
                Ok(())
            }
            Message::Text(_) | Message::Binary(_) => self.socket.feed(frame).await,
            // tungstenite answers pings and closes itself
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn forward(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        self.socket.feed(Message::Text(text)).await
    }
}
