//! The schemas of all events, with one name for each type.

use std::collections::BTreeMap;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    collect::{self, Found},
    marks::{MARK, REST, SPREAD, UNKNOWN},
    names::{self, Definition, Side},
    warning::Warning,
};
use crate::describe::ArgContract;

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 2020-12
    Latest,
    /// Draft 7, of which AsyncAPI's schema object is a superset.
    Draft07,
}

/// Everything that the outputs are made of. Every object in it is sorted by its keys.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) namespaces: Vec<Namespace>,
    pub(super) definitions: BTreeMap<String, Definition>,
    pub(super) warnings: Vec<Warning>,
}

#[derive(Debug)]
pub(super) struct Namespace {
    pub(super) name: &'static str,
    pub(super) client: Vec<Event>,
    pub(super) server: Vec<Event>,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) deprecated: Option<&'static str>,
    /// Does the server send it in every namespace?
    pub(super) everywhere: bool,
    pub(super) forms: Vec<Arguments>,
    pub(super) ack: Option<Arguments>,
}

/// The arguments of an event, or of an acknowledgement.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) list: Vec<Arg>,
    /// Any others may follow.
    pub(super) open: bool,
}

#[derive(Debug)]
pub(super) struct Arg {
    /// Empty if it has none.
    pub(super) name: &'static str,
    pub(super) schema: Value,
    pub(super) optional: bool,
}

/// The two generators of schemas, and what was noticed.
struct Generators {
    input: SchemaGenerator,
    output: SchemaGenerator,
    warnings: Vec<Warning>,
}

impl Generators {
    fn new(dialect: Dialect) -> Self {
        let settings = || match dialect {
            Dialect::Latest => SchemaSettings::draft2020_12(),
            Dialect::Draft07 => SchemaSettings::draft07(),
        };
        Self {
            input: settings().for_deserialize().into_generator(),
            output: settings().for_serialize().into_generator(),
            warnings: vec![],
        }
    }

    /// Events of clients are read, those of the server written; an acknowledgement goes the other way.
    fn event(&mut self, name: &'static str, found: &Found, from_client: bool) -> Event {
        let (there, back) =
            if from_client { (Side::Input, Side::Output) } else { (Side::Output, Side::Input) };
        let forms = found.forms.iter().map(|form| match &form.args {
            None => {
                self.unknown(name, form.rust_type);
                Arguments { list: vec![], open: true }
            }
            Some(args) => {
                let mut all = Arguments::default();
                for (arg_name, arg) in args {
                    // the server always writes every argument
                    let optional = arg.optional && from_client;
                    self.arg(name, arg_name, &ArgContract { optional, ..*arg }, there, &mut all);
                }
                all
            }
        });
        let forms = forms.collect();
        let ack = found.ack.as_ref().map(|ack| {
            let mut all = Arguments::default();
            self.arg(name, "", ack, back, &mut all);
            all
        });
        let Found { doc, deprecated, everywhere, .. } = *found;
        Event { name, doc, deprecated, everywhere, forms, ack }
    }

    fn unknown(&mut self, event: &str, rust_type: &str) {
        if event != rust_type {
            let text = format!("event {event:?}: `{rust_type}` has no schema: add `#[derive(JsonSchema)]`");
            self.warnings.push(Warning::new(rust_type, text));
        }
    }

    /// Adds an argument, or those that it spreads to.
    fn arg(&mut self, event: &str, name: &'static str, arg: &ArgContract, side: Side, to: &mut Arguments) {
        let Some(schema) = arg.schema else {
            self.unknown(event, arg.rust_type);
            to.list.push(Arg { name, schema: json!({ MARK: UNKNOWN }), optional: arg.optional });
            return;
        };
        let generator = match side {
            Side::Input => &mut self.input,
            Side::Output => &mut self.output,
        };
        let schema = schema(generator).to_value();
        match schema.get(MARK).and_then(Value::as_str) {
            Some(REST) => to.open = true,
            Some(SPREAD) => match spread(&schema, generator.definitions()) {
                Some(list) => {
                    to.list.extend(list.into_iter().map(|schema| Arg { name: "", schema, optional: false }));
                }
                None => to.open = true,
            },
            _ => to.list.push(Arg { name, schema, optional: arg.optional }),
        }
    }
}

/// The values of the tuple inside `Args`.
fn spread(schema: &Value, definitions: &Map<String, Value>) -> Option<Vec<Value>> {
    let mut inside = schema.get("allOf")?.get(0)?;
    if let Some(name) = inside.as_object().and_then(names::reference) {
        inside = definitions.get(&name)?;
    }
    // in draft 7 a list of `items` is what is `prefixItems` later
    let items = inside.get("prefixItems").or_else(|| inside.get("items"))?;
    items.as_array().cloned()
}

impl Document {
    pub(super) fn new(found: &[collect::Namespace], dialect: Dialect, warnings: &[Warning]) -> Self {
        let mut generators = Generators::new(dialect);
        let mut namespaces: Vec<Namespace> = found
            .iter()
            .map(|namespace| Namespace {
                name: namespace.name,
                client: namespace
                    .client
                    .iter()
                    .map(|(name, found)| generators.event(name, found, true))
                    .collect(),
                server: namespace
                    .server
                    .iter()
                    .map(|(name, found)| generators.event(name, found, false))
                    .collect(),
            })
            .collect();
        let (input, output) = taken(&mut generators);
        // the same in the other order: a name that then means another type is nobody's name
        let mut reversed = Generators::new(dialect);
        for namespace in found.iter().rev() {
            for (from_client, events) in [(false, &namespace.server), (true, &namespace.client)] {
                for (name, found) in events.iter().rev() {
                    reversed.event(name, found, from_client);
                }
            }
        }
        let (other_input, other_output) = taken(&mut reversed);
        let mut warnings: Vec<Warning> = warnings.iter().cloned().chain(generators.warnings).collect();
        for (one, other) in [(&input, &other_input), (&output, &other_output)] {
            warnings.extend(names::ambiguous(one, other));
        }
        let mut named = names::Named::new(input, output);
        warnings.append(&mut named.warnings);
        for namespace in &mut namespaces {
            for (events, there, back) in [
                (&mut namespace.client, Side::Input, Side::Output),
                (&mut namespace.server, Side::Output, Side::Input),
            ] {
                for event in events {
                    let args = event.forms.iter_mut().flat_map(|form| &mut form.list);
                    args.for_each(|arg| named.rename(&mut arg.schema, there));
                    let answers = event.ack.iter_mut().flat_map(|ack| &mut ack.list);
                    answers.for_each(|arg| named.rename(&mut arg.schema, back));
                }
            }
        }
        warnings.sort();
        warnings.dedup();
        Self { namespaces, definitions: named.definitions, warnings }
    }
}

/// The definitions of both sides.
fn taken(generators: &mut Generators) -> (Map<String, Value>, Map<String, Value>) {
    (generators.input.take_definitions(true), generators.output.take_definitions(true))
}
