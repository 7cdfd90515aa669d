//! What is doubtful in a contract.

use std::fmt;

/// Something in a contract that is not as exact as it could be; prints what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    subject: String,
    text: String,
}

impl Warning {
    pub(super) fn new(subject: &str, text: String) -> Self {
        Self { subject: subject.to_owned(), text }
    }

    /// The Rust type, the type's name in the output, or the event that it is about.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
