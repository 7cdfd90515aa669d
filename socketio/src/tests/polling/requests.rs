//! Which requests are answered, and with which fault: the checks and their order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::{HeaderValue, Request, Uri, header};
use tokio::time::{Instant, sleep};

use super::{builder, get, start, with_headers};
use crate::{
    Config,
    config::SameSite,
    error::Refused,
    tests::kit::{PollingClient, ask, assert_nothing_is_left, request, seconds_since, settle},
};

/// The order of the checks decides which fault is reported: transport, session, method, upgrade, version.
#[tokio::test(start_paused = true)]
async fn faulty_requests_are_answered_as_the_reference_does() {
    let (io, _, _) = start(Config::new());
    let unknown = r#"{"code":0,"message":"Transport unknown"}"#;
    for query in ["EIO=4", "EIO=4&transport=tobi", "EIO=3&transport=tobi", "transport=__proto__", ""] {
        assert_eq!(get(&io, query).await.seen(), (400, unknown), "{query}");
    }
    let version = r#"{"code":5,"message":"Unsupported protocol version"}"#;
    for query in ["transport=polling", "EIO=3&transport=polling", "EIO=abc&transport=polling"] {
        assert_eq!(get(&io, query).await.seen(), (400, version), "{query}");
    }
    let session = r#"{"code":1,"message":"Session ID unknown"}"#;
    assert_eq!(get(&io, "EIO=4&transport=polling&sid=test").await.seen(), (400, session));
    let upgrade = r#"{"code":3,"message":"Bad request"}"#;
    assert_eq!(get(&io, "EIO=4&transport=websocket").await.seen(), (400, upgrade));
    for method in ["POST", "PUT", "OPTIONS", "HEAD"] {
        let answer = ask(&io.service(), request(method, "EIO=4&transport=polling", "")).await;
        assert_eq!(answer.seen(), (400, r#"{"code":2,"message":"Bad handshake method"}"#), "{method}");
    }
    assert_eq!(get(&io, "EIO=4&transport=polling&sid=").await.status, 200, "an empty sid is not a sid");
    assert_nothing_is_left(&io).await;
}

/// The checks have an order: each request also has every fault that is looked for after the reported one.
#[tokio::test(start_paused = true)]
async fn the_first_of_several_faults_is_reported() {
    let io = builder().allow_request(|_| async { Err(Refused::default()) }).build().expect("no faults");
    let (foreign, same) = ("https://b.example", "http://a.example");
    for (method, query, origin, status, fault) in [
        ("POST", "transport=tobi&sid=x", foreign, 400, r#"{"code":0,"message":"Transport unknown"}"#),
        ("POST", "transport=websocket&sid=x", same, 400, r#"{"code":1,"message":"Session ID unknown"}"#),
        ("POST", "transport=websocket", same, 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        ("GET", "transport=websocket", same, 400, r#"{"code":3,"message":"Bad request"}"#),
        ("GET", "transport=polling", same, 403, r#"{"code":4,"message":"Forbidden"}"#),
    ] {
        let answer =
            ask(&io.service(), with_headers(request(method, query, ""), &[("origin", origin)])).await;
        assert_eq!(answer.seen(), (status, fault), "{method} {query}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {query}");
    }
    let request = with_headers(request("POST", "transport=polling&sid=x", ""), &[("origin", foreign)]);
    let refused = ask(&io.service(), request).await;
    assert_eq!((refused.status, refused.header("content-type")), (403, Some("text/plain; charset=utf-8")));
    assert_nothing_is_left(&io).await;
}

/// A client that asks for a WebSocket reads no JSON: the fault's text, and always 400.
#[tokio::test(start_paused = true)]
async fn a_faulty_upgrade_is_answered_in_text() {
    let allow = |parts: http::request::Parts| async move {
        if parts.uri.query().unwrap_or_default().contains("deny") {
            Err(Refused::new("not you"))
        } else {
            Ok(())
        }
    };
    let io = builder().allow_request(allow).build().expect("no faults");
    for (query, text) in [
        ("EIO=4&transport=tobi", "Transport unknown"),
        ("EIO=4&transport=websocket&sid=x", "Session ID unknown"),
        ("EIO=4&transport=websocket&deny", "not you"),
        ("EIO=3&transport=websocket", "Unsupported protocol version"),
    ] {
        let upgrade = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let answer = ask(&io.service(), with_headers(request("GET", query, ""), &upgrade)).await;
        assert_eq!(answer.seen(), (400, text), "{query}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{query}");
    }
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_opened_with_five_keys_in_order() {
    let (io, _, _) = start(Config::new().max_payload(1000));
    let answer = get(&io, "EIO=4&transport=polling&b64=1").await;
    let rest = answer.body.strip_prefix("0{\"sid\":\"").expect("an open packet");
    let expected =
        r#"","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
    assert_eq!(&rest[20..], expected);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("set-cookie"), None);
    let (io, _, _) = start(Config::new().allow_upgrades(false).session_cookie("io"));
    let answer = get(&io, "EIO=4&transport=polling").await;
    assert!(answer.body.contains(r#""upgrades":[]"#));
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert_eq!((&cookie[..3], &cookie[23..]), ("io=", "; Path=/; HttpOnly; SameSite=Lax"));
}

/// The order is that of the reference's.
#[tokio::test(start_paused = true)]
async fn the_sessions_cookie_says_from_where_it_is_sent() {
    for (same_site, secure, attributes) in [
        (SameSite::Strict, false, "; Path=/; HttpOnly; SameSite=Strict"),
        (SameSite::Lax, true, "; Path=/; HttpOnly; Secure; SameSite=Lax"),
        (SameSite::None, true, "; Path=/; HttpOnly; Secure; SameSite=None"),
    ] {
        let config = Config::new().session_cookie("io").session_cookie_same_site(same_site);
        let (io, _, _) = start(config.session_cookie_secure(secure));
        let answer = get(&io, "EIO=4&transport=polling").await;
        assert_eq!(&answer.header("set-cookie").expect("a cookie")[23..], attributes);
    }
}

#[tokio::test(start_paused = true)]
async fn answers_of_a_session_have_the_references_headers() {
    let (io, _, _) = start(Config::new().session_cookie("io"));
    let client = PollingClient::open(&io).await;
    let characters = |sid: &str| sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    assert!(client.sid.len() == 20 && characters(&client.sid), "{}", client.sid);
    let push = client.push("40").await;
    let poll = client.poll().await;
    for (answer, kind) in [(&push, "text/html"), (&poll, "text/plain; charset=UTF-8")] {
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{kind}");
        assert_eq!(answer.header("set-cookie"), None, "the cookie is the handshake's: {kind}");
        assert_eq!(answer.header("x-xss-protection"), None, "{kind}");
    }
    for (agent, expected) in [
        ("Mozilla/4.0 (compatible;MSIE 8.0)", Some("0")),
        ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0)", Some("0")),
        ("Mozilla/5.0 Firefox", None),
    ] {
        let answer = client.push_with("user-agent", agent, "6").await;
        assert_eq!((answer.status, answer.header("x-xss-protection")), (200, expected), "{agent}");
    }
    assert_nothing_is_left(&io).await;
}

/// A session's own faults of method harm nothing, not even the GET that waits.
#[tokio::test(start_paused = true)]
async fn other_methods_leave_a_session_alone() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    for method in ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
        let answer = client.request(method).await;
        assert_eq!(answer.seen(), (500, ""), "{method}");
        assert_eq!(answer.header("content-type"), None, "{method}");
    }
    client.push("42[\"echo\",\"a\"]").await;
    assert_eq!(poll.answer().await.seen(), (200, "42[\"echo\",\"a\"]"));
    assert_nothing_is_left(&io).await;
}

/// The program may look at each new session first, take its time, and refuse.
#[tokio::test(start_paused = true)]
async fn new_sessions_may_be_refused() {
    let io = builder()
        .allow_request(|parts| async move {
            sleep(Duration::from_secs(1)).await;
            match parts.uri.query().unwrap_or_default().contains("bad") {
                true => Err(Refused::new("not you")),
                false => Ok(()),
            }
        })
        .response_headers(|headers, answering| {
            headers
                .insert("x-first", HeaderValue::from_static(if answering.is_first { "yes" } else { "no" }));
        })
        .build()
        .expect("no faults");
    let start = Instant::now();
    let answer = get(&io, "EIO=4&transport=polling&bad").await;
    assert_eq!(answer.seen(), (403, r#"{"code":4,"message":"not you"}"#));
    assert_eq!(seconds_since(start), 1);
    let client = PollingClient::open(&io).await;
    let answer = client.push("40").await;
    assert_eq!((answer.status, answer.header("x-first")), (200, Some("no")), "asked once");
    assert_nothing_is_left(&io).await;
}

/// The program is asked about new sessions only, and its headers are on every answer.
#[tokio::test(start_paused = true)]
async fn the_programs_hooks_see_what_they_should() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let io = builder()
        .allow_request(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        })
        .response_headers(|headers, answering| {
            let seen = format!("{} {}", answering.parts.method, answering.is_first);
            headers.insert("x-seen", seen.parse().expect("a header's value"));
        })
        .build()
        .expect("no faults");
    let first = get(&io, "EIO=4&transport=polling").await;
    assert_eq!((first.status, first.header("x-seen")), (200, Some("GET true")));
    let client = PollingClient::join(&io).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(client.push("42[\"echo\",\"a\"]").await.header("x-seen"), Some("POST false"));
    assert_eq!(client.poll().await.header("x-seen"), Some("GET false"));
    assert_eq!(client.request("PUT").await.header("x-seen"), Some("PUT false"), "faults as well");
    assert_eq!(get(&io, "EIO=3&transport=polling").await.header("x-seen"), Some("GET true"));
    assert_eq!(asked.load(Ordering::Relaxed), 3, "the version is looked at last");
    assert_nothing_is_left(&io).await;
}

/// hyper reads a request's head into a block, and what comes next into the same block if nobody holds a piece of it.
#[tokio::test(start_paused = true)]
async fn a_request_that_waits_holds_no_piece_of_what_it_was_read_from() {
    let (io, _, _) = start(Config::new().origins(["https://b.example"]));
    let client = PollingClient::join(&io).await;
    for (method, body) in [("GET", Body::empty()), ("POST", Body::from_stream(stream::pending::<Piece>()))] {
        let uri = format!("/socket.io/?{}", client.query());
        let block = Bytes::from(format!("{uri} https://b.example gzip text/plain"));
        let mut pieces = block.split(|byte| *byte == b' ').map(|piece| block.slice_ref(piece));
        let mut request = Request::new(body);
        *request.method_mut() = method.parse().expect("a method");
        *request.uri_mut() = Uri::from_maybe_shared(pieces.next().expect("a piece")).expect("a URI");
        for name in [header::ORIGIN, header::ACCEPT_ENCODING, header::CONTENT_TYPE] {
            let value = HeaderValue::from_maybe_shared(pieces.next().expect("a piece"));
            request.headers_mut().insert(name, value.expect("a value"));
        }
        drop(pieces);
        assert!(!block.is_unique());
        let service = client.service.clone();
        let answer = tokio::spawn(async move { ask(&service, request).await });
        settle().await;
        assert!(!answer.is_finished(), "the {method} waits");
        assert!(block.is_unique(), "the {method} holds nothing");
        answer.abort();
    }
}

type Piece = Result<Bytes, std::io::Error>;
