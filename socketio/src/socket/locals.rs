//! What a program keeps on a socket: extensions by type, attributes by name. Both stay in this process.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use crate::contained::Contained;

type Value = Arc<dyn Any + Send + Sync>;

/// Both maps of a socket; nothing is allocated before the first entry.
///
/// Values are cloned, dropped and replaced outside the lock: they are the user's and may do anything then.
#[derive(Default)]
pub(crate) struct Locals(Mutex<Option<Box<Maps>>>);

#[derive(Default)]
struct Maps {
    extensions: HashMap<TypeId, Contained<Value>>,
    attributes: HashMap<String, Contained<Value>>,
    /// JSON.
    data: Option<Arc<str>>,
}

impl Locals {
    pub(crate) fn set_attribute(&self, key: String, value: Value) {
        let replaced = self.write(|maps| maps.attributes.insert(key, Contained::new(value)));
        drop(replaced);
    }

    pub(crate) fn attribute(&self, key: &str) -> Option<Value> {
        self.read(|maps| maps.attributes.get(key).map(|value| (**value).clone()))
    }

    pub(crate) fn remove_attribute(&self, key: &str) -> Option<Value> {
        self.read(|maps| maps.attributes.remove(key)).map(Contained::into_inner)
    }

    pub(crate) fn data(&self) -> Option<Arc<str>> {
        self.read(|maps| maps.data.clone())
    }

    pub(crate) fn set_data(&self, data: Arc<str>) {
        self.write(|maps| maps.data = Some(data));
    }

    /// Runs `read` on the maps, if there are any.
    fn read<R>(&self, read: impl FnOnce(&mut Maps) -> Option<R>) -> Option<R> {
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        maps.as_deref_mut().and_then(read)
    }

    fn write<R>(&self, write: impl FnOnce(&mut Maps) -> R) -> R {
        let mut maps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        write(maps.get_or_insert_default())
    }
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locals").finish_non_exhaustive()
    }
}

/// The values that a program keeps on a socket, one for each type. See [`Socket::extensions`](crate::Socket::extensions).
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// struct User(&'static str);
///
/// socket.extensions().insert(User("ann"));
/// assert_eq!(socket.extensions().get::<User>().map(|user| user.0), Some("ann"));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Extensions<'a>(pub(super) &'a Locals);

impl Extensions<'_> {
    /// Puts a value; returns the one it replaces.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) -> Option<Arc<T>> {
        let value: Value = Arc::new(value);
        let replaced = self.0.write(|maps| maps.extensions.insert(TypeId::of::<T>(), Contained::new(value)));
        replaced.map(Contained::into_inner).and_then(of_type)
    }

    /// The value of this type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0
            .read(|maps| maps.extensions.get(&TypeId::of::<T>()).map(|value| (**value).clone()))
            .and_then(of_type)
    }

    /// Takes the value of this type out.
    pub fn remove<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let removed = self.0.read(|maps| maps.extensions.remove(&TypeId::of::<T>()));
        removed.map(Contained::into_inner).and_then(of_type)
    }
}

fn of_type<T: Send + Sync + 'static>(value: Value) -> Option<Arc<T>> {
    value.downcast().ok()
}
