//! The bytes of official clients that cannot be installed here, put together from their sources and from reports, not recorded: Java and Android (engine.io-client
//! 2.1, OkHttp 3.12), iOS (socket.io-client-swift 16, Starscream 4), Flutter and Dart (socket_io_client 3, dart:io).

use std::net::SocketAddr;

use axum::Router;
use socketio::{Bytes, Config, Socket, SocketIo, event, on};
use tests::{Client, Response, Server, request, serve};

#[on("len")]
fn len(bytes: Bytes) -> usize {
    bytes.len()
}

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

async fn start() -> Server {
    let io = SocketIo::builder().discover_in(module_path!()).config(Config::new()).build().expect("a server");
    serve(&io, Router::new().merge(io.router())).await
}

/// Sends a request head with `{host}` filled in, and a body.
async fn send(address: SocketAddr, head: &str, body: &str) -> Response {
    let head = head.replace("{host}", &address.to_string()).replace("{length}", &body.len().to_string());
    let head = head.trim_start().lines().map(str::trim_start).collect::<Vec<_>>().join("\r\n");
    request(address, format!("{head}\r\n\r\n{body}").as_bytes()).await
}

fn sid(open: &Response) -> String {
    let text = open.text();
    assert_eq!(open.status, 200, "{text}");
    text.split_once("\"sid\":\"").map(|(_, rest)| rest[..20].to_owned()).expect("a session id")
}

#[tokio::test]
async fn javas_client_polls_with_wrapped_base64() {
    let server = start().await;
    let get = "GET /socket.io/?EIO=4&transport=polling&t=Oa1B2c3{sid} HTTP/1.1
        Accept: */*
        Host: {host}
        Connection: Keep-Alive
        Accept-Encoding: gzip
        User-Agent: okhttp/3.12.12";
    let post = "POST /socket.io/?EIO=4&transport=polling&t=Oa1B2c4{sid} HTTP/1.1
        Accept: */*
        Content-Type: text/plain;charset=UTF-8
        Content-Length: {length}
        Host: {host}
        Connection: Keep-Alive
        Accept-Encoding: gzip
        User-Agent: okhttp/3.12.12";
    let sid = sid(&send(server.address, &get.replace("{sid}", ""), "").await);
    let (get, post) =
        (get.replace("{sid}", &format!("&sid={sid}")), post.replace("{sid}", &format!("&sid={sid}")));
    assert_eq!(send(server.address, &post, "40").await.text(), "ok");
    assert!(send(server.address, &get, "").await.text().starts_with("40{\"sid\":"));
    // `Base64.DEFAULT`: a line feed after 76 characters, and after the last
    let long = format!("b{}\n{}\n", "AQEB".repeat(19), "AQEB".repeat(6));
    for (number, base64, len) in [(7, "bAQEB\n", 3), (8, "bAQ==\n", 1), (9, &*long, 75)] {
        let packet = format!("451-{number}[\"len\",{{\"_placeholder\":true,\"num\":0}}]\u{1e}{base64}");
        assert_eq!(send(server.address, &post, &packet).await.text(), "ok");
        assert_eq!(send(server.address, &get, "").await.text(), format!("43{number}[{len}]"));
    }
    // what OkHttp sends to open a WebSocket: no origin
    let upgrade = format!(
        "GET /socket.io/?EIO=4&transport=websocket&t=Oa1B2c5&sid={sid} HTTP/1.1
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Version: 13
        Host: {{host}}
        Accept-Encoding: gzip
        User-Agent: okhttp/3.12.12"
    );
    let mut client = Client::of(send(server.address, &upgrade, "").await).await;
    client.send("2probe").await;
    assert_eq!(client.text().await, "3probe");
    client.send("5").await;
    client.send(r#"42["echo","über"]"#).await;
    assert_eq!(client.text().await, r#"42["echo","über"]"#);
    client.close().await;
    server.shut_down().await;
}

/// Starscream makes `Origin` of its URL, whatever is in that. The root namespace is `/,`.
#[tokio::test]
async fn swifts_client_has_an_origin_of_its_own() {
    let server = start().await;
    let cfnetwork = "Host: {host}
        Accept: */*
        Accept-Language: en-GB,en;q=0.9
        Accept-Encoding: gzip, deflate
        User-Agent: Chat/1 CFNetwork/1490.0.4 Darwin/23.2.0
        Connection: keep-alive";
    let open = format!("GET /socket.io/?transport=polling&b64=1&EIO=4 HTTP/1.1\n{cfnetwork}");
    let sid = sid(&send(server.address, &open, "").await);
    let session = format!("/socket.io/?transport=polling&b64=1&EIO=4&sid={sid}");
    let post = format!(
        "POST {session} HTTP/1.1\n{cfnetwork}
        Content-Type: text/plain; charset=UTF-8
        Content-Length: {{length}}"
    );
    assert_eq!(send(server.address, &post, "40/,").await.text(), "ok");
    let get = format!("GET {session} HTTP/1.1\n{cfnetwork}");
    assert!(send(server.address, &get, "").await.text().starts_with("40{\"sid\":"));
    for (origin, status) in
        [("ws://{host}", 101), ("ws://ann:secret@{host}", 101), ("wss://elsewhere.example", 403)]
    {
        let upgrade = format!(
            "GET /socket.io/?transport=websocket&EIO=4 HTTP/1.1
            Connection: Upgrade
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=15
            Host: {{host}}
            Origin: {origin}
            Upgrade: websocket"
        );
        let answer = send(server.address, &upgrade, "").await;
        assert_eq!(answer.status, status, "{origin}: {}", answer.text());
        if status != 101 {
            continue;
        }
        let mut client = Client::of(answer).await;
        assert!(client.text().await.starts_with("0{\"sid\":"));
        client.send(r#"40/,{"token":"x"}"#).await;
        assert!(client.text().await.starts_with("40{\"sid\":"));
        client.send(r#"451-3["len",{"_placeholder":true,"num":0}]"#).await;
        client.send_binary(&[1, 2, 3, 4]).await;
        assert_eq!(client.text().await, "433[4]");
        client.send("41").await;
        client.close().await;
    }
    server.shut_down().await;
}

#[tokio::test]
async fn darts_client_has_names_in_lower_case() {
    let server = start().await;
    let upgrade = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1
        user-agent: Dart/3.4 (dart:io)
        connection: Upgrade
        cache-control: no-cache
        accept-encoding: gzip
        sec-websocket-version: 13
        host: {host}
        sec-websocket-extensions: permessage-deflate; client_max_window_bits
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==
        upgrade: websocket
        content-length: 0";
    let mut client = Client::of(send(server.address, upgrade, "").await).await;
    client.join().await;
    client.send(r#"42["echo","über"]"#).await;
    assert_eq!(client.text().await, r#"42["echo","über"]"#);
    client.send(r#"451-0["len",{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(&[0; 100]).await;
    assert_eq!(client.text().await, "430[100]");
    client.close().await;

    // polling, in an application: no page, no origin
    let get = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1
        user-agent: Dart/3.4 (dart:io)
        accept: */*
        accept-encoding: gzip
        content-length: 0
        host: {host}";
    let sid = sid(&send(server.address, get, "").await);
    let post = format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1
        user-agent: Dart/3.4 (dart:io)
        content-type: text/plain;charset=UTF-8
        accept: */*
        accept-encoding: gzip
        content-length: {{length}}
        host: {{host}}"
    );
    let packet = "40\u{1e}451-1[\"len\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID";
    assert_eq!(send(server.address, &post, packet).await.text(), "ok");
    server.shut_down().await;
}
