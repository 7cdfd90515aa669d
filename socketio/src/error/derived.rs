//! What `derive(IntoClientError)` calls.

#![expect(missing_docs, reason = "only generated code names these")]

use serde::Serialize;
use serde_json::{Map, Value};

use super::ClientError;
use crate::observe;

/// An error with this data. What cannot be represented as JSON is left out: the error itself is worth more.
pub fn error_with<T: Serialize + ?Sized>(error: ClientError, data: &T) -> ClientError {
    error.clone().with_data(data).unwrap_or_else(|cause| {
        observe::error_data_lost(error.code(), &cause);
        error
    })
}

/// The fields of an error that its client receives, by their names.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub struct ErrorData(Map<String, Value>);

impl ErrorData {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.0.insert(name.to_owned(), value)),
            Err(cause) => observe::error_data_lost(name, &cause),
        }
        self
    }
}
