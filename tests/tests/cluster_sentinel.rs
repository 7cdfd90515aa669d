//! A Redis that fails over: a master, a replica, and sentinels that say which is which.

use socketio::{
    SocketIo,
    cluster::{ClusterEvent, ClusterState, Watch},
    event, on,
};
use socketio_redis::{Classic, ConnectError, Emitter, Options, Sharded, Streams};
use tests::{Client, RedisServer, Server, serve, soon};

#[on("hello")]
fn hello() {}

const ADAPTERS: [&str; 3] = ["classic", "sharded", "streams"];

/// Everything of one adapter has names of its own, so that three clusters are at one Redis.
fn options(adapter: &str) -> Options {
    Options::default().prefix(adapter).stream(adapter, 1)
}

struct Node {
    io: SocketIo,
    states: Watch,
    _server: Server,
    client: Client,
}

impl Node {
    async fn start(adapter: &str, url: &str) -> Self {
        let (builder, options) = (SocketIo::builder().discover(), options(adapter));
        let builder = match adapter {
            "classic" => builder.cluster(Classic::connect_with(url, options).await.expect("a master")),
            "sharded" => builder.cluster(Sharded::connect_with(url, options).await.expect("a master")),
            _ => builder.cluster(Streams::connect_with(url, options).await.expect("a master")),
        };
        let io = builder.build().expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let server = serve(&io, io.router()).await;
        let client = Client::packets(server.address).await;
        Self { states: io.cluster().watch(), io, _server: server, client }
    }

    async fn state(&mut self, is_meant: impl Fn(&ClusterState) -> bool) {
        soon("the state", async {
            while !is_meant(&self.io.cluster().state()) {
                self.states.changed().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn with_sentinels_a_failover_is_survived_by_each_adapter() {
    let mut master = RedisServer::start().await;
    let replica = master.replica().await;
    let sentinels = master.sentinels(3, "mymaster").await;
    let ports: Vec<String> = sentinels.iter().map(|it| format!("127.0.0.1:{}", it.port)).collect();
    // the first is not there: the others are asked
    let url = format!("redis-sentinel://127.0.0.1:1,{}/mymaster", ports.join(","));
    let mut nodes = vec![];
    for adapter in ADAPTERS {
        let emitter = match adapter {
            "classic" => Emitter::classic_with(&url, options(adapter)).await,
            "sharded" => Emitter::sharded(&url, options(adapter)).await,
            _ => Emitter::streams(&url, options(adapter)).await,
        };
        nodes.push((
            Node::start(adapter, &url).await,
            Node::start(adapter, &url).await,
            emitter.expect("a master"),
        ));
    }
    for (one, other, emitter) in &mut nodes {
        for node in [&mut *one, &mut *other] {
            node.state(|state| matches!(state, ClusterState::Up { nodes: 2 })).await;
        }
        one.io.emit(event!("before"));
        emitter.emit(event!("from elsewhere")).await.expect("confirmed");
        for client in [&mut one.client, &mut other.client] {
            // of two that say something nobody is the first
            let mut heard = [client.text().await, client.text().await];
            heard.sort();
            assert_eq!(heard, [r#"42["before"]"#, r#"42["from elsewhere"]"#]);
        }
    }
    master.kill();
    for (one, other, _) in &mut nodes {
        for node in [&mut *one, &mut *other] {
            node.state(|state| matches!(state, ClusterState::Degraded { .. })).await;
        }
        one.io.emit(event!("meanwhile"));
        assert_eq!(one.client.text().await, r#"42["meanwhile"]"#);
    }
    for (one, other, emitter) in &mut nodes {
        for node in [&mut *one, &mut *other] {
            node.state(|state| matches!(state, ClusterState::Up { nodes: 2 })).await;
        }
        assert_eq!(other.client.text().await, r#"42["meanwhile"]"#);
        other.io.emit(event!("after"));
        for client in [&mut one.client, &mut other.client] {
            assert_eq!(client.text().await, r#"42["after"]"#);
        }
        // what it held was a connection to the one that is dead
        assert!(emitter.emit(event!("late")).await.is_err());
        emitter.emit(event!("late")).await.expect("confirmed");
        assert_eq!(one.client.text().await, r#"42["late"]"#);
    }
    let role = replica.command(&[b"ROLE"]).await;
    assert!(role.contains("master"), "{role}");
}

#[tokio::test]
async fn with_sentinels_what_is_wrong_is_said_when_connecting() {
    let mut master = RedisServer::start().await;
    let sentinel = master.sentinels(1, "mymaster").await.remove(0);
    let url = |port: u16, name: &str| format!("redis-sentinel://127.0.0.1:{port}/{name}");
    let error = async |url: &str| Classic::connect(url).await.expect_err("not possible");
    // nobody is there, or no sentinel
    for port in [1, master.port] {
        let error = error(&url(port, "mymaster")).await;
        assert!(matches!(error, ConnectError::Sentinels(_)), "{error:?}");
        assert_eq!(error.to_string(), "none of the sentinels can be asked");
    }
    let unknown = error(&format!("redis-sentinel://127.0.0.1:1,127.0.0.1:{}/other", sentinel.port)).await;
    assert_eq!(unknown.to_string(), r#"the sentinels do not know a master with the name "other""#);
    assert!(matches!(unknown, ConnectError::UnknownMaster { .. }), "{unknown:?}");
    // what is asked at the master is asked with its own password, and in its own database
    let with_database = format!("redis-sentinel://127.0.0.1:{}/mymaster/1", sentinel.port);
    Classic::connect(&with_database).await.expect("it has sixteen");
    let refused = error(&format!("redis-sentinel://ann:secret@127.0.0.1:{}/mymaster", sentinel.port)).await;
    assert!(matches!(refused, ConnectError::Unreachable(_)), "{refused:?}");
    // it is a replica, and its sentinel does not know it yet
    let other = RedisServer::start().await;
    master.command(&[b"REPLICAOF", b"127.0.0.1", other.port.to_string().as_bytes()]).await;
    let replica = error(&url(sentinel.port, "mymaster")).await;
    assert!(matches!(replica, ConnectError::NotMaster), "{replica:?}");
    master.kill();
    let dead = error(&url(sentinel.port, "mymaster")).await;
    assert!(matches!(dead, ConnectError::Unreachable(_)), "{dead:?}");
}

/// A replica may lack the last entries of the stream, and so may what a server has saved.
#[tokio::test]
async fn entries_that_were_read_are_not_read_again_when_the_end_of_the_stream_is_lost() {
    let mut redis = RedisServer::start().await;
    let emitter = Emitter::streams(&redis.url(), options("streams")).await.expect("it is there");
    let mut node = Node::start("streams", &redis.url()).await;
    let mut gaps = node.io.cluster().events();
    emitter.emit(event!("kept")).await.expect("confirmed");
    assert_eq!(node.client.text().await, r#"42["kept"]"#);
    redis.command(&[b"SAVE"]).await;
    emitter.emit(event!("lost")).await.expect("confirmed");
    assert_eq!(node.client.text().await, r#"42["lost"]"#);
    redis.kill();
    node.state(|state| matches!(state, ClusterState::Degraded { .. })).await;
    redis.restart().await;
    node.state(|state| matches!(state, ClusterState::Up { .. })).await;
    soon("a gap", async { while !matches!(gaps.next().await.expect("open"), ClusterEvent::Gap { .. }) {} })
        .await;
    assert!(emitter.emit(event!("new")).await.is_err(), "its connection is broken");
    emitter.emit(event!("new")).await.expect("confirmed");
    assert_eq!(node.client.text().await, r#"42["new"]"#);
}
