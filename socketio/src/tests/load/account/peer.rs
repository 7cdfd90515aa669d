//! The peers: they send until nothing more is read, and the rest when the handlers go on.

use std::{collections::VecDeque, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::kinds::Over;
#[cfg(feature = "deflate")]
use crate::tests::kit::{Wire, offering_pipe};
use crate::{
    SocketIo,
    tests::kit::{
        Answer, Gate, PollingClient, ask, client_frame, packets_pipe, plain_pipe, request, v3_pipe,
    },
};

pub(super) enum Peer {
    Stream {
        write: WriteHalf<DuplexStream>,
        rest: Vec<u8>,
    },
    Requests {
        client: PollingClient,
        query: String,
        kind: &'static str,
        in_pieces: bool,
        rest: VecDeque<Bytes>,
        post: Option<JoinHandle<Answer>>,
    },
}

impl Peer {
    /// A connection whose socket has a handler that waits.
    pub(super) async fn open(over: Over, io: &SocketIo, gate: &Gate) -> Self {
        let join = "40";
        let wait = r#"42["wait"]"#;
        let mut peer = match over {
            Over::Bus => {
                let pipe = plain_pipe(&io.websocket(), "/ws", 64 * 1024);
                Self::over(pipe, client_frame(1, br#"{"event":"wait"}"#)).await
            }
            Over::Packets => {
                let frames = [client_frame(1, join.as_bytes()), client_frame(1, wait.as_bytes())];
                Self::over(packets_pipe(io, ""), frames.concat()).await
            }
            Over::V3 => Self::over(v3_pipe(io, ""), client_frame(1, wait.as_bytes())).await,
            Over::Answers => {
                let frames = [client_frame(1, join.as_bytes()), client_frame(1, br#"42["ask"]"#)];
                Self::over(packets_pipe(io, ""), frames.concat()).await
            }
            Over::MessagePack => {
                let join = b"\x82\xa4type\x00\xa3nsp\xa1/";
                let wait = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa4wait";
                Self::over(packets_pipe(io, ""), [client_frame(2, join), client_frame(2, wait)].concat())
                    .await
            }
            #[cfg(feature = "deflate")]
            Over::Compressed => {
                let pipe = offering_pipe(io, Wire::Packets, "", "permessage-deflate");
                let frames = [client_frame(1, join.as_bytes()), client_frame(1, wait.as_bytes())];
                Self::over(pipe, frames.concat()).await
            }
            Over::Polling | Over::Chunks => {
                let client = PollingClient::join(io).await;
                assert_eq!(client.push(wait).await.status, 200);
                let (service, query) = (client.service.clone(), client.query());
                // what is answered is fetched
                tokio::spawn(async move {
                    while ask(&service, request("GET", &query, "")).await.status == 200 {}
                });
                let in_pieces = over == Over::Chunks;
                let (query, kind) = (client.query(), "text/plain;charset=UTF-8");
                Self::Requests { client, query, kind, in_pieces, rest: VecDeque::new(), post: None }
            }
        };
        gate.reached().await;
        peer.settle().await;
        peer
    }

    async fn over(pipe: DuplexStream, first: Vec<u8>) -> Self {
        let (read, mut write) = split(pipe);
        tokio::spawn(discard(read));
        write.write_all(&first).await.expect("open");
        Self::Stream { write, rest: vec![] }
    }

    /// Sends as much as is read while the handlers wait.
    pub(super) async fn send_until_paused(&mut self, pieces: &[Vec<u8>]) {
        // the memory of what is sent is the test's
        allocation_counter::opt_out(|| match self {
            Self::Stream { rest, .. } => *rest = pieces.concat(),
            Self::Requests { rest, .. } => *rest = pieces.iter().cloned().map(Bytes::from).collect(),
        });
        let _ = timeout(Duration::from_secs(1), self.send()).await;
    }

    pub(super) async fn send_rest(&mut self) {
        timeout(Duration::from_secs(3600), self.send()).await.expect("everything is read");
        self.settle().await;
    }

    /// May be dropped and called again.
    async fn send(&mut self) {
        match self {
            Self::Stream { write, rest } => {
                let mut at = 0;
                while at < rest.len() {
                    let left = &rest[at..];
                    tokio::select! {
                        written = write.write(left) => match written {
                            Ok(written) => at += written,
                            // it has ended, which is as good
                            Err(_) => break,
                        },
                        () = sleep(Duration::from_millis(900)) => break,
                    }
                }
                allocation_counter::opt_out(|| drop(rest.drain(..at)));
            }
            Self::Requests { client, query, kind, in_pieces, rest, post } => loop {
                if let Some(answer) = post {
                    let answer = answer.await.expect("no panic");
                    *post = None;
                    if answer.status != 200 {
                        return;
                    }
                }
                let Some(body) = rest.pop_front() else { return };
                // a body in one piece would be the memory of the test
                let step = if *in_pieces { 1 } else { 4096 };
                let pieces = (0..body.len())
                    .step_by(step)
                    .map(move |at| Ok::<_, std::io::Error>(body.slice(at..body.len().min(at + step))));
                let body = Body::from_stream(stream::iter(pieces));
                let service = client.service.clone();
                let mut request = request("POST", query, body);
                request.headers_mut().insert(CONTENT_TYPE, kind.parse().expect("a header's value"));
                *post = Some(tokio::spawn(async move { ask(&service, request).await }));
            },
        }
    }

    async fn settle(&mut self) {
        // the paused clock moves when every task waits
        sleep(Duration::from_millis(10)).await;
    }
}

async fn discard(mut read: ReadHalf<DuplexStream>) {
    let mut buffer = [0; 4096];
    while read.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
