//! Guards that modules say with `namespace!`, and what is seen of what leaves.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

use super::{both, layered};
use crate::{
    Auth, ClientError, Message, Socket, SocketIo, event,
    extract::{EventContext, Extension, FromEvent, Kind},
    handlers, on,
    test::TestServer,
    tests::kit::builder,
};

struct User {
    is_admin: bool,
}

/// A guard of the program.
struct Admin;

impl<'e, K: Kind> FromEvent<'e, K> for Admin {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match cx.socket().extensions().get::<User>() {
            Some(user) if user.is_admin => Ok(Self),
            _ => Err(ClientError::new("forbidden", "only for administrators")),
        }
    }
}

fn log_in(socket: &Socket, auth: &Value) {
    if auth["name"].is_string() {
        socket.extensions().insert(User { is_admin: auth["name"] == "ann" });
    }
}

mod admin {
    use super::{Admin, Auth, Extension, Socket, User, Value, log_in, on};

    crate::namespace!("/admin", guard = Extension<User>, guard = Admin);

    #[on(connect)]
    fn connected(Auth(auth): Auth<Value>, socket: &Socket) {
        log_in(socket, &auth);
    }

    #[on("step down")]
    fn step_down(socket: &Socket) {
        socket.extensions().insert(User { is_admin: false });
    }

    #[on("ban", manual)]
    pub(super) fn ban() -> &'static str {
        "banned"
    }

    #[on("hello", namespace = "/")]
    fn hello() -> &'static str {
        "hello"
    }
}

/// The same namespace, in a module that says nothing of guards.
mod more {
    use super::on;

    crate::namespace!("/admin");

    #[on("promote")]
    fn promote() -> &'static str {
        "promoted"
    }
}

#[on("all")]
fn all(socket: &Socket) {
    socket.emit(event!("to you", 1));
    socket.to("nobody").emit(event!("to nobody", 1));
    socket.io().emit(event!("to all", 1, 2));
    socket.emit(Message::text("hi"));
}

#[tokio::test(start_paused = true)]
async fn a_guard_of_a_module_guards_its_namespace() {
    let (server, _, _) = layered(module_path!(), |builder| builder.handlers(handlers![admin::ban]));
    let connect = |name: Value| {
        let client = server.client().namespace("/admin");
        if name.is_null() { client } else { client.auth(&serde_json::json!({ "name": name })) }
    };
    // after the connect handlers, from the inside out
    assert_eq!(connect(Value::Null).refused().await.code.as_deref(), Some("forbidden"));
    assert_eq!(connect("bob".into()).refused().await.code.as_deref(), Some("forbidden"));
    let mut ann = connect("ann".into()).connect().await.expect("accepted");
    for (name, answer) in [("ban", "banned"), ("promote", "promoted")] {
        let asked = crate::emit::Dynamic::new(name, ()).expect("a name");
        assert_eq!(ann.ask_named::<String>(asked).await.as_deref(), Ok(answer));
    }
    ann.emit(event!("step down")).await;
    for name in ["ban", "promote", "nobody"] {
        let asked = crate::emit::Dynamic::new(name, ()).expect("a name");
        assert_eq!(ann.ask_named::<String>(asked).await.expect_err("no role").code(), "forbidden");
    }
    // a handler of the module in another namespace is not guarded
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<String>(event!("hello")).await.as_deref(), Ok("hello"));
    }
}

/// A handler that is listed brings the guard of its module with it.
#[tokio::test(start_paused = true)]
async fn a_listed_handler_is_guarded_as_well() {
    let io = SocketIo::builder().handlers(handlers![admin::ban]).build().expect("no fault");
    let server = TestServer::new(io);
    assert_eq!(server.client().namespace("/admin").refused().await.code.as_deref(), Some("forbidden"));
}

#[tokio::test(start_paused = true)]
async fn what_leaves_is_seen_once_for_each_emit() {
    let seen = Arc::new(Mutex::new(vec![]));
    let (builder, _, _) = builder(module_path!());
    let (lines, others) = (seen.clone(), Arc::new(AtomicUsize::new(0)));
    let second = others.clone();
    let io = builder
        .on_emit(move |emitted| {
            let to = match emitted.socket() {
                Some(_) => "one".to_owned(),
                None => emitted.rooms().collect::<Vec<_>>().join(","),
            };
            let (event, clients) = (emitted.event(), emitted.clients());
            let size = if emitted.size() > 10 { "bytes" } else { "nothing" };
            lines.lock().expect("no panic").push(format!("{event} [{to}] {clients} {size}"));
            assert_ne!(event, "to nobody", "this panics, and touches nobody");
        })
        .on_emit(move |_| {
            second.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .expect("no fault");
    let server = TestServer::new(io);
    let [mut packets, mut plain] = both(&server).await;
    packets.emit(event!("all")).await;
    packets.expect_named::<u8>("to you").await;
    assert_eq!(packets.expect_named::<(u8, u8)>("to all").await, (1, 2));
    assert_eq!(plain.expect_named::<(u8, u8)>("to all").await, (1, 2));
    packets.expect_named::<String>("message").await;
    assert_eq!(
        *seen.lock().expect("no panic"),
        ["to you [one] 1 bytes", "to nobody [nobody] 0 bytes", "to all [] 2 bytes", "message [one] 1 bytes"]
    );
    assert_eq!(others.load(Ordering::Relaxed), 4, "the second one saw all of it, that of the panic included");
}
