//! What a program keeps on a socket.

use std::{any::Any, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use super::{Extensions, Socket};
use crate::error::EncodeError;

impl Socket {
    /// Values that the program keeps on the socket, one for each type.
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions(&self.0.locals)
    }

    /// Keeps a value under a name.
    pub fn set_attribute<T: Any + Clone + Send + Sync>(&self, key: impl Into<String>, value: T) {
        self.0.locals.set_attribute(key.into(), Arc::new(value));
    }

    /// A copy of the value with this name, if there is one and it is a `T`.
    pub fn attribute<T: Any + Clone + Send + Sync>(&self, key: &str) -> Option<T> {
        self.0.locals.attribute(key)?.downcast_ref::<T>().cloned()
    }

    /// Removes the value with this name. `true` if there was one.
    pub fn remove_attribute(&self, key: &str) -> bool {
        self.0.locals.remove_attribute(key).is_some()
    }

    /// Keeps a value that stays when the client reconnects ([recovery](crate::Config::recovery)),
    /// and that [`RemoteSocket`](crate::broadcast::RemoteSocket) shows. It replaces the one before.
    ///
    /// # Errors
    /// If the value cannot be represented as JSON.
    pub fn set_data<T: Serialize + ?Sized>(&self, data: &T) -> Result<(), EncodeError> {
        self.0.locals.set_data(serde_json::to_string(data)?.into());
        self.0.set_unsaved();
        Ok(())
    }

    /// What [`set_data`](Self::set_data) has kept, if it reads as a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.0.locals.data().as_deref()?).ok()
    }
}
