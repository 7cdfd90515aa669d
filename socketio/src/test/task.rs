//! The task of a client: it alone touches the stream, answers heartbeats, and passes on what it hears.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use tokio::{io::DuplexStream, sync::mpsc, task::JoinHandle};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message as WsMessage, protocol::Role},
};

use super::heard::{Ended, Frame, Heard, Reader, Trace};

/// What a test wants of its client's task.
pub(super) enum Wish {
    Send(WsMessage),
    /// Reads no more, and answers no heartbeat.
    Stall,
    Resume,
}

/// A client's end of a connection. Dropped, it breaks the connection.
pub(super) struct Line {
    wishes: mpsc::Sender<Wish>,
    pub(super) heard: mpsc::Receiver<Heard>,
    trace: Arc<Mutex<Trace>>,
    task: JoinHandle<()>,
}

impl Line {
    pub(super) async fn open(pipe: DuplexStream, is_plain: bool) -> Self {
        let ws = WebSocketStream::from_raw_socket(pipe, Role::Client, None).await;
        let (wishes, wished) = mpsc::channel(16);
        let (hears, heard) = mpsc::channel(UNREAD);
        let trace = Arc::<Mutex<Trace>>::default();
        let task = Task { ws, reader: Reader::new(is_plain), hears, trace: trace.clone() };
        Self { wishes, heard, trace, task: tokio::spawn(task.run(wished)) }
    }

    /// `false`: the connection is over.
    pub(super) async fn wish(&self, wish: Wish) -> bool {
        self.wishes.send(wish).await.is_ok()
    }

    /// Breaks the connection.
    pub(super) fn cut(&self) {
        self.task.abort();
    }

    /// The last frames.
    pub(super) fn trace(&self) -> String {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).to_string()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Task {
    ws: WebSocketStream<DuplexStream>,
    reader: Reader,
    hears: mpsc::Sender<Heard>,
    trace: Arc<Mutex<Trace>>,
}

impl Task {
    async fn run(mut self, mut wished: mpsc::Receiver<Wish>) {
        let (mut stalled, hears) = (false, self.hears.clone());
        loop {
            // a full queue is a client that does not read
            let reads = !stalled && self.hears.capacity() > 0;
            tokio::select! {
                wish = wished.recv() => match wish {
                    None => return,
                    Some(Wish::Stall) => stalled = true,
                    Some(Wish::Resume) => stalled = false,
                    Some(Wish::Send(message)) => self.send(message).await,
                },
                permit = hears.reserve(), if !stalled && !reads => drop(permit),
                next = self.ws.next(), if reads => {
                    if !self.receive(next).await {
                        return;
                    }
                }
            }
        }
    }

    /// `false`: the connection is over.
    async fn receive(
        &mut self,
        next: Option<Result<WsMessage, tokio_tungstenite::tungstenite::Error>>,
    ) -> bool {
        let frame = match next {
            Some(Ok(WsMessage::Text(text))) => {
                if !matches!(text.as_str(), "2" | "6") {
                    self.note("<", text.as_str());
                }
                self.reader.text(text)
            }
            Some(Ok(WsMessage::Binary(bytes))) => {
                self.note("<", &format!("({} bytes)", bytes.len()));
                self.reader.binary(bytes)
            }
            // answered by the library
            Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_))) => Frame::Nothing,
            Some(Ok(WsMessage::Close(close))) => {
                let (code, reason) = close
                    .map_or((1005, String::new()), |close| (close.code.into(), close.reason.to_string()));
                self.note("<", &format!("(close {code} {reason:?})"));
                self.hear(Heard::Ended(Ended::Closed { code, reason }));
                // the library answers it while it reads on
                while self.ws.next().await.is_some_and(|next| next.is_ok()) {}
                return false;
            }
            None | Some(Err(_)) => {
                self.note("<", "(the connection is over)");
                self.hear(Heard::Ended(Ended::Lost));
                return false;
            }
        };
        match frame {
            Frame::Nothing => {}
            Frame::Heartbeat(answer) => {
                // a connection that has ended is seen by the next read
                let _ = self.ws.send(WsMessage::text(answer)).await;
            }
            Frame::Heard(heard) => self.hear(heard),
        }
        true
    }

    async fn send(&mut self, message: WsMessage) {
        match &message {
            WsMessage::Text(text) => self.note(">", text.as_str()),
            WsMessage::Close(_) => self.note(">", "(close)"),
            other => self.note(">", &format!("({} bytes)", other.len())),
        }
        // a connection that has ended is seen by the next read
        let _ = self.ws.send(message).await;
    }

    fn hear(&mut self, heard: Heard) {
        // there is room, or nobody listens any more
        let _ = self.hears.try_send(heard);
    }

    fn note(&self, direction: &str, frame: &str) {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).add(direction, frame);
    }
}

/// What a test has not looked at. More, and the client stops reading: the server meets a slow one.
const UNREAD: usize = 4096;
