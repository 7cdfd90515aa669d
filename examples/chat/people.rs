//! Who is in the chat.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use socketio::ClientError;

/// A name that may be shown to others.
#[derive(Debug)]
pub(crate) struct Name(String);

/// Everyone who is online: names by their lower-case form, so that "Ann" and "ann" are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(Arc<Mutex<BTreeMap<String, String>>>);

impl Name {
    pub(crate) fn new(name: &str) -> Result<Self, ClientError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(ClientError::new("no_name", "Please enter a name."));
        }
        if name.chars().count() > MAX_NAME {
            return Err(ClientError::new(
                "name_too_long",
                format!("A name has at most {MAX_NAME} characters."),
            ));
        }
        Ok(Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl People {
    /// Adds a person; returns everyone who is online.
    pub(crate) fn enter(&self, name: &Name) -> Result<Vec<String>, ClientError> {
        self.change(|people| {
            let key = name.0.to_lowercase();
            if people.contains_key(&key) {
                return Err(ClientError::new("taken", format!("{} is in the chat already.", name.0)));
            }
            people.insert(key, name.0.clone());
            Ok(people.values().cloned().collect())
        })
    }

    /// Removes a person; returns everyone who is online.
    pub(crate) fn leave(&self, name: &Name) -> Vec<String> {
        self.change(|people| {
            people.remove(&name.0.to_lowercase());
            people.values().cloned().collect()
        })
    }

    fn change<R>(&self, change: impl FnOnce(&mut BTreeMap<String, String>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The longest name, in characters.
const MAX_NAME: usize = 24;
