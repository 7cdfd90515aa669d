//! Names of types: one where both sides agree, two where they do not, and none that means something already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::warning::Warning;

/// Whose side of serde: what the server reads, and what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Input,
    Output,
}

/// A type.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) schema: Value,
    pub(super) side: Side,
}

/// Names that the output defines itself, or that TypeScript knows.
const RESERVED: &[&str] = &[
    "Array",
    "ArrayBuffer",
    "BytesReceived",
    "BytesSent",
    "ClientToServerEvents",
    "CommonServerToClientEvents",
    "ErrorCode",
    "ErrorInfo",
    "Failure",
    "Namespaces",
    "ServerToClientEvents",
    "Uint8Array",
    "abstract",
    "any",
    "as",
    "async",
    "await",
    "bigint",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "infer",
    "instanceof",
    "interface",
    "intrinsic",
    "keyof",
    "let",
    "never",
    "new",
    "null",
    "number",
    "object",
    "package",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "static",
    "string",
    "super",
    "switch",
    "symbol",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "undefined",
    "unique",
    "unknown",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// A word that TypeScript, or our output, keeps for itself.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
        || name.ends_with("ClientToServerEvents")
        || name.ends_with("ServerToClientEvents")
}

/// The definitions with their final names, and how to get from one to the other.
pub(super) struct Named {
    pub(super) definitions: BTreeMap<String, Definition>,
    pub(super) warnings: Vec<Warning>,
    names: BTreeMap<(Side, String), String>,
}

impl Named {
    pub(super) fn new(input: Map<String, Value>, output: Map<String, Value>) -> Self {
        let differ = differing(&input, &output);
        let mut named = Self { definitions: BTreeMap::new(), warnings: vec![], names: BTreeMap::new() };
        let all: BTreeSet<(String, Side)> = [(&input, Side::Input), (&output, Side::Output)]
            .into_iter()
            .flat_map(|(definitions, side)| definitions.keys().map(move |name| (name.clone(), side)))
            .collect();
        let mut taken = BTreeSet::new();
        for (name, side) in &all {
            let is_shared = !differ.contains(name);
            let other = if *side == Side::Input { Side::Output } else { Side::Input };
            let known = named.names.get(&(other, name.clone())).filter(|_| is_shared).cloned();
            let wanted = if is_shared { identifier(name) } else { format!("{}{side:?}", identifier(name)) };
            let last = known.unwrap_or_else(|| named.free(&wanted, &mut taken));
            named.names.insert((*side, name.clone()), last);
        }
        for (side, definitions) in [(Side::Input, input), (Side::Output, output)] {
            for (name, mut schema) in definitions {
                named.rename(&mut schema, side);
                let last = named.names[&(side, name)].clone();
                // what both sides have is the output's
                named.definitions.insert(last, Definition { schema, side });
            }
        }
        named
    }

    /// The name, or one like it that is not taken.
    fn free(&mut self, wanted: &str, taken: &mut BTreeSet<String>) -> String {
        let wanted = if is_reserved(wanted) { format!("{wanted}_") } else { wanted.to_owned() };
        let mut name = wanted.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        if name != wanted {
            self.warnings.push(Warning::new(&wanted, two_of(&wanted)));
        }
        name
    }

    /// Makes the references of a schema those of the final names, and sorts its keys.
    pub(super) fn rename(&self, schema: &mut Value, side: Side) {
        match schema {
            Value::Object(map) => {
                if let Some(name) = reference(map)
                    && let Some(name) = self.names.get(&(side, name))
                {
                    map.insert("$ref".to_owned(), json!(format!("{DEFINITIONS}{name}")));
                }
                sort(map);
                map.values_mut().for_each(|value| self.rename(value, side));
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.rename(value, side)),
            _ => {}
        }
    }
}

/// Sorts the keys: another crate may turn on `serde_json/preserve_order` for the whole program, and they are then in the
/// order in which they were put in.
fn sort(map: &mut Map<String, Value>) {
    let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    map.extend(entries);
}

/// The text of a value, the same in every build.
pub(super) fn pretty(mut value: Value) -> String {
    fn sort_all(value: &mut Value) {
        match value {
            Value::Object(map) => {
                sort(map);
                map.values_mut().for_each(sort_all);
            }
            Value::Array(list) => list.iter_mut().for_each(sort_all),
            _ => {}
        }
    }
    sort_all(&mut value);
    // a `Value` has keys that are strings, and no error
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Where the definitions are, in every output.
const DEFINITIONS: &str = "#/components/schemas/";

fn two_of(name: &str) -> String {
    format!(
        "two types are called `{name}`: give one another name with `#[schemars(rename = \"..\")]`, a generic one `\"{name}_of_{{T}}\"`"
    )
}

/// The name that a schema refers to.
pub(super) fn reference(schema: &Map<String, Value>) -> Option<String> {
    let last = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
    // a JSON pointer inside a URI
    let name = last.replace("~1", "/").replace("~0", "~");
    Some(percent_decoded(&name))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = vec![];
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let decoded = (*first == b'%')
            .then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = if decoded.is_some() { &after[2..] } else { after };
        bytes.push(decoded.unwrap_or(*first));
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(map) => reference(map).into_iter().chain(map.values().flat_map(references)).collect(),
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => vec![],
    }
}

/// The types that the server reads in another form than it writes them, and those that refer to one of these.
fn differing(input: &Map<String, Value>, output: &Map<String, Value>) -> BTreeSet<String> {
    let both = || input.iter().filter_map(|(name, schema)| Some((name, schema, output.get(name)?)));
    let mut differ: BTreeSet<String> =
        both().filter(|(_, one, other)| one != other).map(|(name, ..)| name.clone()).collect();
    loop {
        let more: Vec<String> = both()
            .filter(|(name, schema, _)| {
                !differ.contains(*name) && references(schema).iter().any(|name| differ.contains(name))
            })
            .map(|(name, ..)| name.clone())
            .collect();
        if more.is_empty() {
            return differ;
        }
        differ.extend(more);
    }
}

/// Names that the generator gave to whichever type came first (`Page`, `Page2`), so that a new event would change them.
pub(super) fn ambiguous(one: &Map<String, Value>, other: &Map<String, Value>) -> Vec<Warning> {
    let numbered = one.keys().filter_map(|name| {
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_other = |name: &str| one.get(name) != other.get(name);
        (base != name && one.contains_key(base) && is_other(base) && is_other(name))
            .then(|| Warning::new(base, two_of(base)))
    });
    numbered.collect()
}

/// An identifier of TypeScript that AsyncAPI takes as a key.
pub(super) fn identifier(name: &str) -> String {
    let mut text: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if text.starts_with(|c: char| c.is_ascii_digit()) || text.is_empty() {
        text.insert(0, '_');
    }
    text
}
