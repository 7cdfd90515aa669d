//! Compression in every test: with `SOCKETIO_TEST_DEFLATE` in the environment, servers of tests have it on, and clients in
//! memory offer it, compress what they send, and inflate what they get. So a guarantee is tested a second time, by the same test.
//! `scripts/test` does that for 158 of them. Others look at what compression changes: bytes on the wire, allocations, or how often
//! tasks are polled, because here a task stands between the client and the server.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

use super::{
    client_frame,
    zip::{deflated, inflated},
};
use crate::{
    Config,
    config::Deflate,
    proto::frame::{self, Whole},
};

/// Is every test to be run with compression?
pub(crate) fn is_on() -> bool {
    std::env::var_os("SOCKETIO_TEST_DEFLATE").is_some()
}

/// The settings of a test's server.
pub(crate) fn settled(config: Config) -> Config {
    if is_on() && config.deflate.is_none() {
        return config.deflate(Deflate::new().threshold(1).binary(true));
    }
    config
}

/// The request of a client in memory.
pub(crate) fn offering(mut parts: http::request::Parts) -> http::request::Parts {
    if is_on() {
        let offer = http::HeaderValue::from_static("permessage-deflate; client_max_window_bits");
        parts.headers.insert(http::header::SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    parts
}

/// The client's end of a WebSocket, without compression for the client.
pub(crate) fn unpacked(server: DuplexStream, capacity: usize) -> DuplexStream {
    if !is_on() {
        return server;
    }
    let (client, ours) = duplex(capacity);
    tokio::spawn(async move {
        let ((mut from_server, mut to_server), (mut from_client, mut to_client)) =
            (split(server), split(ours));
        let down = async {
            let mut read = vec![];
            loop {
                while let Some(len) = frame::first_len(&read).filter(|len| *len <= read.len()) {
                    let rest = read.split_off(len);
                    to_client.write_all(&plain(&read)).await?;
                    read = rest;
                }
                if from_server.read_buf(&mut read).await? == 0 {
                    to_client.write_all(&read).await?;
                    return to_client.shutdown().await;
                }
            }
        };
        let up = async {
            let (mut read, mut is_raw) = (vec![], false);
            while from_client.read_buf(&mut read).await? > 0 {
                let (mut out, mut at) = (vec![], 0);
                while !is_raw && let Some((mut whole, left)) = Whole::split_first(&mut read[at..], usize::MAX)
                {
                    out.extend(client_frame(frame::RSV1 | whole.opcode, &deflated(whole.unmask())));
                    at = read.len() - left;
                }
                // anything unusual, be it a part of a frame: from here on all goes as it is
                is_raw |= at < read.len();
                out.extend_from_slice(&read[at..]);
                read.clear();
                to_server.write_all(&out).await?;
            }
            to_server.shutdown().await
        };
        // one that fails takes both ends with it
        let _: std::io::Result<((), ())> = tokio::try_join!(down, up);
    });
    client
}

/// A frame of the server, as it would be without compression.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    match frame::split_first(bytes) {
        Some((opcode, payload, _)) if bytes[0] & frame::RSV1 != 0 => {
            frame::append(&mut out, opcode, &inflated(payload, 15));
        }
        _ => out.extend_from_slice(bytes),
    }
    out
}
