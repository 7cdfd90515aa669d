//! The admin namespace, with clients in memory on a paused clock.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use socketio::{
    Socket, SocketIo,
    cluster::Memory,
    emit::{Dynamic, Rest},
    event, on,
    test::{Refusal, TestClient, TestServer},
};
use socketio_admin::Admin;

/// Of "secret".
const HASH: &str = "$2b$04$Mzzo8q7JigyjVja3RdleM..7Cllw37qtnGsYnaEGIouYydjP0RMYm";

#[on("say")]
fn say(socket: &Socket, _text: String) {
    socket.join("talkers");
}

#[on("note")]
fn note(socket: &Socket) {
    socket.set_data(&json!({ "name": "Ann" })).expect("it can be encoded");
}

fn admin() -> Admin {
    Admin::with_user("admin", HASH).expect("a hash of bcrypt")
}

fn server(admin: Admin) -> TestServer {
    TestServer::new(SocketIo::builder().discover().plugin(admin).build().expect("a server"))
}

async fn log_in(server: &TestServer, auth: Value) -> Result<TestClient, Refusal> {
    server.client().namespace("/admin").auth(&auth).connect().await
}

fn right() -> Value {
    json!({ "username": "admin", "password": "secret" })
}

/// Logs in, and takes what comes first.
async fn attached(server: &TestServer) -> (TestClient, Value) {
    let mut client = log_in(server, right()).await.expect("accepted");
    client.expect_named::<String>("session").await;
    client.expect_named::<Value>("config").await;
    let stats = client.expect_named::<Value>("server_stats").await;
    (client, stats)
}

/// In development mode, the sockets come as well.
async fn attached_to_all(server: &TestServer) -> (TestClient, Vec<Value>) {
    let (mut client, _) = attached(server).await;
    let sockets = client.expect_named("all_sockets").await;
    (client, sockets)
}

#[tokio::test(start_paused = true)]
async fn linked_and_not_installed_it_is_closed() {
    let _ = admin();
    let server = TestServer::new(SocketIo::builder().discover().build().expect("a server"));
    let refused = server.client().namespace("/admin").auth(&right()).refused().await;
    assert_eq!(refused.message, "Invalid namespace");
}

#[tokio::test(start_paused = true)]
async fn only_administrators_are_accepted() {
    let server = server(admin());
    for auth in [
        json!({}),
        json!(null),
        json!({ "username": "admin" }),
        json!({ "username": "admin", "password": "wrong" }),
        json!({ "username": "root", "password": "secret" }),
        json!({ "username": "admin", "password": { "$ne": 1 } }),
        json!({ "username": "admin", "password": "secret".repeat(100) }),
        json!({ "sessionId": "0000000000000000" }),
    ] {
        let refused = log_in(&server, auth.clone()).await.expect_err("refused");
        assert_eq!(refused.message, "invalid credentials", "{auth}: the UI shows its log-in at this text");
    }
    let mut client = log_in(&server, right()).await.expect("accepted");
    let session = client.expect_named::<String>("session").await;
    let mut back = log_in(&server, json!({ "sessionId": session })).await.expect("accepted");
    let config = back.expect_named::<Value>("config").await;
    let features =
        ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT", "AGGREGATED_EVENTS"];
    assert_eq!(config, json!({ "supportedFeatures": features }));
}

#[tokio::test(start_paused = true)]
async fn a_log_in_is_tried_a_thousand_times() {
    let server = server(admin());
    let from =
        |last: u8| server.client().namespace("/admin").address(SocketAddr::from(([192, 0, 2, last], 1)));
    let wrong = json!({ "username": "admin", "password": "wrong" });
    let mut texts = [0, 0];
    for _ in 0..1_000 {
        let refused = from(1).auth(&wrong).refused().await;
        texts[usize::from(refused.message != "invalid credentials")] += 1;
    }
    assert!(texts[0] < 10 && texts[1] > 990, "{texts:?}: few passwords were looked at");
    // from there, the right one is not looked at either: a different answer would show that it is the right one
    from(1).auth(&right()).refused().await;
    from(2).auth(&right()).connect().await.expect("others are not concerned");
    server.advance(Duration::from_secs(60)).await;
    from(1).auth(&right()).connect().await.expect("after some time it may try again");
}

#[tokio::test(start_paused = true)]
async fn production_mode_shows_numbers_only() {
    let server = server(admin());
    let (mut client, stats) = attached(&server).await;
    assert_eq!(stats["clientsCount"], 1);
    assert_eq!(
        stats["namespaces"],
        json!([{ "name": "/", "socketsCount": 0 }, { "name": "/admin", "socketsCount": 1 }])
    );
    let mut ann = server.connect().await.expect("accepted");
    ann.emit(event!("say", "a secret")).await;
    let stats = client.expect_named::<Value>("server_stats").await;
    assert_eq!((&stats["clientsCount"], &stats["namespaces"][0]["socketsCount"]), (&json!(2), &json!(1)));
    let counted = |kind: &str| {
        let all = stats["aggregatedEvents"].as_array().expect("a list");
        all.iter().find(|event| event["type"] == kind).map(|event| event["count"].as_u64())
    };
    assert_eq!(counted("rawConnection"), Some(Some(1)), "{stats}");
    assert!(counted("bytesIn").is_some() && counted("packetsIn").is_some(), "{stats}");
    drop(ann);
    for _ in 0..3 {
        client.expect_named::<Value>("server_stats").await;
    }
}

#[tokio::test(start_paused = true)]
async fn development_mode_shows_sockets_rooms_and_events() {
    let server = server(admin().development());
    let (mut client, sockets) = attached_to_all(&server).await;
    assert_eq!(sockets.len(), 1, "the administrator's own");
    let mut ann = server.client().header("cookie", "session=secret").connect().await.expect("accepted");
    let id = ann.id().expect("accepted").to_owned();
    let (socket, _at) = client.expect_named::<(Value, String)>("socket_connected").await;
    assert_eq!((&socket["id"], &socket["nsp"], &socket["rooms"]), (&json!(id), &json!("/"), &json!([id])));
    assert!(!socket.to_string().contains("secret"), "cookies are not shown: {socket}");
    ann.emit(event!("say", "hello")).await;
    ann.emit(event!("note")).await;
    client.expect_named::<Value>("server_stats").await;
    let (namespace, room, who, _at) =
        client.expect_named::<(String, String, String, String)>("room_joined").await;
    assert_eq!([&*namespace, &room, &who], ["/", "talkers", &id]);
    let updated = client.expect_named::<Value>("socket_updated").await;
    assert_eq!(updated, json!({ "id": id, "nsp": "/", "data": { "name": "Ann" } }));
    let received = client.expect_named::<(String, String, Value, String)>("event_received").await;
    assert_eq!((received.1, received.2), (id.clone(), json!(["say", "hello"])));
    client.expect_named::<(String, String, Value, String)>("event_received").await;
    ann.disconnect().await;
    let (namespace, who, ..) =
        client.expect_named::<(String, String, String, String)>("socket_disconnected").await;
    assert_eq!([&*namespace, &who], ["/", &id]);
}

#[tokio::test(start_paused = true)]
async fn administrators_emit_join_leave_and_disconnect() {
    let server = server(admin());
    let (mut client, _) = attached(&server).await;
    let mut ann = server.connect().await.expect("accepted");
    let mut ben = server.connect().await.expect("accepted");
    let id = ann.id().expect("accepted").to_owned();
    client.emit(event!("emit", "/", &id, "news", 1, "two")).await;
    assert_eq!(ann.expect_named::<(i32, String)>("news").await, (1, "two".to_owned()));
    client.emit(event!("join", "/", "room", &id)).await;
    client.emit(event!("emit", "/", "room", "to the room")).await;
    ann.expect_named::<Rest>("to the room").await;
    client.emit(event!("leave", "/", "room", &id)).await;
    client.emit(event!("emit", "/", "room", "to nobody")).await;
    client.emit(event!("emit", "/", None::<String>, "to all")).await;
    ann.expect_named::<Rest>("to all").await;
    ben.expect_named::<Rest>("to all").await;
    client.emit(event!("_disconnect", "/", false, &id)).await;
    ann.expect_disconnect().await;
    server.idle().await;
    assert_eq!(server.io().socket_count(), 1, "only the one that was meant");
}

#[tokio::test(start_paused = true)]
async fn hostile_commands_change_nothing() {
    let server = server(admin());
    let (mut client, _) = attached(&server).await;
    let ann = server.connect().await.expect("accepted");
    let long = "x".repeat(100_000);
    for args in [
        json!([]),
        json!([null, null, null, null]),
        json!([{}, [], 1, true]),
        json!(["/nowhere", null, "news"]),
        json!(["/", {}, "news"]),
        json!(["/", ["room"], "news"]),
        json!(["/", 7, "news"]),
        json!(["/", null]),
        json!(["/", null, 7]),
        json!(["/", null, "disconnect"]),
        json!(["/", null, long]),
        json!(["/", long, {}]),
        json!([long, long, long]),
    ] {
        for command in ["emit", "join", "leave", "_disconnect"] {
            // a filter that is not a text must not mean everybody; "leave" of a room that nobody is in is harmless
            let harmless = matches!(args[1], Value::Null) && args[0] == "/";
            if harmless && command == "_disconnect" {
                continue;
            }
            let list: Vec<Value> = args.as_array().expect("a list").clone();
            let list = Rest(list.into_iter().map(Into::into).collect());
            client.emit(Dynamic::new(command, list).expect("a name")).await;
        }
    }
    server.idle().await;
    let socket = ann.socket().expect("it is still there");
    assert!(socket.is_connected());
    assert_eq!(server.io().socket_count(), 1);
    assert!(client.socket().is_some_and(|socket| socket.is_connected()), "nor does it end the administrator");
}

#[tokio::test(start_paused = true)]
async fn read_only_administrators_only_look() {
    let server = server(admin().read_only());
    let mut client = log_in(&server, right()).await.expect("accepted");
    client.expect_named::<String>("session").await;
    let config = client.expect_named::<Value>("config").await;
    assert_eq!(config, json!({ "supportedFeatures": ["AGGREGATED_EVENTS"] }));
    let ann = server.connect().await.expect("accepted");
    for command in ["emit", "join", "leave"] {
        client.emit(Dynamic::new(command, ("/", "room", "news")).expect("a name")).await;
    }
    client.emit(event!("_disconnect", "/", true, None::<String>)).await;
    server.idle().await;
    assert!(ann.socket().is_some_and(|socket| socket.is_connected()));
}

#[tokio::test(start_paused = true)]
async fn without_authentication_everybody_is_one() {
    let server = server(Admin::without_authentication());
    let mut client = server.connect_at("/admin").await.expect("accepted");
    client.expect_named::<Value>("config").await;
    client.expect_named::<Value>("server_stats").await;
    assert!(Admin::with_user("admin", "secret").is_err(), "a password is not a hash");
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_administrator() {
    let server = server(admin().development());
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    for _ in 0..3 {
        let (mut one, _) = attached_to_all(&server).await;
        one.disconnect().await;
        drop(one);
        server.advance(Duration::from_secs(60)).await;
    }
    assert_eq!(alive(), before, "nothing is left");
    let (client, _) = attached_to_all(&server).await;
    server.io().close().await;
    drop(client);
    server.idle().await;
    assert_eq!(alive(), before, "closing the server waits for it");
}

/// Rooms and sockets that come and go while the administrator reads nothing: it misses things or is disconnected, and what
/// waits for it is bounded.
#[tokio::test(start_paused = true)]
async fn a_slow_administrator_is_bounded() {
    let server = server(admin().development());
    let (mut client, _) = attached_to_all(&server).await;
    let socket = client.socket().expect("it is there");
    client.stall().await;
    let mut clients = vec![];
    for round in 0..60 {
        for _ in 0..10 {
            let mut one = server.connect().await.expect("accepted");
            for _ in 0..20 {
                one.emit(event!("say", "x".repeat(500))).await;
            }
            clients.push(one);
        }
        if round % 2 == 0 {
            clients.clear();
        }
        server.advance(Duration::from_secs(1)).await;
    }
    assert!(!socket.is_connected(), "it has read nothing for a minute");
    let (_other, sockets) = attached_to_all(&server).await;
    assert!(sockets.len() <= 1_000);
}

#[tokio::test(start_paused = true)]
async fn administrators_see_and_reach_every_node() {
    let cluster = Memory::new();
    let node = |id: &str| {
        let admin = admin().development().server_id(id);
        let io = SocketIo::builder().discover().plugin(admin).cluster(cluster.node()).build();
        TestServer::new(io.expect("a server"))
    };
    let (one, other) = (node("one"), node("other"));
    one.io().cluster().ready().await.expect("a cluster");
    other.io().cluster().ready().await.expect("a cluster");
    let mut ann = other.connect().await.expect("accepted");
    let id = ann.id().expect("accepted").to_owned();
    let (mut client, first) = attached(&one).await;
    let second = client.expect_named::<Value>("server_stats").await;
    assert_eq!([&first["serverId"], &second["serverId"]], ["one", "other"]);
    let sockets = client.expect_named::<Vec<Value>>("all_sockets").await;
    assert!(sockets.iter().any(|socket| socket["id"] == *id), "{sockets:?}");
    client.emit(event!("emit", "/", &id, "news")).await;
    ann.expect_named::<Rest>("news").await;
    client.emit(event!("_disconnect", "/", true, &id)).await;
    ann.expect_disconnect().await;
    one.io().close().await;
    other.io().close().await;
}

#[on("ask")]
fn ask(socket: &Socket, io: SocketIo) {
    socket.join("askers");
    socket.emit(event!("heard", 1));
    io.to("askers").emit(event!("asked", "a secret"));
    io.emit(event!("news"));
    io.to("nobody").emit(event!("unheard"));
}

#[tokio::test(start_paused = true)]
async fn development_mode_shows_what_is_sent_and_to_how_many() {
    let server = server(admin().development());
    let (mut client, _) = attached_to_all(&server).await;
    let mut ann = server.connect().await.expect("accepted");
    let _ben = server.connect().await.expect("accepted");
    let id = ann.id().expect("accepted").to_owned();
    client.expect_named::<Rest>("socket_connected").await;
    client.expect_named::<Rest>("socket_connected").await;
    ann.emit(event!("ask")).await;
    for first in ["server_stats", "room_joined", "event_received"] {
        client.expect_named::<Rest>(first).await;
    }
    let mut sent = vec![];
    while sent.len() < 3 {
        let (namespace, to, event, _at) =
            client.expect_named::<(String, String, Value, String)>("event_sent").await;
        assert_eq!(namespace, "/");
        assert!(
            !event.to_string().contains("secret")
                && event[1].as_str().is_some_and(|size| size.ends_with("bytes)")),
            "{event}"
        );
        sent.push((to, event[0].as_str().expect("a name").to_owned()));
    }
    let expected = [(&*id, "heard"), ("askers: 1", "asked"), ("all: 2", "news")];
    assert_eq!(sent, expected.map(|(to, name)| (to.to_owned(), name.to_owned())));
}
