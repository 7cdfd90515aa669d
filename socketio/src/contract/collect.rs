//! Which events there are: from the frozen tables, what clients send; from the program's event types, what the server sends.

use std::collections::{BTreeMap, BTreeSet};

use super::warning::Warning;
use crate::{
    describe::{ArgContract, Argument, EventContract, EventRecord, HandlerContract, NamedContract},
    emit::Direction,
    event::Takes,
    handler::{Entry, Handler, Subject, is_inside},
    hub::Hub,
};

/// The events of a namespace, by their names.
#[derive(Debug)]
pub(super) struct Namespace {
    pub(super) name: &'static str,
    pub(super) client: BTreeMap<&'static str, Found>,
    pub(super) server: BTreeMap<&'static str, Found>,
}

/// An event in one direction.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) doc: &'static str,
    pub(super) deprecated: Option<&'static str>,
    /// Does the server send it in every namespace?
    pub(super) everywhere: bool,
    /// More than one, if several types have this name.
    pub(super) forms: Vec<Form>,
    pub(super) ack: Option<ArgContract>,
}

/// Arguments that belong together.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// The event's type, or where it is known from.
    pub(super) rust_type: &'static str,
    /// `None` if nothing is known of them.
    pub(super) args: Option<Vec<(&'static str, ArgContract)>>,
}

impl Found {
    fn of_type(rust_type: &'static str, described: Option<EventContract>) -> Self {
        let everywhere = described.as_ref().is_none_or(|event| event.namespace.is_none());
        match described {
            None => Self {
                doc: "",
                deprecated: None,
                everywhere,
                forms: vec![Form { rust_type, args: None }],
                ack: None,
            },
            Some(event) => {
                let args = event.args.into_iter().map(|arg| ("", arg)).collect();
                let forms = vec![Form { rust_type, args: Some(args) }];
                Self { doc: event.doc, deprecated: event.deprecated, everywhere, forms, ack: event.ack }
            }
        }
    }

    fn of_handler(handler: &Handler) -> Option<Self> {
        match handler.described? {
            HandlerContract::Event { rust_type, describe } => Some(Self::of_type(rust_type(), describe())),
            HandlerContract::Named(named) => Some(Self::of_named(handler.location.function, &named)),
        }
    }

    /// By the types of its handler.
    fn of_named(function: &'static str, named: &NamedContract) -> Self {
        let (mut args, mut ack) = (vec![], None);
        for arg in named.args {
            if arg.is_ack {
                if let Argument::One(answer) = (arg.describe)() {
                    ack = Some(answer);
                }
            } else if arg.takes != Takes::Nothing {
                match (arg.describe)() {
                    Argument::Event(event) => return Self::of_type(function, Some(event)),
                    Argument::One(one) => {
                        args.push((arg.name, ArgContract { optional: arg.takes == Takes::Optional, ..one }));
                    }
                }
            }
        }
        if let (None, Some(Argument::One(answer))) = (&ack, named.returns.map(|returns| returns())) {
            ack = Some(answer);
        }
        let forms = vec![Form { rust_type: function, args: Some(args) }];
        Self { doc: named.doc, deprecated: named.deprecated, everywhere: false, forms, ack }
    }

    fn len(&self) -> usize {
        self.forms.iter().filter_map(|form| form.args.as_ref()).map(Vec::len).max().unwrap_or(0)
    }
}

/// Of several handlers of an event: the one that knows its type, or answers, or takes the most arguments.
fn of_entry(entry: &Entry) -> Option<Found> {
    let answerer = entry.answerer.map(|place| entry.handlers[place]);
    let found = entry.own().iter().filter_map(|handler| {
        let is_typed = matches!(handler.described, Some(HandlerContract::Event { .. }));
        let answers = answerer.is_some_and(|answerer| std::ptr::eq(answerer, *handler));
        let found = Found::of_handler(handler)?;
        Some(((is_typed, answers, found.len()), found))
    });
    // the first of equals: `max_by_key` would take the last
    found.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, found)| found)
}

/// The namespaces of a server in the order of their names, and what is doubtful.
pub(super) fn collect(hub: &Hub) -> (Vec<Namespace>, Vec<Warning>) {
    let mut namespaces: Vec<Namespace> = hub
        .namespaces()
        .tables()
        .map(|(name, table)| {
            let events = table.entries().into_iter().filter_map(|entry| match entry.own()[0].subject {
                Subject::Event(event) => Some((event, of_entry(entry)?)),
                _ => None,
            });
            Namespace { name, client: events.collect(), server: BTreeMap::new() }
        })
        .collect();
    namespaces.sort_by_key(|namespace| namespace.name);
    let mut warnings = vec![];
    let known = server_events(hub, &mut namespaces, &mut warnings);
    by_name_only(hub, &known, &mut namespaces, &mut warnings);
    (namespaces, warnings)
}

/// Adds what the server sends; the names of all event types.
fn server_events(
    hub: &Hub,
    namespaces: &mut [Namespace],
    warnings: &mut Vec<Warning>,
) -> BTreeSet<&'static str> {
    // what `inventory` yields has no order, and may yield a generic event once for each list that names it
    let mut records: Vec<(&'static str, &'static str, &EventRecord)> = inventory::iter::<EventRecord>()
        .filter(|record| is_in_scope(hub, record.module))
        .map(|record| (record.name, (record.rust_type)(), record))
        .collect();
    records.sort_by_key(|(name, rust_type, record)| (*name, *rust_type, record.module));
    records.dedup_by_key(|(name, rust_type, _)| (*name, *rust_type));
    for (name, rust_type, record) in &records {
        if !matches!(record.direction, Direction::Both | Direction::Server) {
            continue;
        }
        let described = (record.describe)();
        let only = described.as_ref().and_then(|event| event.namespace);
        let found = Found::of_type(rust_type, described);
        for namespace in
            namespaces.iter_mut().filter(|namespace| only.is_none_or(|only| only == namespace.name))
        {
            match namespace.server.get_mut(name) {
                None => drop(namespace.server.insert(name, found.clone())),
                Some(first) => {
                    let warning = Warning::new(
                        name,
                        format!(
                            "event {name:?} is sent with different types in namespace {:?}, `{}` and `{rust_type}`: \
                             name their namespaces with `namespace = \"..\"` in `#[event(..)]`",
                            namespace.name, first.forms[0].rust_type,
                        ),
                    );
                    warnings.push(warning);
                    first.forms.extend(found.forms.iter().cloned());
                    first.everywhere &= found.everywhere;
                }
            }
        }
    }
    records.iter().map(|(name, ..)| *name).collect()
}

/// Is this a module whose events belong to the server?
fn is_in_scope(hub: &Hub, module: &str) -> bool {
    let modules = &hub.scope.modules;
    // handlers were named one by one: every event may be theirs
    modules.is_empty()
        || modules.iter().any(|root| root.as_deref().is_none_or(|root| is_inside(module, root)))
}

/// Adds the names of `events!` that have neither a type nor a handler: the server emits them with `event!`.
fn by_name_only(
    hub: &Hub,
    known: &BTreeSet<&'static str>,
    namespaces: &mut [Namespace],
    warnings: &mut Vec<Warning>,
) {
    let listed: BTreeSet<&'static str> = hub.scope.lists.iter().flat_map(|list| list.names()).collect();
    for name in listed.difference(known) {
        if namespaces.iter().any(|namespace| namespace.client.contains_key(name)) {
            continue;
        }
        warnings.push(Warning::new(
            name,
            format!("event {name:?} is known by name only: its arguments are `unknown`; give it a type"),
        ));
        for namespace in namespaces.iter_mut() {
            let found = Found { everywhere: true, ..Found::of_type(name, None) };
            namespace.server.insert(name, found);
        }
    }
}
