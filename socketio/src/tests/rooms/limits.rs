//! What the program asks for beyond a limit: a result, the `error` event, a warning; never nothing.

use crate::{
    Config, Socket, SocketIo, State,
    error::{JoinError, ListenError, SetUuidError, SocketError},
    event, on,
    tests::kit::{Log, TestClient, assert_nothing_is_left, server, with_sources},
};

#[on(connect)]
fn connected(socket: &Socket, io: SocketIo, State(log): State<Log>) {
    for room in ["a", "b", "c", "a", &"x".repeat(300)] {
        log.add(format!("{:.3} {:?}", room, socket.try_join(room)));
    }
    // the room of another socket, by its id
    if let Some(other) = io.sockets().into_iter().find(|other| other != socket) {
        log.add(format!("other {:?}", socket.try_join(other.id().to_string())));
        socket.join(other.id().to_string());
    }
    log.add(format!("own {:?}", socket.try_join(socket.id().to_string())));
    socket.join("d");
}

#[on("join")]
fn join(socket: &Socket, room: String) {
    socket.join(room);
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(with_sources(error));
}

#[tokio::test(start_paused = true)]
async fn a_room_that_cannot_be_joined_is_reported() {
    let (io, log, _) = server(module_path!(), Config::new().max_rooms(2).max_name(200));
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    let expected = [
        "a Ok(())",
        "b Ok(())",
        "c Err(TooMany)",
        "a Ok(())",
        "xxx Err(Length)",
        "own Ok(())",
        r#"cannot join room "d": the socket is in as many rooms as it may be (`max_rooms`)"#,
    ];
    assert_eq!(log.wait_for(7).await, expected);
    client.send(format!(r#"42["join","{}"]"#, "é".repeat(300))).await;
    let long = log.wait_for(8).await.remove(7);
    let start = format!("cannot join room \"{}\": ", "é".repeat(256));
    assert_eq!(long, start + "the room's name is too long (`max_name`)");
    let mut second = TestClient::packets(&io).await;
    second.send("40").await;
    second.text().await;
    let lines = log.wait_for(8 + 5 + 4).await;
    assert_eq!(lines[13], "other Err(Foreign)");
    assert!(lines[14..].iter().any(|line| line.ends_with("the room is another socket's own")), "{lines:?}");
    // of many at once
    assert_eq!(io.to("a").try_join("b"), Ok(2));
    assert_eq!(io.to("a").try_join("c"), Ok(0), "each is in two rooms");
    assert_eq!(io.to("a").try_join("x".repeat(201)), Err(JoinError::Length));
    let socket = io.sockets().remove(0);
    socket.disconnect();
    assert_eq!(socket.try_join("a"), Err(JoinError::Closed));
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn the_longest_name_is_a_setting() {
    let (io, _, _) = server(module_path!(), Config::new().max_name(1000));
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    let socket = io.sockets().remove(0);
    let (longest, longer) = ("x".repeat(1000), "x".repeat(1001));
    assert_eq!((socket.set_uuid(&*longest), socket.set_uuid(&*longer)), (Ok(()), Err(SetUuidError::Length)));
    assert_eq!((socket.try_join(&*longest), socket.try_join(&*longer)), (Ok(()), Err(JoinError::Length)));
    assert!(socket.on(&*longest, |event| event.socket().emit(event!("heard"))).is_ok());
    assert_eq!(socket.on(&*longer, |_| {}).err(), Some(ListenError::Length));
    client.send(format!(r#"42["{longest}"]"#)).await;
    assert_eq!(client.text().await, r#"42["heard"]"#);
    assert_nothing_is_left(&io).await;
}
