//! From what was registered to frozen tables, with every fault that a compiler cannot see.

use std::{any::TypeId, collections::BTreeMap};

use super::{Answers, Handler, Subject, Table};
use crate::{
    check::EventSet,
    error::{Fault, FaultKind},
    namespace,
    proto::{self, packet},
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
    let mut tables = Tables::new();
    for handler in handlers {
        check(handler, &has_state, faults);
        let entry = tables.entry(handler.namespace).or_default().add(handler);
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
                handler.namespace,
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

fn check(handler: &Handler, has_state: impl Fn(TypeId) -> bool, faults: &mut Vec<Fault>) {
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
        if name.is_empty() || name.len() > proto::MAX_NAME {
            fault(FaultKind::EventName, ": an event name has 1 to 256 bytes".to_owned());
        }
    }
    if let Some(what) = namespace::name_fault(handler.namespace) {
        fault(FaultKind::NamespaceName, format!(": namespace {:?} {what}", handler.namespace));
    }
}
