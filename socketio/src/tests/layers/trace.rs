//! Spans of sockets and events.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    ClientError, SocketIo, emit::Dynamic, event, middleware::Trace, observe::SocketSpan, on, test::TestServer,
};

#[on("fine")]
async fn fine() {}

#[on("fails")]
fn fails() -> Result<(), ClientError> {
    Err(ClientError::new("no_luck", "never"))
}

#[on(connect, namespace = "/org/{id}")]
fn org() {}

/// Keeps the spans: their names, parents and fields.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Fields>>>);

type Fields = HashMap<String, String>;

impl Visit for Fields2<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

struct Fields2<'a>(&'a mut Fields);

impl Spans {
    fn of(&self, event: &str) -> Vec<Fields> {
        let spans = self.0.lock().expect("no panic");
        let meant =
            |fields: &&Fields| fields.get("messaging.destination.name").is_some_and(|name| name == event);
        spans.iter().filter(meant).cloned().collect()
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span()
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::new();
        attributes.record(&mut Fields2(&mut fields));
        fields.insert("name".to_owned(), attributes.metadata().name().to_owned());
        if let Some(parent) = attributes.parent() {
            fields.insert("parent".to_owned(), parent.into_u64().to_string());
        }
        let mut spans = self.0.lock().expect("no panic");
        spans.push(fields);
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        let at = id.into_u64() as usize - 1;
        values.record(&mut Fields2(&mut self.0.lock().expect("no panic")[at]));
    }

    fn event(&self, _: &Event<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, id: &span::Id) {
        let at = id.into_u64() as usize - 1;
        self.0.lock().expect("no panic")[at].insert("entered".to_owned(), String::new());
    }

    fn exit(&self, _: &span::Id) {}
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test(start_paused = true)]
async fn spans_have_the_names_of_opentelemetry_and_none_of_a_client() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let adopted = Arc::new(Mutex::new(vec![]));
    let adopt = {
        let (adopted, spans) = (adopted.clone(), spans.clone());
        move |span: &tracing::Span, parent: &str| {
            let at = span.id().expect("a span that is listened to").into_u64() as usize - 1;
            let fields = spans.0.lock().expect("no panic")[at].clone();
            // exporters take no parent for a span that has begun
            assert!(!fields.contains_key("entered"), "{fields:?}");
            adopted.lock().expect("no panic").push((fields["name"].clone(), parent.to_owned()));
        }
    };
    let trace = Trace::new().parent(adopt);
    let io = SocketIo::builder().discover_in(module_path!()).middleware(trace).build().expect("a server");
    let server = TestServer::new(io);
    // another test may meet a line of code at this very moment, and `tracing` remembers that nobody wants to hear it
    loop {
        tracing::callsite::rebuild_interest_cache();
        drop(SocketSpan::new("/", None));
        if !std::mem::take(&mut *spans.0.lock().expect("no panic")).is_empty() {
            break;
        }
    }
    let auth = serde_json::json!({ "traceparent": PARENT });
    let mut anna = server.connect_with(&auth).await.expect("accepted");
    tracing::callsite::rebuild_interest_cache();
    anna.ask_named::<Option<u32>>(event!("fine")).await.expect("an answer");
    anna.ask_named::<Option<u32>>(event!("fails")).await.expect_err("an error");
    anna.emit(Dynamic::new("made up by a client", ()).expect("a name")).await;
    server
        .client()
        .namespace("/org/made-up")
        .header("traceparent", "nonsense")
        .connect()
        .await
        .expect("accepted");
    server.idle().await;

    let [fine] = &spans.of("fine")[..] else { panic!("{spans:?}", spans = spans.0) };
    for (field, value) in [
        ("name", "event"),
        ("otel.name", "process fine"),
        ("otel.kind", "consumer"),
        ("messaging.system", "socketio"),
        ("messaging.operation.name", "process"),
        ("messaging.operation.type", "process"),
        ("messaging.destination.template", "/"),
    ] {
        assert_eq!(fine.get(field).map(String::as_str), Some(value), "{field}: {fine:?}");
    }
    assert!(fine.contains_key("parent"), "inside the span of its socket: {fine:?}");
    assert_eq!(fine.get("error.type"), None);
    let fails = &spans.of("fails")[0];
    assert_eq!((&*fails["error.type"], &*fails["otel.status_code"]), ("no_luck", "ERROR"));
    assert_eq!(spans.of("other").len(), 1);
    let all = format!("{:?}", spans.0);
    assert!(!all.contains("made up") && !all.contains("made-up"), "{all}");
    assert!(all.contains("/org/{id}"), "{all}");
    let expected = [("socket".to_owned(), PARENT.to_owned())];
    assert_eq!(*adopted.lock().expect("no panic"), expected, "a text of another form is nobody's parent");
}
