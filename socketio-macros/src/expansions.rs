//! What the macros write, as files to read and to compare: `tests/output/`.
//!
//! `UPDATE_EXPANSIONS=1 cargo test -p socketio-macros expansions` writes them again; then read the difference.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;

use crate::{event, lists, on};

fn tokens(source: &str) -> TokenStream {
    source.parse().expect("tokens")
}

/// Compares an expansion with its file.
fn assert_expansion(name: &str, source: &str, expansion: TokenStream) {
    let file = syn::parse2(expansion).expect("items");
    let source: String = source.trim().lines().map(|line| format!("//     {line}\n")).collect();
    let text = format!("// The expansion of:\n//\n{source}\n{}", prettyplease::unparse(&file));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output").join(name).with_extension("rs");
    if env::var_os("UPDATE_EXPANSIONS").is_some() {
        fs::write(&path, text).expect("a writable folder");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "the expansion is not that of {}: if it is meant, run with `UPDATE_EXPANSIONS=1` and read the difference. It is now:\n{text}",
        path.display(),
    );
}

/// `#[on(attr)]` on an item.
fn assert_on(name: &str, attr: &str, item: &str) {
    let expansion = on::on(tokens(attr), &tokens(item));
    let on = if attr.is_empty() { "#[on]".to_owned() } else { format!("#[on({attr})]") };
    assert_expansion(name, &format!("{on}\n{item}"), expansion);
}

#[test]
fn a_plain_function() {
    assert_on(
        "on_plain",
        r#""chat:say", "chat:shout", priority = -1"#,
        "pub fn say(socket: &Socket, text: Cow<'_, str>) { socket.broadcast().emit(&Said { text }); }",
    );
}

#[test]
fn an_async_function() {
    assert_on("on_async", r#""chat:sum""#, "async fn sum(a: i64, b: i64) -> i64 { a + b }");
}

#[test]
fn a_connect_handler() {
    assert_on(
        "on_connect",
        r#"connect, namespace = "/chat""#,
        "fn connected(socket: &Socket, Auth(who): Auth<Credentials>) -> Result<(), ClientError> { Ok(()) }",
    );
}

#[test]
fn a_typed_event_with_an_acknowledgement() {
    assert_on(
        "on_typed",
        "SendMessage",
        "async fn send(message: SendMessage<'_>, State(db): State<Db>) -> Result<Receipt, ClientError> { db.send(message).await }",
    );
}

#[test]
fn every_event() {
    assert_on(
        "on_any",
        "any",
        "fn log(EventName(name): EventName<'_>, rest: Rest) { println!(\"{name}\"); }",
    );
}

#[test]
fn an_impl() {
    assert_on(
        "on_impl",
        "",
        r#"impl Chat {
    #[on("chat:join")]
    fn join(socket: &Socket, room: String) { socket.join(Self::polite(room)); }

    #[on("chat:leave", crate = facade::socketio)]
    async fn leave(_: Room) -> Self { Self }

    fn polite(room: String) -> String { room }
}"#,
    );
}

#[test]
fn an_event() {
    let source = r#"#[derive(Event)]
#[event("chat:message", ack = Receipt)]
pub struct SendMessage<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}"#;
    assert_expansion("event", source, event::derive_event(tokens(source)));
}

#[test]
fn an_event_that_is_a_tuple() {
    let source = r#"#[derive(Event)]
#[event("chat:moved", from = server)]
struct Moved<T: Serialize>(i64, T);"#;
    assert_expansion("event_tuple", source, event::derive_event(tokens(source)));
}

#[test]
fn a_payload() {
    let source = "#[derive(Payload)]\nstruct Page<T> { items: Vec<T> }";
    assert_expansion("payload", source, event::derive_payload(tokens(source)));
}

#[test]
fn a_list_of_events() {
    let source = r#"pub EVENTS = [SendMessage<'_>, "chat:clear", use other::EVENTS]"#;
    assert_expansion("events", &format!("events! {{ {source} }}"), lists::events(tokens(source)));
}
