//! Where gates, guards and middleware are added: to the server, or to one of its namespaces.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use super::{Call, Gate, Middleware};
use crate::{
    contained::Contained,
    event::kind,
    extract::FromEvent,
    handler::{
        Guard, StateNeed,
        layer::{Layer, LayerKind},
    },
};

/// What comes before handlers, in its order.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    pub(crate) list: Vec<Layer<Call>>,
    /// States that middleware takes, and the name of the one that does.
    pub(crate) needs: Vec<(StateNeed, &'static str)>,
}

impl Layers {
    pub(crate) fn gate<G: Gate>(&mut self, gate: G) {
        let gate = Contained::new(gate);
        let judge = Arc::new(move |call: &Call| gate.check(call));
        self.add(type_name::<G>(), LayerKind::Gate(judge));
    }

    pub(crate) fn guard<T: AsGuard>(&mut self) {
        self.add_guard(T::GUARD);
    }

    fn add_guard(&mut self, guard: Guard) {
        let judge = Arc::new(move |call: &Call| Ok((guard.judge)(call)?));
        self.add((guard.name)(), LayerKind::Guard(judge));
        self.needs.extend(guard.needs.map(|need| (need, (guard.name)())));
    }

    /// The guards of modules, before everything of their namespace that the builder adds.
    pub(crate) fn of_modules(guards: &[&'static Guard]) -> Self {
        let mut layers = Self::default();
        for guard in guards {
            layers.add_guard(**guard);
        }
        layers
    }

    pub(crate) fn middleware<A, M: Middleware<A>>(&mut self, middleware: M) {
        self.needs.extend(middleware.needs().into_iter().map(|need| (need, type_name::<M>())));
        let middleware = Contained::new(middleware);
        let around = Arc::new(move |call, next| middleware.around(call, next));
        self.add(type_name::<M>(), LayerKind::Around(around));
    }

    fn add(&mut self, name: &'static str, kind: LayerKind<Call>) {
        self.list.push(Layer { name, kind });
    }
}

/// An [extractor](FromEvent) that a namespace may demand: it works with any event, and owns what it extracts.
///
/// Nobody implements it: it follows from `impl<'e, K: Kind> FromEvent<'e, K> for ..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guard",
    label = "not an extractor that works with any event",
    note = "a guard is an extractor that works with any event, with `connect` as well: `impl<'e, K: socketio::extract::Kind> socketio::extract::FromEvent<'e, K> for {Self}`",
    note = "what only some events have, like a payload or the parts of the request, is an argument of their handlers"
)]
pub trait AsGuard: 'static {
    #[doc(hidden)]
    const GUARD: Guard;
}

#[diagnostic::do_not_recommend]
impl<T> AsGuard for T
where
    T: for<'e> FromEvent<'e, kind::Middleware> + 'static,
{
    const GUARD: Guard = Guard {
        id: TypeId::of::<T>,
        name: type_name::<T>,
        judge: |call| call.get::<T>().map(drop),
        needs: T::NEEDS,
    };
}

/// What comes before the handlers of one namespace: see
/// [`SocketIoBuilder::namespace`](crate::SocketIoBuilder::namespace).
#[derive(Debug, Default)]
#[must_use = "give it back to `namespace(..)`"]
pub struct NamespaceBuilder {
    pub(crate) layers: Layers,
}

impl NamespaceBuilder {
    /// Adds a gate: see [`SocketIoBuilder::gate`](crate::SocketIoBuilder::gate).
    pub fn gate(mut self, gate: impl Gate) -> Self {
        self.layers.gate(gate);
        self
    }

    /// Demands that this can be extracted: before each event, and at connect after the handlers, for they are what
    /// puts a user into the [extensions](crate::Socket::extensions). What a handler would take as an argument for its
    /// own sake, all handlers of the namespace have here.
    pub fn guard<T: AsGuard>(mut self) -> Self {
        self.layers.guard::<T>();
        self
    }

    /// Adds middleware: see [`SocketIoBuilder::middleware`](crate::SocketIoBuilder::middleware).
    pub fn middleware<A>(mut self, middleware: impl Middleware<A>) -> Self {
        self.layers.middleware(middleware);
        self
    }
}
