//! Proxies and layers: each test is a line of the guide's chapter `proxies`.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, http::StatusCode};
use socketio::{Config, SocketIo, on};
use tests::{Client, Front, Response, Server, node, request, serve, text_frame, upgrade};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tower_http::{cors::CorsLayer, timeout::TimeoutLayer};

#[on("echo")]
fn echo(text: String) -> String {
    text
}

fn server(config: Config) -> SocketIo {
    SocketIo::builder().discover_in(module_path!()).config(config).build().expect("a server")
}

async fn start(config: Config) -> Server {
    let io = server(config);
    serve(&io, Router::new().merge(io.router())).await
}

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";

/// What the browser asks, and where its page is from.
const HOST: &str = "chat.example:8080";

/// A request as a browser sends it, for a page of the host that it asks.
async fn ask(address: SocketAddr, method: &str, path: &str, body: &str) -> Response {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    request(address, (head + body).as_bytes()).await
}

/// The status of the first GET, of the first POST, and of a WebSocket.
async fn statuses(address: SocketAddr) -> [u16; 3] {
    let open = ask(address, "GET", POLLING, "").await;
    let text = open.text();
    let post = match text.split_once("\"sid\":\"") {
        Some((_, rest)) => ask(address, "POST", &format!("{POLLING}&sid={}", &rest[..20]), "40").await.status,
        None => 0,
    };
    let websocket = upgrade(WEBSOCKET, &[("Host", HOST), ("Origin", &format!("http://{HOST}"))]);
    [open.status, post, request(address, websocket.as_bytes()).await.status]
}

/// The answer to a GET that waits for something to fetch.
async fn quiet_poll(address: SocketAddr) -> Response {
    let open = ask(address, "GET", POLLING, "").await.text();
    let (_, rest) = open.split_once("\"sid\":\"").unwrap_or_else(|| panic!("no session: {open}"));
    let session = format!("{POLLING}&sid={}", &rest[..20]);
    assert_eq!(ask(address, "POST", &session, "40").await.text(), "ok");
    let joined = ask(address, "GET", &session, "").await.text();
    assert!(joined.starts_with("40{"), "{joined}");
    ask(address, "GET", &session, "").await
}

/// Does a WebSocket live for longer than the time of these proxies?
async fn outlives(address: SocketAddr) -> bool {
    let mut response = request(address, upgrade(WEBSOCKET, &[("Host", HOST)]).as_bytes()).await;
    assert_eq!(response.status, 101);
    let ends = async {
        let mut scratch = [0; 1024];
        while let Ok(1..) = response.stream.read(&mut scratch).await {
            // a ping waits for its answer
            let _ = response.stream.write_all(&text_frame("3")).await;
        }
    };
    timeout(Duration::from_secs(2), ends).await.is_err()
}

const WITH_UPGRADES: &str = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;";

#[tokio::test]
async fn nginx_with_the_lines_of_the_guide() {
    let server = start(Config::new()).await;
    let lines = format!("{WITH_UPGRADES} proxy_set_header Host $http_host;");
    let nginx = Front::nginx(server.address, &lines).await;
    assert_eq!(statuses(nginx.address).await, [200, 200, 101]);
    let printed = node("proxied.mjs", &[&format!("http://{}", nginx.address)], Duration::from_secs(60)).await;
    assert_eq!(printed, "polling websocket websocket\n");
    drop(nginx);
    server.shut_down().await;
}

/// `$host` has no port, and without the line the host is that of `proxy_pass`: pages are of another origin then, until theirs is
/// listed.
#[tokio::test]
async fn nginx_with_another_host() {
    for line in ["", "proxy_set_header Host $host;"] {
        let page = format!("http://{HOST}");
        for (config, seen) in
            [(Config::new(), [403, 0, 403]), (Config::new().origins([page]), [200, 200, 101])]
        {
            let server = start(config).await;
            let nginx = Front::nginx(server.address, &format!("{WITH_UPGRADES} {line}")).await;
            assert_eq!(statuses(nginx.address).await, seen, "{line}");
            drop(nginx);
            server.shut_down().await;
        }
    }
}

/// Clients that poll first stay on polling.
#[tokio::test]
async fn nginx_without_the_lines_for_upgrades() {
    let server = start(Config::new()).await;
    let nginx = Front::nginx(server.address, "proxy_set_header Host $http_host;").await;
    assert_eq!(statuses(nginx.address).await, [200, 200, 400]);
    server.shut_down().await;
}

/// A poll is quiet for as long as `ping_interval`: a proxy that waits less cuts it.
#[tokio::test]
async fn proxies_that_wait_less_than_a_ping() {
    let quiet = start(Config::new().ping_interval(Duration::from_secs(10))).await;
    let lively = start(Config::new().ping_interval(Duration::from_millis(200))).await;
    let lines = &format!("{WITH_UPGRADES} proxy_set_header Host $http_host; proxy_read_timeout 1s;");
    for (server, status) in [(&quiet, 504), (&lively, 200)] {
        let nginx = Front::nginx(server.address, lines).await;
        assert_eq!(quiet_poll(nginx.address).await.status, status);
        let haproxy = Front::haproxy(&format!("timeout server 1s\n server one {}", server.address)).await;
        assert_eq!(quiet_poll(haproxy.address).await.status, status);
        // WebSockets: nginx has one time for both, HAProxy has `timeout tunnel`
        assert_eq!(outlives(nginx.address).await, status == 200);
        assert!(outlives(haproxy.address).await);
    }
    quiet.shut_down().await;
    lively.shut_down().await;
}

/// So does a `TimeoutLayer`. WebSockets have had their answer when they are open.
#[tokio::test]
async fn a_timeout_layer_cuts_quiet_polls() {
    let limit = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(500));
    for (interval, is_around, status) in [(10_000, true, 408), (100, true, 200), (100, false, 200)] {
        let io = server(Config::new().ping_interval(Duration::from_millis(interval)));
        let app = if is_around {
            Router::new().merge(io.router()).layer(limit())
        } else {
            Router::new().layer(limit()).merge(io.router())
        };
        let server = serve(&io, app).await;
        assert_eq!(quiet_poll(server.address).await.status, status, "{interval} {is_around}");
        let mut client = Client::packets(server.address).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        client.send(r#"421["echo","still here"]"#).await;
        // pings come in between
        let mut text = client.text().await;
        while text == "2" {
            text = client.text().await;
        }
        assert_eq!(text, r#"431["still here"]"#);
        server.shut_down().await;
    }
}

/// A `CorsLayer` around the router replaces our headers, and opens nothing: the origin is still refused.
#[tokio::test]
async fn a_cors_layer_replaces_our_headers() {
    let from = |address: SocketAddr, origin: &str| {
        let head = format!(
            "GET {POLLING} HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n"
        );
        async move {
            let answer = request(address, head.as_bytes()).await;
            let share = answer.header("access-control-allow-origin").map(str::to_owned);
            (answer.status, share, answer.header("access-control-allow-credentials").map(str::to_owned))
        }
    };
    let (listed, foreign) = ("https://app.example", "https://b.example");
    let io = server(Config::new().origins([listed]));
    let ours = Router::new().merge(io.router());
    let server = serve(&io, ours.clone()).await;
    assert_eq!(from(server.address, listed).await, (200, Some(listed.to_owned()), Some("true".to_owned())));
    assert_eq!(from(server.address, foreign).await, (403, None, None));
    let around = serve(&io, ours.layer(CorsLayer::permissive())).await;
    let any = Some("*".to_owned());
    let (status, share, _) = from(around.address, listed).await;
    assert_eq!((status, share), (200, any.clone()), "a page with credentials may not read this");
    let (status, share, _) = from(around.address, foreign).await;
    assert_eq!((status, share), (403, any));
    // both use one `io`: the second has nothing left to close
    drop(around);
    server.shut_down().await;
}
