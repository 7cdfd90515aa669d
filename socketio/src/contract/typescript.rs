//! The events as a module of TypeScript, for the official client.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

use serde_json::json;

use super::{
    document::{Arg, Arguments, Document, Event, Namespace},
    names::{Side, is_reserved},
    types::{Type, Types, comment, indented, jsdoc_of},
};
use crate::error::code;

const HEAD: &str = "\
// Generated from the events of the server (socketio's feature `contract`). Do not edit: run the test that checks this
// file with UPDATE_CONTRACT=1.

";

pub(super) fn write(document: &Document) -> String {
    let mut out = HEAD.to_owned();
    // writing to a string does not fail
    Module(document).write(&mut out).unwrap_or_default();
    out.truncate(out.trim_end().len());
    out + "\n"
}

struct Module<'a>(&'a Document);

impl Module<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        self.errors(out)?;
        let mut rest = String::new();
        self.definitions(&mut rest)?;
        self.namespaces(&mut rest)?;
        for (name, doc) in [
            ("BytesSent", "Bytes that a client sends."),
            (
                "BytesReceived",
                "Bytes that a client receives: an `ArrayBuffer` in browsers, a `Buffer` in Node.js.",
            ),
        ] {
            if rest.contains(name) {
                writeln!(out, "/** {doc} */\nexport type {name} = ArrayBuffer | Uint8Array;\n")?;
            }
        }
        out.push_str(&rest);
        Ok(())
    }

    /// What the framework itself sends.
    fn errors(&self, out: &mut String) -> fmt::Result {
        let mut codes = code::ALL.to_vec();
        codes.sort_unstable();
        writeln!(out, "/** The codes of the framework's own errors, and any that the program sends. */")?;
        writeln!(out, "export type ErrorCode =")?;
        codes.iter().try_for_each(|code| writeln!(out, "  | {}", json!(code)))?;
        writeln!(out, "  | (string & {{}});\n")?;
        out.push_str(
            "/** Why something was refused: the `data` of a `connect_error`, the `error` of a `Failure`. */\n\
             export interface ErrorInfo {\n  code: ErrorCode;\n  message: string;\n  data?: unknown;\n}\n\n\
             /** What an event that the server refused is acknowledged with. */\n\
             export interface Failure {\n  error: ErrorInfo;\n}\n\n",
        );
        Ok(())
    }

    fn definitions(&self, out: &mut String) -> fmt::Result {
        for (name, definition) in &self.0.definitions {
            let types = Types(definition.side);
            out.push_str(&jsdoc_of(&definition.schema));
            match types.interface(&definition.schema) {
                Some(body) => writeln!(out, "export interface {name} {body}\n")?,
                None => writeln!(out, "export type {name} = {};\n", types.of(&definition.schema).text)?,
            }
        }
        Ok(())
    }

    fn namespaces(&self, out: &mut String) -> fmt::Result {
        let namespaces = &self.0.namespaces;
        let common = self.common();
        if !common.is_empty() {
            let events = namespaces[0].server.iter().filter(|event| common.contains(event.name));
            writeln!(out, "/** What the server sends in every namespace. */")?;
            writeln!(
                out,
                "export interface CommonServerToClientEvents {{\n{}}}\n",
                listeners(events, false)
            )?;
        }
        let mut table = String::new();
        let mut taken = BTreeSet::new();
        for namespace in namespaces {
            let prefix = prefix(namespace, &mut taken);
            let name = namespace.name;
            let client = listeners(namespace.client.iter(), true);
            let own = namespace.server.iter().filter(|event| !common.contains(event.name));
            let server = listeners(own, false);
            let extends = if common.is_empty() { "" } else { " extends CommonServerToClientEvents" };
            let doc = |what: &str| comment(&[format!("What {what} in the namespace `{name}`.")], "");
            write!(out, "{}", doc("clients send"))?;
            writeln!(out, "export interface {prefix}ClientToServerEvents {{\n{client}}}\n")?;
            write!(out, "{}", doc("the server sends"))?;
            writeln!(out, "export interface {prefix}ServerToClientEvents{extends} {{\n{server}}}\n")?;
            writeln!(
                table,
                "  {}: {{ clientToServer: {prefix}ClientToServerEvents; serverToClient: {prefix}ServerToClientEvents }};",
                json!(name)
            )?;
        }
        let doc = "/** The events of each namespace: `Socket<Namespaces[\"/\"][\"serverToClient\"], Namespaces[\"/\"][\"clientToServer\"]>`. */";
        writeln!(out, "{doc}\nexport interface Namespaces {{\n{table}}}")
    }

    /// The events that the server sends in every namespace, where there are several.
    fn common(&self) -> BTreeSet<&'static str> {
        let namespaces = &self.0.namespaces;
        if namespaces.len() < 2 {
            return BTreeSet::new();
        }
        let is_own = |name: &str| {
            namespaces
                .iter()
                .flat_map(|namespace| &namespace.server)
                .any(|event| event.name == name && !event.everywhere)
        };
        let events = namespaces[0].server.iter();
        events.filter(|event| event.everywhere && !is_own(event.name)).map(|event| event.name).collect()
    }
}

/// What the names of a namespace start with; nothing for `/`.
fn prefix(namespace: &Namespace, taken: &mut BTreeSet<String>) -> String {
    if namespace.name == "/" {
        return String::new();
    }
    let words = namespace.name.split(|c: char| !c.is_ascii_alphanumeric());
    let mut wanted: String = words.map(capital).collect();
    if wanted.is_empty() || wanted.starts_with(|c: char| c.is_ascii_digit()) || wanted == "Common" {
        wanted.insert_str(0, "Namespace");
    }
    let mut prefix = wanted.clone();
    let mut number = 2;
    while !taken.insert(prefix.clone()) {
        prefix = format!("{wanted}_{number}_");
        number += 1;
    }
    prefix
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The members of an interface of events.
fn listeners<'a>(events: impl Iterator<Item = &'a Event>, from_client: bool) -> String {
    let members = events.map(|event| {
        let mut doc: Vec<String> = event.doc.lines().map(str::to_owned).collect();
        doc.extend(
            event
                .deprecated
                .map(|note| format!("@deprecated {}", note.replace('\n', " ")).trim_end().to_owned()),
        );
        format!(
            "{}  {}: {};\n",
            comment(&doc, "  "),
            json!(event.name),
            indented(&function(event, from_client))
        )
    });
    members.collect()
}

/// The type of an event: a function of its arguments, the last of which takes the acknowledgement.
fn function(event: &Event, from_client: bool) -> String {
    let (there, back) = if from_client { (Side::Input, Side::Output) } else { (Side::Output, Side::Input) };
    let ack = event.ack.as_ref().map(|ack| callback(ack, Types(back), from_client));
    if let [form] = &event.forms[..] {
        let args = labelled(form, Types(there));
        let needed = form.list.iter().rposition(|arg| !arg.optional).map_or(0, |last| last + 1);
        let is_plain = ack.is_none() || needed == args.len() && !form.open;
        if is_plain {
            let mut list: Vec<String> = args
                .iter()
                .enumerate()
                .map(|(i, (name, ty))| format!("{name}{}: {ty}", if i >= needed { "?" } else { "" }))
                .collect();
            list.extend(form.open.then(|| "...rest: unknown[]".to_owned()));
            list.extend(ack.map(|ack| format!("ack: {ack}")));
            return format!("({}) => void", list.join(", "));
        }
    }
    // `(a, b?, ack)` cannot be written, and of overloads `Parameters<..>` sees the last only: a union of tuples
    let tuples: Vec<String> =
        event.forms.iter().flat_map(|form| tuples(form, Types(there), ack.as_deref())).collect();
    format!("(...args: {}) => void", tuples.join(" | "))
}

/// Each way to give the arguments.
fn tuples(form: &Arguments, types: Types, ack: Option<&str>) -> Vec<String> {
    let args = labelled(form, types);
    let needed = form.list.iter().rposition(|arg| !arg.optional).map_or(0, |last| last + 1);
    // what is open has no end at which one could be left out
    let shortest = if form.open { args.len() } else { needed };
    let lengths = shortest..=args.len();
    let with_length = |length: usize| {
        let mut list: Vec<String> = args[..length].iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        list.extend(form.open.then(|| "...rest: unknown[]".to_owned()));
        list.extend(ack.map(|ack| format!("ack: {ack}")));
        format!("[{}]", list.join(", "))
    };
    lengths.map(with_length).collect()
}

/// The function that takes an acknowledgement.
fn callback(ack: &Arguments, types: Types, from_client: bool) -> String {
    match &ack.list[..] {
        _ if ack.open => "(...answer: unknown[]) => void".to_owned(),
        [one] => {
            let failure = from_client.then(|| Type::new("Failure"));
            let answer = Type::union(std::iter::once(types.of(&one.schema)).chain(failure));
            format!("(answer: {}) => void", answer.text)
        }
        list => {
            let values: Vec<String> = list.iter().map(|arg| types.of(&arg.schema).text).collect();
            let mut forms = vec![format!("[{}]", values.join(", "))];
            if from_client && !list.is_empty() {
                // with fewer values, a function of several parameters would not fit
                let none = (1..list.len()).map(|i| format!(", none{i}: undefined"));
                forms.push(format!("[failure: Failure{}]", none.collect::<String>()));
            } else if from_client {
                forms.push("[failure: Failure]".to_owned());
            }
            format!("(...answer: {}) => void", forms.join(" | "))
        }
    }
}

/// The arguments with their names, each of which is there once.
fn labelled(form: &Arguments, types: Types) -> Vec<(String, String)> {
    let mut taken: BTreeSet<String> = ["ack".to_owned(), "rest".to_owned(), "args".to_owned()].into();
    let is_single = form.list.len() == 1;
    let name = |(i, arg): (usize, &Arg)| {
        let is_identifier = arg.name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && arg.name.starts_with(|c: char| c.is_alphabetic());
        let mut name = match arg.name {
            name if is_identifier && !is_reserved(name) => name.to_owned(),
            name if is_identifier => format!("{name}_"),
            _ if is_single => "data".to_owned(),
            _ => format!("arg{i}"),
        };
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        (name, types.of(&arg.schema).text)
    };
    form.list.iter().enumerate().map(name).collect()
}
