//! Compression in every test: with `SOCKETIO_TEST_DEFLATE` in the environment, servers of tests have it on, and clients in
//! memory offer it, compress what they send, and inflate what they get. So a guarantee is tested a second time, by the same test.
//!
//! `scripts/test` does that for every group of tests whose clients are those of the kit. Not for `contract`, `figures`, `layers`,
//! `payloads`, `serve`, `streams` and `test_kit`, whose clients are those of `socketio::test`, streams without frames, or none. Of the
//! others not for these, and for these reasons:
//!
//! - The task that stands between the client and the server reads what the client does not, so nothing is ever stalled:
//!   `dropping_policies_keep_the_connection`, `policies_do_not_tear_packets_apart`, `peers_have_time_limits`,
//!   `a_client_that_takes_something_now_and_then_is_not_slow`, `dropping_the_oldest_drops_no_packet_of_the_protocol`, and
//!   `an_answer_that_is_taken_slowly_is_progress`, which is shorter as a file of gzip.
//! - Its turns are turns of the runtime: `requests_that_lose_the_race_against_the_change_are_refused`.
//! - It allocates and computes: `cost`; `account`, which has kinds of its own that are compressed;
//!   `a_frame_costs_the_same_however_many_namespaces_are_joined`.
//! - RSV1 is not a violation, where it was agreed on; `compressed_violations_have_their_close_codes` has what is one:
//!   `violations_have_their_close_codes`, `frames_of_a_wrong_form_are_violations`.
//! - They say themselves who compresses what: `wires::deflate`, `a_hook_that_panics_is_answered_with_500`,
//!   `nothing_is_compressed_that_nobody_asked_for`; and `answers_of_every_kind_are_shared_with_listed_pages`, by its `Vary`.
//! - Eleven seconds are too many for what polls: `a_client_that_polls_from_far_away_is_not_slow`.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

use super::{
    client_frame,
    zip::{deflated, inflated},
};
use crate::{
    Config,
    config::Deflate,
    hub::Hub,
    proto::frame::{self, Whole},
};

/// Is every test to be run with compression?
pub(crate) fn is_on() -> bool {
    std::env::var_os("SOCKETIO_TEST_DEFLATE").is_some()
}

/// Do clients of this server compress? There are servers that were not built with [`settled`].
pub(crate) fn is_on_at(hub: &Hub) -> bool {
    is_on() && hub.config().deflate.is_some()
}

/// The settings of a test's server.
pub(crate) fn settled(config: Config) -> Config {
    if is_on() && config.deflate.is_none() {
        return config.deflate(Deflate::new().threshold(1).binary(true));
    }
    config
}

/// The request of a client in memory.
pub(crate) fn offering(hub: &Hub, mut parts: http::request::Parts) -> http::request::Parts {
    if is_on_at(hub) {
        let offer = http::HeaderValue::from_static("permessage-deflate; client_max_window_bits");
        parts.headers.insert(http::header::SEC_WEBSOCKET_EXTENSIONS, offer);
    }
    parts
}

/// The client's end of a WebSocket, without compression for the client.
pub(crate) fn unpacked(hub: &Hub, server: DuplexStream, capacity: usize) -> DuplexStream {
    if !is_on_at(hub) {
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
        // each until the end of what it reads: a server that reads no more may still have something to say
        let _: (std::io::Result<()>, std::io::Result<()>) = tokio::join!(down, up);
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
