//! What handlers get is valid, and what clients receive of errors is what the program says.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    ClientError, Event, Payload, SocketIo, State,
    error::{FieldErrors, IntoClientError, SocketError},
    event, on,
    test::{TestClient, TestServer},
    tests::kit::Log,
};

#[derive(Serialize, Deserialize, Payload)]
#[payload(validate = check)]
struct Note {
    text: String,
}

fn check(note: &Note) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    if note.text.is_empty() {
        errors.add("text", "is empty");
    }
    if note.text.len() > 5 {
        errors.add("text", "too long");
    }
    errors.into_result()
}

#[derive(Serialize, Deserialize, Event, garde::Validate)]
#[event("sign up", from = client, validate, ack = bool)]
struct SignUp {
    #[garde(length(min = 3))]
    name: String,
    #[garde(dive)]
    pets: Vec<Pet>,
}

#[derive(Serialize, Deserialize, garde::Validate)]
struct Pet {
    #[garde(range(max = 30))]
    age: u32,
}

/// A tuple struct is as many arguments as it has fields.
#[derive(Serialize, Deserialize, Event)]
#[event("move", from = client, validate = inside)]
struct Move(i32, i32);

fn inside(to: &Move) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    if to.0 + to.1 > 100 {
        errors.add("", "outside the board");
    }
    errors.into_result()
}

#[on("note")]
fn note(note: Note, State(log): State<Log>) {
    log.add(note.text);
}

#[on("notes")]
fn notes(notes: Vec<Note>, pair: Option<(Note, u8)>, State(log): State<Log>) -> usize {
    log.add(format!("{} {}", notes.len(), pair.is_some()));
    notes.len()
}

#[on(SignUp)]
fn sign_up(_: SignUp) -> bool {
    true
}

#[on(Move)]
fn moved(_: Move) {}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    if !matches!(error, SocketError::Disconnected { .. }) {
        log.add(error.to_string());
    }
}

async fn clients() -> ([TestClient; 2], TestServer, Log) {
    let log = Log::default();
    let builder = SocketIo::builder().discover_in(module_path!()).state(log.clone());
    let server = TestServer::new(builder.build().unwrap_or_else(|error| panic!("{error}")));
    let packets = server.connect().await.expect("accepted");
    let plain = server.plain().await.expect("accepted");
    ([packets, plain], server, log)
}

async fn refused(client: &mut TestClient, name: &'static str, args: impl crate::emit::Arguments) -> Value {
    let event = crate::emit::Dynamic::new(name, args).expect("a name");
    let error = client.ask_named::<Value>(event).await.expect_err("invalid");
    serde_json::to_value(&error).expect("JSON")
}

#[tokio::test(start_paused = true)]
async fn an_invalid_payload_is_refused_with_the_paths_of_its_fields() {
    let (mut clients, _server, log) = clients().await;
    for client in &mut clients {
        let error = refused(client, "note", (json!({ "text": "much too long" }),)).await;
        let expected = json!({
            "code": "invalid",
            "message": "text: too long",
            "data": { "fields": { "text": ["too long"] } }
        });
        assert_eq!(error, expected);
        let lists = (json!([{ "text": "ok" }, { "text": "" }]), json!([{ "text": "much too long" }, 1]));
        let error = refused(client, "notes", lists.clone()).await;
        assert_eq!(error["data"]["fields"], json!({ "[1].text": ["is empty"] }));
        let error = refused(client, "notes", (json!([]), lists.1)).await;
        assert_eq!(error["data"]["fields"], json!({ "[0].text": ["too long"] }));
        // what cannot be decoded is another error
        let error = refused(client, "note", (json!({ "text": 1 }),)).await;
        assert_eq!(error["code"], "bad_payload");
        assert_eq!(
            client.ask_named::<usize>(event!("notes", json!([{ "text": "ok" }]), None::<u8>)).await,
            Ok(1)
        );
    }
    let lines = log.lines();
    assert_eq!(lines[0], "event \"note\", handler `note`: text: too long");
    assert_eq!(lines[4], "1 false");
    assert_eq!(lines.len(), 10, "the handler has run once on each wire: {lines:?}");
}

#[tokio::test(start_paused = true)]
async fn garde_validates_events() {
    let (mut clients, _server, _) = clients().await;
    for client in &mut clients {
        let sign_up =
            |name: &str, age| SignUp { name: name.to_owned(), pets: vec![Pet { age: 1 }, Pet { age }] };
        assert_eq!(client.ask(&sign_up("ann", 2)).await, Ok(true));
        let error = client.ask(&sign_up("al", 31)).await.expect_err("invalid");
        assert_eq!(error.code(), "invalid");
        assert_eq!(
            error.data(),
            Some(&json!({ "fields": {
                "name": ["length is lower than 3"],
                "pets[1].age": ["greater than 30"],
            } }))
        );
        let error = refused(client, "move", (99, 2)).await;
        assert_eq!(error["message"], "outside the board");
    }
}

#[derive(Debug, thiserror::Error, IntoClientError)]
enum ShopError {
    #[error("a secret")]
    #[client_error(code = "sold_out")]
    SoldOut,
    #[error("{left} left, not {wanted}")]
    #[client_error(code = "too_many", display)]
    TooMany {
        #[client_error(data)]
        left: u32,
        wanted: u32,
    },
    #[error("a secret")]
    #[client_error(code = "unavailable", message = "try again later")]
    Database(#[from] io::Error),
    #[error("a secret")]
    #[client_error(code = "wrong", message = "wrong")]
    Wrong(#[client_error(data)] Vec<u8>, io::Error),
    #[error(transparent)]
    #[client_error(transparent)]
    Client(#[from] ClientError),
}

#[derive(IntoClientError)]
#[client_error(code = "closed", message = "we are closed")]
struct Closed;

#[on("buy")]
fn buy(count: u32) -> Result<u32, ShopError> {
    match count {
        0 => Err(io::Error::other("a secret"))?,
        1 => Err(ClientError::new("own", "own"))?,
        2 => Err(ShopError::SoldOut),
        3 => Err(ShopError::Wrong(vec![7], io::Error::other("a secret"))),
        wanted => Err(ShopError::TooMany { left: 3, wanted }),
    }
}

#[tokio::test(start_paused = true)]
async fn a_programs_own_error_says_what_the_client_receives() {
    let (mut clients, _server, _) = clients().await;
    for client in &mut clients {
        for (count, expected) in [
            (0, json!({ "code": "unavailable", "message": "try again later" })),
            (1, json!({ "code": "own", "message": "own" })),
            (2, json!({ "code": "sold_out", "message": "sold out" })),
            (3, json!({ "code": "wrong", "message": "wrong", "data": [7] })),
            (9, json!({ "code": "too_many", "message": "3 left, not 9", "data": { "left": 3 } })),
        ] {
            assert_eq!(refused(client, "buy", (count,)).await, expected);
        }
    }
    assert_eq!(Closed.into_client_error(), ClientError::new("closed", "we are closed"));
    let as_client_error = || -> Result<(), ClientError> { Err(Closed)? };
    assert_eq!(as_client_error(), Err(Closed.into_client_error()), "`?` works there as well");
}
