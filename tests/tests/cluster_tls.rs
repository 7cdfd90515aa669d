//! Nodes of one cluster through a real Redis that speaks TLS and nothing else: each adapter, and certificates that are refused.

use std::time::{Duration, Instant};

use socketio::{SocketIo, event, on};
use socketio_redis::{Classic, ConnectError, Emitter, Options, Sharded, Streams};
use tests::{Authority, Client, RedisServer, Server, serve, soon};

#[on("hello")]
fn hello() {}

const ADAPTERS: [&str; 3] = ["classic", "sharded", "streams"];

async fn node(adapter: &str, url: &str, options: Options) -> Result<SocketIo, ConnectError> {
    let builder = SocketIo::builder().discover();
    let builder = match adapter {
        "classic" => builder.cluster(Classic::connect_with(url, options).await?),
        "sharded" => builder.cluster(Sharded::connect_with(url, options).await?),
        _ => builder.cluster(Streams::connect_with(url, options).await?),
    };
    let io = builder.build().expect("a server");
    soon("the cluster", io.cluster().ready()).await.expect("connected");
    Ok(io)
}

async fn client(io: &SocketIo) -> (Server, Client) {
    let server = serve(io, io.router()).await;
    let client = Client::packets(server.address).await;
    (server, client)
}

#[tokio::test]
async fn each_adapter_speaks_tls_with_redis() {
    let authority = Authority::new();
    for knows_clients in [false, true] {
        let redis = RedisServer::start_tls(&authority, knows_clients).await;
        let mut options = Options::default().root_certificates(authority.pem());
        if knows_clients {
            let (certificate, key) = authority.issue("node");
            let read = |path| std::fs::read(path).expect("it was written");
            options = options.client_certificate(read(certificate), read(key));
        }
        for adapter in ADAPTERS {
            let options = options.clone().prefix(adapter).stream(adapter, 1);
            let one = node(adapter, &redis.url(), options.clone()).await.expect("trusted");
            let other = node(adapter, &redis.url(), options.clone()).await.expect("trusted");
            let (_server, mut client) = client(&other).await;
            one.emit(event!("news", adapter));
            assert_eq!(client.text().await, format!(r#"42["news","{adapter}"]"#));
            let emitter = match adapter {
                "classic" => Emitter::classic_with(&redis.url(), options).await,
                "sharded" => Emitter::sharded(&redis.url(), options).await,
                _ => Emitter::streams(&redis.url(), options).await,
            };
            emitter.expect("trusted").emit(event!("late", adapter)).await.expect("confirmed");
            assert_eq!(client.text().await, format!(r#"42["late","{adapter}"]"#));
        }
    }
}

#[tokio::test]
async fn sentinels_speak_tls_as_well() {
    let authority = Authority::new();
    let redis = RedisServer::start_tls(&authority, false).await;
    let sentinel = redis.sentinel_tls(&authority, "mymaster").await;
    let url = format!("rediss-sentinel://127.0.0.1:{}/mymaster", sentinel.port);
    let options = Options::default().root_certificates(authority.pem());
    let one = node("classic", &url, options.clone()).await.expect("trusted");
    let other = node("classic", &url, options).await.expect("trusted");
    let (_server, mut client) = client(&other).await;
    one.emit(event!("news"));
    assert_eq!(client.text().await, r#"42["news"]"#);
    let error = node("classic", &url, Options::default()).await.expect_err("not trusted");
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error:?}");
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_an_error_of_connect() {
    let authority = Authority::new();
    let redis = RedisServer::start_tls(&authority, false).await;
    let stranger = Options::default().root_certificates(Authority::new().pem());
    for adapter in ADAPTERS {
        // those of the system, and those of somebody else
        for options in [Options::default(), stranger.clone()] {
            let start = Instant::now();
            let error = node(adapter, &redis.url(), options).await.expect_err("not trusted");
            assert!(matches!(error, ConnectError::Untrusted(_)), "{error:?}");
            assert_eq!(error.to_string(), "the certificate of Redis is not accepted");
            assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        }
    }
    // a name that the certificate does not have
    let options = Options::default().root_certificates(authority.pem());
    let url = redis.url().replace("127.0.0.1", "localhost");
    let error = node("classic", &url, options.clone()).await.expect_err("another name");
    assert!(matches!(error, ConnectError::Untrusted(_)), "{error:?}");
    // and without TLS at one end of the two
    let plain = RedisServer::start().await;
    let start = Instant::now();
    let url = plain.url().replace("redis:", "rediss:");
    let error = node("classic", &url, options.clone()).await.expect_err("it does not speak TLS");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    let url = redis.url().replace("rediss:", "redis:");
    let error = node("classic", &url, Options::default()).await.expect_err("it speaks nothing else");
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_an_error_of_connect() {
    let pem = Authority::new().pem();
    for (url, options) in [
        ("rediss://127.0.0.1:1", Options::default().root_certificates("not PEM")),
        ("rediss://127.0.0.1:1", Options::default().client_certificate(pem.clone(), "no key")),
        // somebody meant TLS
        ("redis://127.0.0.1:1", Options::default().root_certificates(pem.clone())),
    ] {
        let error = node("classic", url, options).await.expect_err("of no use");
        assert!(matches!(error, ConnectError::Certificates(_)), "{error:?}");
    }
}
