//! Compressed answers.

use super::start;
use crate::{
    Config,
    config::Deflate,
    event,
    tests::kit::{Answer, PollingClient, ask, assert_nothing_is_left, request},
};

async fn poll(client: &PollingClient, accepted: &'static str) -> Answer {
    let mut request = request("GET", &client.query(), "");
    request.headers_mut().insert("accept-encoding", accepted.parse().expect("a value"));
    ask(&client.service, request).await
}

/// Long answers are compressed for clients that take it; the others hear that it could be otherwise.
#[tokio::test(start_paused = true)]
async fn long_answers_are_compressed_for_those_that_take_it() {
    let (io, _, _) = start(Config::new().deflate(Deflate::new()));
    let client = PollingClient::join(&io).await;
    for (len, accepted, is_packed) in
        [(100, "gzip", false), (3000, "gzip, deflate", true), (3000, "br", false), (3000, "gzip;q=0", false)]
    {
        let text = "all the same ".repeat(len / 13);
        io.emit(event!("news", &text));
        let answer = poll(&client, accepted).await;
        assert_eq!(answer.seen(), (200, &*format!("42[\"news\",\"{text}\"]")));
        assert_eq!(answer.header("content-encoding"), is_packed.then_some("gzip"), "{len} {accepted}");
        assert_eq!(answer.header("vary"), (len > 1024).then_some("Accept-Encoding"), "{len} {accepted}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(answer.on_the_wire < len / 2, is_packed, "{}", answer.on_the_wire);
    }
    assert_nothing_is_left(&io).await;
}

/// From the first message on that must not be compressed, no answer to this client is: it would stand next to it.
#[tokio::test(start_paused = true)]
async fn a_client_that_was_sent_a_secret_gets_plain_answers() {
    let (io, _, _) = start(Config::new().deflate(Deflate::new()));
    let text = "all the same ".repeat(300);
    let one = PollingClient::join(&io).await;
    let to_one = io.sockets().pop().expect("it has joined");
    let other = PollingClient::join(&io).await;
    let polls = async |expected: [Option<&str>; 2]| {
        for (client, expected) in [&one, &other].into_iter().zip(expected) {
            assert_eq!(poll(client, "gzip").await.header("content-encoding"), expected);
        }
    };
    io.emit(event!("news", &text));
    polls([Some("gzip"), Some("gzip")]).await;
    to_one.compress(false).emit(event!("secret", "x"));
    io.emit(event!("news", &text));
    polls([None, Some("gzip")]).await;
    io.to("nobody").compress(false).emit(event!("secret", "x"));
    io.emit(event!("news", &text));
    polls([None, Some("gzip")]).await;
    io.compress(false).emit(event!("secret", "x"));
    io.emit(event!("news", &text));
    polls([None, None]).await;
    assert_nothing_is_left(&io).await;
}

/// Without the setting, and for requests that it is not for.
#[tokio::test(start_paused = true)]
async fn nothing_is_compressed_that_nobody_asked_for() {
    for config in [Config::new(), Config::new().deflate(Deflate::new().when(|_| false))] {
        let (io, _, _) = start(config);
        let client = PollingClient::join(&io).await;
        io.emit(event!("news", "all the same ".repeat(300)));
        assert_eq!(poll(&client, "gzip").await.header("content-encoding"), None);
    }
}
