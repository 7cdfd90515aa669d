//! Errors with `?` in handlers, and extractors as `Result`.

use serde::Deserialize;
use serde_json::json;

use crate::{
    Auth, ClientError, Config, Data, Socket, State,
    emit::Args,
    error::{EmitError, SocketError},
    event,
    extract::Extension,
    on,
    tests::kit::{Log, TestClient, assert_nothing_is_left, server, with_sources},
};

#[derive(Debug, Deserialize)]
struct Login {
    user: User,
}

#[derive(Debug, Deserialize)]
struct User {
    name: String,
    id: u32,
}

#[on(connect, priority = 1)]
fn anyone(
    first: Result<Auth<Login>, ClientError>,
    second: Result<Auth<Data1>, ClientError>,
    State(log): State<Log>,
) {
    let first = first.map(|auth| format!("{} {}", auth.0.user.name, auth.0.user.id));
    log.add(format!("{:?} {}", first.map_err(|error| error.message().to_owned()), second.is_ok()));
}

/// Reads any object.
#[derive(Deserialize)]
struct Data1 {}

#[on(connect, priority = 2)]
fn known(Auth(login): Auth<Login>) {
    drop(login);
}

struct NotThere;

#[on("mixed")]
fn mixed(
    extension: Result<Extension<NotThere>, ClientError>,
    number: Result<u32, ClientError>,
    text: Result<String, ClientError>,
    Data(last): Data<Vec<u8>>,
) -> String {
    let text = text.map_err(|error| error.message().to_owned());
    format!(
        "{:?} {:?} {text:?} {last:?}",
        extension.is_ok(),
        number.map_err(|error| error.message().to_owned())
    )
}

#[on("all")]
fn all(args: Result<Args<(u32, User)>, ClientError>) -> String {
    args.map_or_else(|error| error.message().to_owned(), |args| format!("{:?}", args.0))
}

#[on("emit")]
fn emit(socket: &Socket) -> Result<(), ClientError> {
    // keys that are not texts have no form in JSON
    let pairs = std::collections::HashMap::from([((1, 2), 3)]);
    socket.set_data(&pairs)?;
    Ok(())
}

#[on("emit itself")]
fn emit_itself(socket: &Socket) -> Result<(), EmitError> {
    socket.emit_to("nobody", event!("x"))
}

#[on("file")]
async fn file() -> Result<u32, ClientError> {
    let text = std::fs::read_to_string("/no/such/file").map_err(ClientError::internal)?;
    text.parse().map_err(ClientError::internal)
}

#[on("join")]
fn join(socket: &Socket) -> Result<(), ClientError> {
    Ok(socket.try_join("x".repeat(300))?)
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(with_sources(error));
}

/// The client learns that something went wrong, the server what.
#[tokio::test(start_paused = true)]
async fn errors_of_the_framework_are_internal_for_a_client() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain_at(&io.websocket(), "/ws?user=x").await;
    client.closed().await;
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"user":{"name":"ann","id":1}}"#).await;
    client.text().await;
    let before = log.lines().len();
    for event in ["emit", "emit itself", "file", "join"] {
        client.send(format!(r#"421["{event}"]"#)).await;
        assert_eq!(client.text().await, r#"431[{"error":{"code":"internal","message":"internal error"}}]"#);
    }
    let expected = [
        "event \"emit\", handler `emit`: internal error: key must be a string",
        // raised by the verb itself
        "cannot emit to nobody: the socket is closed",
        "event \"emit itself\", handler `emit_itself`: internal error: the socket is closed",
        "event \"file\", handler `file`: internal error: No such file or directory (os error 2)",
        "event \"join\", handler `join`: internal error: the room's name is too long (`max_name`)",
    ];
    let mut lines = log.wait_for(before + 5).await.split_off(before);
    let mut expected = expected.map(str::to_owned);
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
    assert_nothing_is_left(&io).await;
}

/// An argument that could not be read counts as taken; one that does not come from the event takes nothing.
#[tokio::test(start_paused = true)]
async fn the_argument_after_one_that_failed_is_the_next_one() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"user":{"name":"ann"}}"#).await;
    assert_eq!(
        client.text().await,
        r#"44{"message":"auth: user: missing field `id`","data":{"code":"bad_payload"}}"#
    );
    client.send("40").await;
    assert_eq!(
        client.text().await,
        r#"44{"message":"auth: missing field `user`","data":{"code":"bad_payload"}}"#
    );
    client.send(r#"40{"user":{"name":"ann","id":1}}"#).await;
    client.text().await;
    assert_eq!(
        log.lines(),
        [
            r#"Err("auth: user: missing field `id`") true"#,
            r#"Err("auth: missing field `user`") true"#,
            r#"Ok("ann 1") true"#
        ]
    );
    for (sent, answer) in [
        (r#"1,"two",[3]"#, json!(r#"false Ok(1) Ok("two") [3]"#)),
        (
            r#"{"a":[1,"]"]},2,[3]"#,
            json!(
                "false Err(\"argument 0: invalid type: map, expected u32\") \
                 Err(\"argument 1: invalid type: integer, expected a string\") [3]"
            ),
        ),
        ("1", json!({ "error": { "code": "bad_payload", "message": "argument 1 is missing" } })),
    ] {
        client.send(format!(r#"421["mixed",{sent}]"#)).await;
        let got: serde_json::Value = serde_json::from_str(&client.text().await[3..]).expect("JSON");
        assert_eq!(got[0], answer, "{sent}");
    }
    client.send(r#"421["all",1,{"name":"x"}]"#).await;
    assert_eq!(client.text().await, r#"431["argument 1: missing field `id`"]"#);
    client.send(r#"421["all",1]"#).await;
    assert_eq!(client.text().await, r#"431["invalid length 1, expected a tuple of size 2"]"#);
    assert_nothing_is_left(&io).await;
}
