//! Pages of other origins: what they may ask, and what they may read.

use super::{start, with_headers};
use crate::{
    Config,
    tests::kit::{Answer, PollingClient, ask, assert_nothing_is_left, request},
};

/// Pages of other origins: refused with a text that says what to do, unless they are listed; then CORS lets them read.
#[tokio::test(start_paused = true)]
async fn origins_are_checked_on_every_request() {
    let from = |method: &str, origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "x-y"),
        ];
        with_headers(request(method, "EIO=4&transport=polling", ""), &headers)
    };
    let cors = |answer: &Answer| {
        let of = |name| answer.header(name).map(str::to_owned);
        (answer.status, of("access-control-allow-origin"), of("access-control-allow-credentials"))
    };
    let (same, page) = ("http://a.example", "https://app.example");
    let (io, _, _) = start(Config::new());
    assert_eq!(cors(&ask(&io.service(), from("GET", same)).await), (200, None, None));
    let refused = ask(&io.service(), from("GET", page)).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("origins("), "{refused:?}");
    let (io, _, _) = start(Config::new().origins([page]));
    let allowed = (Some(page.to_owned()), Some("true".to_owned()));
    assert_eq!(
        cors(&ask(&io.service(), from("GET", page)).await),
        (200, allowed.0.clone(), allowed.1.clone())
    );
    let preflight = ask(&io.service(), from("OPTIONS", page)).await;
    assert_eq!(cors(&preflight), (204, allowed.0, allowed.1));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("x-y"));
    let (io, _, _) = start(Config::new().any_origin());
    assert_eq!(cors(&ask(&io.service(), from("GET", page)).await), (200, Some(page.to_owned()), None));
}

/// A page must be able to read why it was refused, and caches must keep the answers of pages apart.
#[tokio::test(start_paused = true)]
async fn answers_of_every_kind_are_shared_with_listed_pages() {
    let page = "https://app.example";
    let (io, _, _) = start(Config::new().origins([page]));
    let client = PollingClient::join(&io).await;
    let session = client.query();
    for (method, query, body, status) in [
        ("GET", "EIO=4&transport=polling", "", 200),
        ("GET", "EIO=4&transport=tobi", "", 400),
        ("GET", "EIO=4&transport=polling&sid=x", "", 400),
        ("POST", &*session, "42[\"echo\",\"a\"]", 200),
        ("GET", &*session, "", 200),
        ("PUT", &*session, "", 500),
    ] {
        let answer =
            ask(&io.service(), with_headers(request(method, query, body), &[("origin", page)])).await;
        assert_eq!(answer.status, status, "{method} {query}");
        for (name, value) in [
            ("access-control-allow-origin", page),
            ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {query}");
        }
    }
    assert_nothing_is_left(&io).await;
}

/// An origin that may not ask receives no permission.
#[tokio::test(start_paused = true)]
async fn preflights_are_granted_to_allowed_origins_only() {
    let asked = |origin| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        with_headers(request("OPTIONS", "EIO=4&transport=polling", ""), &headers)
    };
    let (listed, same, foreign) = ("https://app.example", "http://a.example", "https://b.example");
    for (config, origin, expected) in [
        (Config::new(), same, (204, None, None)),
        (Config::new(), foreign, (403, None, None)),
        (Config::new().origins([listed]), listed, (204, Some(listed), Some("true"))),
        (Config::new().origins([listed]), foreign, (403, None, None)),
        (Config::new().any_origin(), foreign, (204, Some(foreign), None)),
    ] {
        let (io, _, _) = start(config);
        let answer = ask(&io.service(), asked(origin)).await;
        let share = answer.header("access-control-allow-origin");
        let seen = (answer.status, share, answer.header("access-control-allow-credentials"));
        assert_eq!(seen, expected, "{origin}");
        let methods = (answer.status == 204).then_some("GET,POST");
        assert_eq!(answer.header("access-control-allow-methods"), methods, "{origin}");
        assert_nothing_is_left(&io).await;
    }
}

/// A page of another origin may run a script of any host: what it says is then in that page. A browser sends no
/// `Origin` with such a request, and the user's cookies.
#[tokio::test(start_paused = true)]
async fn no_page_of_another_origin_gets_a_script() {
    let query = "EIO=4&transport=polling&j=0";
    let (across, same_site) = (("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"));
    let ours = ("sec-fetch-site", "same-origin");
    let refused = |config: Config, headers: &[(&'static str, &str)]| {
        let (io, _, _) = start(config);
        let asked = with_headers(request("GET", query, ""), headers);
        async move {
            let answer = ask(&io.service(), asked).await;
            assert_nothing_is_left(&io).await;
            assert!([200, 403].contains(&answer.status), "{answer:?}");
            assert_eq!(answer.body.contains("___eio"), answer.status == 200, "{answer:?}");
            answer.status == 403
        }
    };
    // off, for everybody
    for headers in [&[][..], &[ours], &[across], &[("referer", "http://a.example/")]] {
        assert!(refused(Config::new(), headers).await, "off: {headers:?}");
    }
    let on = || Config::new().jsonp(true);
    for config in [on(), on().origins(["https://b.example"]), on().any_origin()] {
        for headers in [
            &[][..],
            &[across],
            &[same_site],
            &[("referer", "https://b.example/http://a.example/")],
            &[("origin", "https://b.example")],
            // a page cannot set what the browser says of it
            &[across, ("referer", "http://a.example/")],
        ] {
            assert!(refused(config.clone(), headers).await, "{headers:?}");
        }
        for headers in [ours, ("sec-fetch-site", "none"), ("referer", "http://a.example/chat")] {
            assert!(!refused(config.clone(), &[headers]).await, "{headers:?}");
        }
    }
}

/// Scripts, pictures and frames are requests without `Origin`: a page of another origin opens no session with them.
#[tokio::test(start_paused = true)]
async fn requests_without_origin_are_for_our_own_pages() {
    let query = "EIO=4&transport=polling";
    for (site, config, status) in [
        ("cross-site", Config::new(), 403),
        ("same-site", Config::new(), 403),
        ("cross-site", Config::new().origins(["https://b.example"]), 403),
        ("same-origin", Config::new(), 200),
        ("none", Config::new(), 200),
        ("cross-site", Config::new().any_origin(), 200),
    ] {
        let (io, _, _) = start(config);
        let asked = with_headers(request("GET", query, ""), &[("sec-fetch-site", site)]);
        assert_eq!(ask(&io.service(), asked).await.status, status, "{site}");
        assert_nothing_is_left(&io).await;
    }
    // with an origin, that one decides
    let (io, _, _) = start(Config::new().origins(["https://b.example"]));
    let headers = [("origin", "https://b.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&io.service(), with_headers(request("GET", query, ""), &headers)).await.status, 200);
}

/// No answer is taken for anything else than its type says: what a client says on the bus is not a script.
#[tokio::test(start_paused = true)]
async fn no_answer_may_be_sniffed() {
    let page = ("origin", "http://a.example");
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let session = client.query();
    let asks = ("access-control-request-method", "POST");
    for (method, query, headers, body, seen) in [
        ("GET", "EIO=4&transport=polling", &[][..], "", (200, Some("text/plain; charset=UTF-8"))),
        ("POST", &*session, &[], "42[\"echo\",\"alert(1)//\"]", (200, Some("text/html"))),
        ("GET", &*session, &[], "", (200, Some("text/plain; charset=UTF-8"))),
        ("PUT", &*session, &[], "", (500, None)),
        ("GET", "EIO=4&transport=tobi", &[], "", (400, Some("application/json"))),
        ("GET", "EIO=4&transport=polling&j=0", &[], "", (403, Some("application/json"))),
        (
            "GET",
            "EIO=4&transport=polling",
            &[("origin", "http://b.example")],
            "",
            (403, Some("text/plain; charset=utf-8")),
        ),
        ("OPTIONS", "EIO=4&transport=polling", &[page, asks], "", (204, None)),
    ] {
        let answer = ask(&io.service(), with_headers(request(method, query, body), headers)).await;
        assert_eq!((answer.status, answer.header("content-type")), seen, "{method} {query}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {query}");
    }
    assert_nothing_is_left(&io).await;
}

/// Pages without an origin, applications, every host below one, and clients that make an origin of their URL.
#[tokio::test(start_paused = true)]
async fn origins_of_every_kind_can_be_listed() {
    let (with, without) = (Some("true"), None);
    for (listed, origin, credentials) in [
        ("null", "null", without),
        ("file://", "file://", with),
        ("capacitor://localhost", "capacitor://localhost", with),
        ("https://*.example.com", "https://app.example.com", with),
        ("https://app.example.com:443", "https://app.example.com", with),
        ("https://api.example.com", "wss://api.example.com:443", with),
    ] {
        for (config, seen) in [
            (Config::new(), (403, None, None)),
            (Config::new().origins([listed]), (200, Some(origin), credentials)),
        ] {
            let (io, _, _) = start(config);
            let request = request("GET", "EIO=4&transport=polling", "");
            let answer = ask(&io.service(), with_headers(request, &[("origin", origin)])).await;
            let share = answer.header("access-control-allow-origin");
            let is = (answer.status, share, answer.header("access-control-allow-credentials"));
            assert_eq!(is, seen, "{listed} {origin}");
            assert_nothing_is_left(&io).await;
        }
    }
}

/// The official client for iOS sends the scheme of its URL. A browser never does.
#[tokio::test(start_paused = true)]
async fn native_clients_are_of_the_host_that_they_ask() {
    for (host, origin, status) in [
        ("a.example", "ws://a.example", 200),
        ("a.example", "wss://a.example", 200),
        ("a.example:80", "ws://a.example", 200),
        ("a.example:443", "wss://a.example:443", 200),
        ("a.example:3000", "ws://a.example:3000", 200),
        ("a.example:3000", "ws://a.example", 403),
        ("a.example", "wss://b.example", 403),
    ] {
        let (io, _, _) = start(Config::new());
        let headers = [("host", host), ("origin", origin)];
        let answer =
            ask(&io.service(), with_headers(request("GET", "EIO=4&transport=polling", ""), &headers)).await;
        assert_eq!(answer.status, status, "{host} {origin}");
        assert_nothing_is_left(&io).await;
    }
}

/// A request of HTTP/2, as hyper hands it over: without a `Host`, and with the cookies in pieces.
fn over_http2(method: &str, query: &str, body: &str, origin: &str) -> http::Request<axum::body::Body> {
    http::Request::builder()
        .method(method)
        .version(http::Version::HTTP_2)
        .uri(format!("https://a.example/socket.io/?{query}"))
        .header("origin", origin)
        .header("cookie", "lang=en")
        .header("cookie", "session=abc")
        .body(body.to_owned().into())
        .expect("a valid request")
}

/// Over HTTP/2 the host is `:authority`: the same page may ask and post, and handlers see `Host` and one `Cookie`.
#[tokio::test(start_paused = true)]
async fn the_authority_is_the_host() {
    let (io, _, _) = start(Config::new());
    let (same, foreign) = ("https://a.example", "https://b.example");
    let poll = "EIO=4&transport=polling";
    let refused = ask(&io.service(), over_http2("GET", poll, "", foreign)).await;
    assert_eq!(refused.status, 403);
    let open = ask(&io.service(), over_http2("GET", poll, "", same)).await;
    assert_eq!(open.status, 200, "{open:?}");
    let open: serde_json::Value = serde_json::from_str(&open.body[1..]).expect("an open packet");
    let session = format!("{poll}&sid={}", open["sid"].as_str().expect("a session id"));
    let joined = ask(&io.service(), over_http2("POST", &session, "40", same)).await;
    assert_eq!(joined.seen(), (200, "ok"));
    assert_eq!(ask(&io.service(), over_http2("POST", &session, "42[\"echo\",1]", foreign)).await.status, 403);
    let sockets = io.sockets();
    let handshake = sockets[0].handshake();
    assert_eq!(handshake.header("host"), Some("a.example"));
    assert_eq!(handshake.header("cookie"), Some("lang=en; session=abc"));
    assert_nothing_is_left(&io).await;
}
