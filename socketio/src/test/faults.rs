//! What happens to clients: they sleep, break, leave and reconnect.

use tokio_tungstenite::tungstenite::Message as WsMessage;

use super::{
    Refusal, TestClient,
    task::{Line, Wish},
};

impl TestClient {
    /// Reads no more, and answers no heartbeat, until [`resume`](Self::resume): what a sleeping laptop does.
    pub async fn stall(&mut self) {
        self.line.wish(Wish::Stall).await;
    }

    /// Reads on after a [`stall`](Self::stall).
    pub async fn resume(&mut self) {
        self.line.wish(Wish::Resume).await;
    }

    /// Breaks the connection without a word.
    ///
    /// The client can [`reconnect`](Self::reconnect).
    pub fn cut(&mut self) {
        self.line.cut();
    }

    /// Leaves in an orderly way: a Socket.IO client with DISCONNECT, a plain one with a close frame.
    pub async fn disconnect(&mut self) {
        let goodbye = match (&self.plain, &*self.with.namespace) {
            (Some(_), _) => WsMessage::Close(None),
            (None, "/") => WsMessage::text("41"),
            (None, namespace) => WsMessage::text(format!("41{namespace},")),
        };
        self.send_all(vec![goodbye]).await;
    }

    /// Connects again with what the client connected with, over a new connection; the old one breaks. With
    /// [recovery](crate::Config::recovery) on, a Socket.IO client asks for its socket back. Returns
    /// `true` if it got it: then what it missed is expected next.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn reconnect(&mut self) -> Result<bool, Refusal> {
        let (pipe, number) = self.with.open(self.plain.as_ref());
        self.line = Line::open(pipe, self.plain.is_some()).await;
        self.number = number;
        self.kept.clear();
        self.ended = None;
        if self.plain.is_some() {
            self.admitted().await?;
            return Ok(false);
        }
        let old = self.accepted.take().and_then(|reply| reply.pid);
        self.join(old.clone().map(|pid| (pid, self.offset.clone()))).await?;
        let new = self.accepted.as_ref().and_then(|reply| reply.pid.as_ref());
        self.recovered = new.is_some() && new == old.as_ref();
        if !self.recovered {
            self.offset = None;
        }
        Ok(self.recovered)
    }
}
