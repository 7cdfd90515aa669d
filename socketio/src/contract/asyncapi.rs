//! The events as a document of AsyncAPI 3.1, seen from the server.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    document::{Arguments, Document, Event, Namespace},
    names::{identifier, pretty},
};

pub(super) fn write(document: &Document, title: &str, version: &str) -> String {
    let mut written = Written::default();
    for namespace in &document.namespaces {
        written.namespace(namespace);
    }
    let mut schemas: Map<String, Value> = document
        .definitions
        .iter()
        .map(|(name, definition)| (name.clone(), definition.schema.clone()))
        .collect();
    schemas.insert(
        "ErrorInfo".to_owned(),
        json!({
            "description": "Why something was refused.",
            "properties": { "code": { "type": "string" }, "data": {}, "message": { "type": "string" } },
            "required": ["code", "message"],
            "type": "object",
        }),
    );
    schemas.insert(
        "Failure".to_owned(),
        json!({
            "description": "What an event that the server refused is acknowledged with.",
            "properties": { "error": { "$ref": "#/components/schemas/ErrorInfo" } },
            "required": ["error"],
            "type": "object",
        }),
    );
    // the keys of the document have the order in which one reads them: serde_json would sort them
    let parts = [
        ("asyncapi", json!("3.1.0")),
        ("info", json!({ "title": title, "version": version })),
        ("defaultContentType", json!("application/json")),
        ("channels", Value::Object(written.channels)),
        ("operations", Value::Object(written.operations)),
        (
            "components",
            json!({
                "correlationIds": { "ack": {
                    "description": "The id of the packet, which its acknowledgement repeats.",
                    "location": "$message.header#/ack",
                } },
                "messages": written.messages,
                "schemas": schemas,
            }),
        ),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(key, value)| format!("  {}: {}", json!(key), pretty(value).replace('\n', "\n  ")))
        .collect();
    format!("{{\n{}\n}}\n", parts.join(",\n"))
}

#[derive(Default)]
struct Written {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    taken: BTreeSet<String>,
}

impl Written {
    fn namespace(&mut self, namespace: &Namespace) {
        let words =
            namespace.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let words = words.collect::<Vec<_>>().join("_");
        let channel = self.free(if words.is_empty() { "root".to_owned() } else { words });
        let mut listed = Map::new();
        for (event, from_client) in namespace
            .client
            .iter()
            .map(|event| (event, true))
            .chain(namespace.server.iter().map(|event| (event, false)))
        {
            self.event(&channel, event, from_client, &mut listed);
        }
        let mut described = json!({
            "address": namespace.name,
            "description": "A namespace of Socket.IO.",
            "messages": listed,
        });
        let parameters: Map<String, Value> = namespace
            .name
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| (name.to_owned(), json!({ "description": "A segment of the namespace." })))
            .collect();
        if !parameters.is_empty() {
            described["parameters"] = Value::Object(parameters);
        }
        self.channels.insert(channel, described);
    }

    fn event(&mut self, channel: &str, event: &Event, from_client: bool, listed: &mut Map<String, Value>) {
        // an event that goes both ways has two messages, since its sides may differ; so has each namespace
        let who = if from_client { "client" } else { "server" };
        let id = self.free(format!("{channel}.{who}.{}", identifier(event.name)));
        let mut message =
            json!({ "name": event.name, "payload": any_of(event.forms.iter().map(tuple).collect()) });
        let doc: Vec<&str> = event.doc.splitn(2, "\n\n").collect();
        if let [summary, rest @ ..] = &doc[..]
            && !summary.is_empty()
        {
            message["summary"] = json!(summary.replace('\n', " "));
            if let [rest] = rest {
                message["description"] = json!(rest);
            }
        }
        if let Some(note) = event.deprecated {
            message["x-deprecated"] = if note.is_empty() { json!(true) } else { json!(note) };
        }
        let mut operation = json!({
            "action": if from_client { "receive" } else { "send" },
            "channel": { "$ref": format!("#/channels/{channel}") },
            // through the channel: a message of the components is an error here
            "messages": [{ "$ref": format!("#/channels/{channel}/messages/{id}") }],
        });
        if let Some(ack) = &event.ack {
            let headers = json!({
                "properties": { "ack": { "description": "The id of the packet.", "type": "integer" } },
                "type": "object",
            });
            let correlation = json!({ "$ref": "#/components/correlationIds/ack" });
            message["headers"] = headers.clone();
            message["correlationId"] = correlation.clone();
            let mut answers = vec![tuple(ack)];
            if from_client {
                let failure = json!({ "$ref": "#/components/schemas/Failure" });
                answers.push(
                    json!({ "additionalItems": false, "items": [failure], "minItems": 1, "type": "array" }),
                );
            }
            let reply = self.free(format!("{id}.ack"));
            self.messages.insert(
                reply.clone(),
                json!({
                    "correlationId": correlation,
                    "headers": headers,
                    "name": format!("{} (acknowledgement)", event.name),
                    "payload": any_of(answers),
                }),
            );
            listed.insert(reply.clone(), json!({ "$ref": format!("#/components/messages/{reply}") }));
            operation["reply"] = json!({
                "channel": { "$ref": format!("#/channels/{channel}") },
                "messages": [{ "$ref": format!("#/channels/{channel}/messages/{reply}") }],
            });
        }
        self.messages.insert(id.clone(), message);
        listed.insert(id.clone(), json!({ "$ref": format!("#/components/messages/{id}") }));
        self.operations.insert(id, operation);
    }

    /// This key, or one like it that is not taken.
    fn free(&mut self, wanted: String) -> String {
        let mut key = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(key.clone()) {
            key = format!("{wanted}_{number}");
            number += 1;
        }
        key
    }
}

/// One of these; `anyOf` and not `oneOf`, because `unknown` fits everything.
fn any_of(mut schemas: Vec<Value>) -> Value {
    match schemas.len() {
        1 => schemas.remove(0),
        _ => json!({ "anyOf": schemas }),
    }
}

/// The arguments as draft 7 says it: `items` is a list.
fn tuple(all: &Arguments) -> Value {
    if all.list.is_empty() {
        return if all.open { json!({ "type": "array" }) } else { json!({ "maxItems": 0, "type": "array" }) };
    }
    let needed = all.list.iter().rposition(|arg| !arg.optional).map_or(0, |last| last + 1);
    let items: Vec<&Value> = all.list.iter().map(|arg| &arg.schema).collect();
    json!({ "additionalItems": all.open, "items": items, "minItems": needed, "type": "array" })
}
