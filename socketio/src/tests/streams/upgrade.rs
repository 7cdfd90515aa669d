//! From polling to a stream.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::start;
use crate::{
    Config, SocketIo,
    connection::Carrier,
    error::StreamError,
    event,
    tests::kit::{
        PollingClient, StreamClient, ask, assert_at, assert_nothing_is_left, packet, request, settle,
        stream_parts,
    },
};

/// A stream that names the session.
async fn try_stream(io: &SocketIo, client: &PollingClient) -> (StreamClient, Result<(), StreamError>) {
    let first = packet(format!(r#"0{{"sid":"{}"}}"#, client.sid).as_bytes());
    StreamClient::begin(io, stream_parts(&[]), &first, 64 * 1024).await
}

/// One that has sent its probe, and read the answer.
async fn probe(io: &SocketIo, client: &PollingClient) -> StreamClient {
    let (mut stream, opened) = try_stream(io, client).await;
    assert_eq!(opened, Ok(()));
    stream.send("2probe").await;
    assert_eq!(stream.text().await, "3probe");
    stream
}

#[tokio::test(start_paused = true)]
async fn webtransport_is_named_if_it_is_on() {
    for (config, upgrades) in [
        (Config::new(), r#""upgrades":["websocket"]"#),
        (Config::new().webtransport(true), r#""upgrades":["websocket","webtransport"]"#),
        (Config::new().webtransport(true).allow_upgrades(false), r#""upgrades":[]"#),
    ] {
        let (io, _) = start(config);
        let open = ask(&io.service(), request("GET", "EIO=4&transport=polling", "")).await;
        assert!(open.body.contains(upgrades), "{}", open.body);
    }
    // a client of revision 3 knows no such thing
    let (io, _) = start(Config::new().webtransport(true).allow_v3(true));
    let open = ask(&io.service(), request("GET", "EIO=3&transport=polling", "")).await;
    assert!(open.body.contains(r#""upgrades":["websocket"]"#), "{}", open.body);
}

/// Nothing is lost, doubled or overtaken.
#[tokio::test(start_paused = true)]
async fn the_order_is_kept_across_the_change_to_a_stream() {
    let (io, log) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let emit = |range: std::ops::Range<u32>| range.for_each(|n| io.emit(event!("n", n)));
    let mut seen = vec![];
    emit(0..100);
    client.push("42[\"log\",\"before\"]").await;
    let mut stream = probe(&io, &client).await;
    emit(100..200);
    seen.extend(client.poll().await.body.split('\x1e').map(str::to_owned));
    emit(200..300);
    stream.send("5").await;
    stream.send("42[\"log\",\"after\"]").await;
    emit(300..400);
    while seen.len() < 400 {
        seen.push(stream.text().await);
    }
    assert_eq!(seen, (0..400).map(|n| format!("42[\"n\",{n}]")).collect::<Vec<_>>());
    assert!(timeout(Duration::from_secs(1), stream.packet()).await.is_err(), "nothing twice");
    assert_eq!(log.wait_for(2).await, ["before", "after"]);
    assert_eq!(client.poll().await.seen(), (400, r#"{"code":3,"message":"Bad request"}"#));
    drop(stream);
    assert_nothing_is_left(&io).await;
}

/// The probe may come together with the packet that names the session.
#[tokio::test(start_paused = true)]
async fn a_client_need_not_wait_for_its_probe() {
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let first = packet(format!(r#"0{{"sid":"{}"}}"#, client.sid).as_bytes());
    let bytes = [&first[..], &packet(b"2probe"), &packet(b"5"), &packet(b"42[\"echo\",\"x\"]")].concat();
    let (mut stream, opened) = StreamClient::begin(&io, stream_parts(&[]), &bytes, 64 * 1024).await;
    assert_eq!(opened, Ok(()));
    assert_eq!(stream.text().await, "3probe");
    assert_eq!(stream.text().await, "42[\"echo\",\"x\"]");
    drop(stream);
    assert_nothing_is_left(&io).await;
}

/// A change that fails leaves the session alone, and another one may follow.
#[tokio::test(start_paused = true)]
async fn a_failed_change_to_a_stream_leaves_the_session_alive() {
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    for bad in [&packet(b"nonsense")[..], &packet(b"42[\"echo\",\"early\"]"), &[0], &[0x81, b'5'], &[1, 0xff]]
    {
        let mut stream = probe(&io, &client).await;
        stream.write(bad).await;
        assert_eq!(stream.packet().await, None, "{bad:?}");
        drop(stream);
        settle().await;
        assert_eq!(client.carrier(), Some(Carrier::Polling), "{bad:?}");
    }
    drop(probe(&io, &client).await);
    settle().await;
    // one that does nothing has its time
    let began = Instant::now();
    let (mut stream, opened) = try_stream(&io, &client).await;
    assert_eq!(opened, Ok(()));
    assert_eq!(stream.packet().await, None);
    assert_at(began, 10_000);
    drop(stream);
    settle().await;
    assert_eq!(client.exchange("42[\"echo\",\"here\"]").await, "42[\"echo\",\"here\"]");
    assert_nothing_is_left(&io).await;
}

/// One at a time, and none after one.
#[tokio::test(start_paused = true)]
async fn a_session_changes_over_once() {
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut stream = probe(&io, &client).await;
    assert_eq!(try_stream(&io, &client).await.1, Err(StreamError::Session), "one is under way");
    assert!(client.try_pipe().is_none(), "nor a WebSocket");
    stream.send("5").await;
    settle().await;
    assert_eq!(client.carrier(), Some(Carrier::Packets));
    assert_eq!(try_stream(&io, &client).await.1, Err(StreamError::Session), "it has changed over");
    drop(stream);
    settle().await;
    assert_eq!(try_stream(&io, &client).await.1, Err(StreamError::Session), "it is over");
    assert_nothing_is_left(&io).await;
}

/// Sessions of Engine.IO 3 write their packets in another way.
#[tokio::test(start_paused = true)]
async fn a_session_of_revision_3_does_not_change_over_to_a_stream() {
    let (io, _) = start(Config::new().allow_v3(true));
    let open = ask(&io.service(), request("GET", "EIO=3&transport=polling", "")).await;
    let (_, sid) = open.body.split_once(r#""sid":""#).expect("an id");
    let sid = sid.split('"').next().expect("an id");
    let first = packet(format!(r#"0{{"sid":"{sid}"}}"#).as_bytes());
    let (_, opened) = StreamClient::begin(&io, stream_parts(&[]), &first, 1024).await;
    assert_eq!(opened, Err(StreamError::Session));
}
