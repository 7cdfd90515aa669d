//! From what was registered to frozen tables, with every fault that a compiler cannot see.

use std::{
    any::TypeId,
    collections::{BTreeMap, HashMap},
};

use super::{Answers, Handler, Location, Subject, Table};
use crate::{
    check::EventSet,
    error::{Fault, FaultKind},
    namespace,
    proto::packet,
};

/// The tables by namespace.
pub(crate) type Tables = BTreeMap<&'static str, Table>;

/// Is `module` inside `root`? Whole path segments count: `chat` does not hold `chatter`.
pub(crate) fn is_inside(module: &str, root: &str) -> bool {
    module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Sorts the handlers into tables.
///
/// The order of listeners of one event is: priority (lower first), then module, file, line, column; what
/// `inventory` yields has no order of its own.
pub(crate) fn collect(
    mut handlers: Vec<&'static Handler>,
    required: &[&'static EventSet],
    has_state: impl Fn(TypeId) -> bool,
    max_name: usize,
    faults: &mut Vec<Fault>,
) -> Tables {
    let order = |handler: &&Handler| (handler.priority, handler.location);
    handlers.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.subject.as_str().cmp(b.subject.as_str())));
    // discovered and listed as well
    handlers.dedup_by(|a, b| std::ptr::eq(*a, *b));
    if handlers.is_empty() {
        faults.push(Fault::new(
            FaultKind::NoHandler,
            "no handler was found: is the crate that holds them linked (`use that_crate as _;`), \
             and is `.discover()` or `.handlers(..)` called?",
        ));
    }
    drop_copies(&mut handlers, faults);
    let mut tables = Tables::new();
    for handler in handlers {
        check(handler, &has_state, max_name, faults);
        let entry = tables.entry(handler.namespace.0).or_default().add(handler);
        let last = entry.handlers.len() - 1;
        if handler.answers != Answers::Nothing
            && let Some(first) = entry.answerer
            && first != last
        {
            let first = entry.handlers[first];
            let event = match handler.subject {
                Subject::Event(name) | Subject::Node(name) => format!("event {name:?}"),
                other => format!("`{}`", other.as_str()),
            };
            let message = format!(
                "{event} of namespace {:?} is answered twice: by `{}` and by `{}` ({})",
                handler.namespace.0,
                handler.location.function,
                first.location.function,
                first.location.place(),
            );
            faults.push(Fault::at(handler.location.place(), FaultKind::AnsweredTwice, message));
        }
    }
    for set in required {
        for name in set.incoming() {
            if !tables.values().any(|table| table.event(name).is_some()) {
                let message = format!(
                    "event {name:?} has no handler: is the crate that holds it linked (`events! {{ .. use that_crate::EVENTS }}`)?"
                );
                faults.push(Fault::new(FaultKind::Unhandled, message));
            }
        }
    }
    for table in tables.values_mut() {
        table.seal();
    }
    tables
}

/// A file that two crates compile (`mod chat;` in `lib.rs` and in `main.rs`) registers its handlers twice: each would run
/// twice for every event. The first registration of each is kept.
fn drop_copies(handlers: &mut Vec<&'static Handler>, faults: &mut Vec<Fault>) {
    let mut known = HashMap::new();
    let mut last = None;
    handlers.retain(|handler| {
        let Location { module, file, block, line, column, written, function } = handler.location;
        // without the crate; the number of the expansion is the crate's as well
        let module = module.split_once("::").map_or("", |(_, module)| module);
        let place = (module, file, block, line, column, (written[0], written[1]), function);
        let first = *known.entry((place, handler.subject, handler.namespace.0)).or_insert(*handler);
        let is_copy = !std::ptr::eq(first, *handler);
        // one that listens to several things is one fault
        if is_copy && last.replace(place) != Some(place) {
            let message = format!(
                "handler `{function}` is registered twice, because two crates compile this file, as `{}` and as `{}`: declare \
                 `mod ..;` in the library only, and use that from the program",
                first.location.module, handler.location.module,
            );
            faults.push(Fault::at(handler.location.place(), FaultKind::RegisteredTwice, message));
        }
        !is_copy
    });
}

fn check(handler: &Handler, has_state: impl Fn(TypeId) -> bool, max_name: usize, faults: &mut Vec<Fault>) {
    let function = handler.location.function;
    let mut fault = |kind, message: String| {
        faults.push(Fault::at(handler.location.place(), kind, format!("handler `{function}`{message}")));
    };
    for need in handler.needs.iter().flatten() {
        if !has_state((need.id)()) {
            let message = format!(
                " takes `State<{0}>`, which the server does not have: add `.state(..)` with a value of type `{0}`",
                (need.name)()
            );
            fault(FaultKind::MissingState, message);
        }
    }
    if let Subject::Event(name) | Subject::Node(name) = handler.subject {
        if packet::RESERVED.contains(&name) {
            fault(FaultKind::EventName, format!(": the event name {name:?} is reserved by the protocol"));
        }
        if name.is_empty() || name.len() > max_name {
            let message =
                format!(": the event name {name:?} is empty or has more than {max_name} bytes (`max_name`)");
            fault(FaultKind::EventName, message);
        }
    }
    if let Some(what) = namespace::name_fault(handler.namespace.0) {
        fault(FaultKind::NamespaceName, format!(": namespace {:?} {what}", handler.namespace.0));
    }
}
