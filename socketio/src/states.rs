//! The state that handlers take as `State<S>`, by type.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
};

use crate::contained::Contained;

/// One value for each type, frozen when the server is built.
#[derive(Default)]
pub(crate) struct States {
    values: HashMap<TypeId, Contained<Box<dyn Any + Send + Sync>>, foldhash::fast::FixedState>,
    names: Vec<&'static str>,
}

impl States {
    /// Adds a value; `false` if there is one of this type already.
    pub(crate) fn insert<S: Send + Sync + 'static>(&mut self, state: S) -> bool {
        self.names.push(type_name::<S>());
        let state: Box<dyn Any + Send + Sync> = Box::new(state);
        self.values.insert(TypeId::of::<S>(), Contained::new(state)).is_none()
    }

    pub(crate) fn get<S: 'static>(&self) -> Option<&S> {
        self.values.get(&TypeId::of::<S>())?.downcast_ref()
    }

    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.values.contains_key(&id)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("States").field(&self.names).finish()
    }
}
