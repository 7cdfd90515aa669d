//! The events as JSON, for other generators.

use serde_json::{Map, Value, json};

use super::{
    document::{Arguments, Document, Event},
    names::pretty,
};

pub(super) fn write(document: &Document) -> String {
    let namespaces: Map<String, Value> = document
        .namespaces
        .iter()
        .map(|namespace| {
            let events = json!({ "clientToServer": events(&namespace.client), "serverToClient": events(&namespace.server) });
            (namespace.name.to_owned(), events)
        })
        .collect();
    let schemas: Map<String, Value> = document
        .definitions
        .iter()
        .map(|(name, definition)| (name.clone(), definition.schema.clone()))
        .collect();
    let whole = json!({ "components": { "schemas": schemas }, "contract": 1, "namespaces": namespaces });
    pretty(whole) + "\n"
}

fn events(events: &[Event]) -> Value {
    let events = events.iter().map(|event| {
        let mut described = json!({ "arguments": forms(&event.forms) });
        let more = [
            ("acknowledgement", event.ack.as_ref().map(arguments)),
            ("deprecated", event.deprecated.map(|note| json!(note))),
            ("description", (!event.doc.is_empty()).then(|| json!(event.doc))),
        ];
        for (key, value) in more.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            described[key] = value;
        }
        (event.name.to_owned(), described)
    });
    Value::Object(events.collect())
}

fn forms(forms: &[Arguments]) -> Value {
    match forms {
        [one] => arguments(one),
        several => json!({ "anyOf": several.iter().map(arguments).collect::<Vec<_>>() }),
    }
}

/// A list of arguments as a schema of an array.
fn arguments(all: &Arguments) -> Value {
    let items: Vec<&Value> = all.list.iter().map(|arg| &arg.schema).collect();
    let needed = all.list.iter().rposition(|arg| !arg.optional).map_or(0, |last| last + 1);
    let mut schema = json!({ "items": all.open, "minItems": needed, "type": "array" });
    if !items.is_empty() {
        schema["prefixItems"] = json!(items);
    }
    schema
}
