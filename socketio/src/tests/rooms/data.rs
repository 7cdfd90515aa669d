//! What a program keeps on a socket.

use serde_json::Value;

use crate::{
    ClientError, Config, Socket, State,
    extract::{EventContext, Extension, FromEvent, Kind},
    on,
    tests::kit::{Log, TestClient, server},
};

struct User(&'static str);

/// An extractor of the program's own.
struct Name(&'static str);

impl<'e, K: Kind> FromEvent<'e, K> for Name {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let user = cx.socket().extensions().get::<User>();
        user.map(|user| Self(user.0)).ok_or_else(|| ClientError::new("unauthorized", "log in first"))
    }
}

#[on("login")]
fn login(socket: &Socket) {
    assert!(socket.extensions().insert(User("ann")).is_none());
    socket.set_attribute("count", 3_u32);
}

#[on("guarded")]
fn guarded(user: Extension<User>, Name(name): Name) -> String {
    format!("{} {name}", user.0.0)
}

#[on("own")]
fn own(Name(name): Name) -> String {
    name.to_owned()
}

#[on("optional")]
fn optional(user: Option<Extension<User>>) -> bool {
    user.is_some()
}

#[on("attributes")]
fn attributes(socket: &Socket, State(log): State<Log>) {
    log.add(format!("{:?} {:?}", socket.attribute::<u32>("count"), socket.attribute::<String>("count")));
    assert!(socket.remove_attribute("count") && !socket.remove_attribute("count"));
    log.add(format!("{:?}", socket.attribute::<u32>("count")));
}

#[tokio::test(start_paused = true)]
async fn extensions_guard_and_attributes_are_typed() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    assert_eq!(client.ask("guarded", Value::Null).await["error"]["code"], "rejected");
    assert_eq!(client.ask("own", Value::Null).await["error"]["code"], "unauthorized");
    assert_eq!(client.ask("optional", Value::Null).await["data"], false);
    client.ask("login", Value::Null).await;
    assert_eq!(client.ask("guarded", Value::Null).await["data"], "ann ann");
    assert_eq!(client.ask("own", Value::Null).await["data"], "ann");
    assert_eq!(client.ask("optional", Value::Null).await["data"], true);
    client.ask("attributes", Value::Null).await;
    // a value of another type is `None`, not a panic
    assert_eq!(log.lines(), ["Some(3) None", "None"]);
}
