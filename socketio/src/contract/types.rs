//! A schema as a type of TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    marks::{BYTES, MARK, UNKNOWN},
    names::{Side, reference},
};

/// A type, and what holds it together where it is part of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) text: String,
    binds: Binds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binds {
    Union,
    Intersection,
    Whole,
}

impl Type {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), binds: Binds::Whole }
    }

    /// In parentheses, unless it holds together at least like this.
    fn inside(&self, binds: Binds) -> String {
        if self.binds < binds { format!("({})", self.text) } else { self.text.clone() }
    }

    pub(super) fn union(options: impl IntoIterator<Item = Self>) -> Self {
        let mut seen: Vec<Self> = vec![];
        for option in options {
            if option.text == "unknown" {
                return option;
            }
            if option.text != "never" && !seen.contains(&option) {
                seen.push(option);
            }
        }
        Self::joined(seen, Binds::Union, " | ").unwrap_or_else(|| Self::new("never"))
    }

    fn intersection(parts: Vec<Self>) -> Self {
        // what says nothing narrows nothing
        let parts = parts.into_iter().filter(|part| part.text != "unknown").collect();
        Self::joined(parts, Binds::Intersection, " & ").unwrap_or_else(|| Self::new("unknown"))
    }

    fn joined(mut parts: Vec<Self>, binds: Binds, with: &str) -> Option<Self> {
        if parts.len() < 2 {
            return parts.pop();
        }
        let least = if binds == Binds::Union { Binds::Union } else { Binds::Whole };
        let parts: Vec<String> = parts.iter().map(|part| part.inside(least)).collect();
        Some(Self { text: parts.join(with), binds })
    }
}

/// Writes the types of what the server reads, or of what it writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Types(pub(super) Side);

impl Types {
    pub(super) fn of(self, schema: &Value) -> Type {
        let Value::Object(map) = schema else {
            return Type::new(if *schema == Value::Bool(false) { "never" } else { "unknown" });
        };
        if map.get(MARK).and_then(Value::as_str) == Some(UNKNOWN) {
            return Type::new("unknown");
        }
        // every keyword narrows: what stands side by side is an intersection
        let mut parts: Vec<Type> = reference(map).into_iter().map(Type::new).collect();
        if let Some(value) = map.get("const") {
            parts.push(Type::new(value.to_string()));
        } else if let Some(Value::Array(values)) = map.get("enum") {
            parts.push(Type::union(values.iter().map(|value| Type::new(value.to_string()))));
        } else if let Some(types) = map.get("type") {
            let types: Vec<&str> = match types {
                Value::String(one) => vec![one],
                Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
                _ => vec![],
            };
            let base = Type::union(types.iter().map(|ty| self.typed(ty, map)));
            // `{ "type": "object", "oneOf": .. }`: the object alone says nothing
            let has_more = ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| map.contains_key(*key));
            if !(has_more && base.text == EMPTY) {
                parts.push(base);
            }
        } else if map.contains_key("properties") || map.contains_key("additionalProperties") {
            parts.push(self.typed("object", map));
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(Value::Array(options)) = map.get(key) {
                parts.push(Type::union(options.iter().map(|option| self.of(option))));
            }
        }
        if let Some(Value::Array(all)) = map.get("allOf") {
            parts.extend(all.iter().map(|schema| self.of(schema)));
        }
        Type::intersection(parts)
    }

    fn typed(self, ty: &str, map: &Map<String, Value>) -> Type {
        match ty {
            // not at the top: `Option<Bytes>` is the same schema with `"type": ["string", "null"]`
            "string" if map.get(MARK) == Some(&json!(BYTES)) => Type::new(match self.0 {
                Side::Input => "BytesSent",
                Side::Output => "BytesReceived",
            }),
            "integer" | "number" => Type::new("number"),
            "string" | "boolean" | "null" => Type::new(ty),
            "array" => self.array(map),
            "object" => Type::new(self.object(map)),
            _ => Type::new("unknown"),
        }
    }

    fn array(self, map: &Map<String, Value>) -> Type {
        let bound = |key: &str| map.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        if let Some(Value::Array(items)) = map.get("prefixItems") {
            let least = bound("minItems").unwrap_or(0);
            let items: Vec<String> = items
                .iter()
                .enumerate()
                .map(|(i, item)| {
                    let ty = self.of(item);
                    if i < least { ty.text } else { format!("{}?", ty.inside(Binds::Whole)) }
                })
                .collect();
            return Type::new(format!("[{}]", items.join(", ")));
        }
        let item = map.get("items").map_or_else(|| Type::new("unknown"), |item| self.of(item));
        match (bound("minItems"), bound("maxItems")) {
            (Some(least), Some(most)) if least == most && most <= LONGEST_TUPLE => {
                Type::new(format!("[{}]", vec![item.text; most].join(", ")))
            }
            (_, Some(0)) => Type::new("[]"),
            _ => Type::new(format!("{}[]", item.inside(Binds::Whole))),
        }
    }

    /// `{ .. }` with its properties, if the schema is an object and nothing else: what an `interface` can be.
    pub(super) fn interface(self, schema: &Value) -> Option<String> {
        let map = schema.as_object()?;
        let is_object = map.get("type") == Some(&json!("object"));
        let has_more =
            ["oneOf", "anyOf", "allOf", "$ref", "enum", "const"].iter().any(|key| map.contains_key(*key));
        (is_object && !has_more).then(|| self.object(map))
    }

    fn object(self, map: &Map<String, Value>) -> String {
        let required: BTreeSet<&str> = map
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let (mut lines, mut types) = (vec![], vec![]);
        for (name, schema) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let ty = self.of(schema);
            let optional = !required.contains(name.as_str());
            let mark = if optional { "?" } else { "" };
            lines.push(format!("{}  {}{mark}: {};", jsdoc(schema, "  "), key(name), indented(&ty.text)));
            types.push(ty);
            types.extend(optional.then(|| Type::new("undefined")));
        }
        let mut index: BTreeMap<&str, Vec<Type>> = BTreeMap::new();
        if let Some(schema @ Value::Object(_)) = map.get("additionalProperties") {
            index.entry("string").or_default().push(self.of(schema));
        }
        for (pattern, schema) in map.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            let keys =
                if matches!(pattern.as_str(), r"^\d+$" | r"^-?\d+$") { "`${number}`" } else { "string" };
            index.entry(keys).or_default().push(self.of(schema));
        }
        for (keys, mut values) in index {
            if keys == "string" {
                // TypeScript wants the named properties to fit the index
                values.extend(types.iter().cloned());
            }
            lines.push(format!("  [key: {keys}]: {};", indented(&Type::union(values).text)));
        }
        if lines.is_empty() { EMPTY.to_owned() } else { format!("{{\n{}\n}}", lines.join("\n")) }
    }
}

const EMPTY: &str = "{}";

/// Arrays of a fixed length up to this one are tuples.
const LONGEST_TUPLE: usize = 16;

/// A key of an object, quoted if it is not an identifier.
fn key(name: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let is_plain =
        !name.is_empty() && name.chars().all(is_letter) && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain { name.to_owned() } else { json!(name).to_string() }
}

/// The lines after the first one, deeper.
pub(super) fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// What the schema says that a type cannot.
fn jsdoc(schema: &Value, indent: &str) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let mut lines: Vec<String> = text("description").unwrap_or_default().lines().map(str::to_owned).collect();
    match text("format") {
        Some(format @ ("uint64" | "int64" | "uint128" | "int128" | "uint" | "int")) => {
            lines.push(format!("`{format}`: exact up to 2^53 only"));
        }
        Some(format) if schema.get("type").is_some_and(|ty| ty.to_string().contains("string")) => {
            lines.push(format!("format: {format}"));
        }
        _ => {}
    }
    if let Some(default) = schema.get("default") {
        lines.push(format!("@default {default}"));
    }
    if schema.get("deprecated") == Some(&json!(true)) {
        lines.push("@deprecated".to_owned());
    }
    comment(&lines, indent)
}

/// The comment of a definition.
pub(super) fn jsdoc_of(schema: &Value) -> String {
    jsdoc(schema, "")
}

/// A comment of JSDoc; nothing, if there are no lines.
pub(super) fn comment(lines: &[String], indent: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|line| line.replace("*/", "*\\/")).collect();
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}/** {line} */\n"),
        lines => {
            let lines = lines.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n");
            format!("{indent}/**\n{}{indent} */\n", lines.collect::<String>())
        }
    }
}
