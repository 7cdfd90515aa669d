//! What is wrong with the fields of a payload.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ClientError, code};

/// What is wrong with the fields of a payload: texts, each with the path to its field (`items[0].text`).
///
/// ```
/// use serde::Deserialize;
/// use socketio::{Payload, error::FieldErrors};
///
/// #[derive(Deserialize, Payload)]
/// #[payload(validate = check)]
/// struct Login {
///     name: String,
/// }
///
/// fn check(login: &Login) -> Result<(), FieldErrors> {
///     let mut errors = FieldErrors::new();
///     if login.name.len() > 20 {
///         errors.add("name", "too long");
///     }
///     errors.into_result()
/// }
/// ```
/// The client receives the error `invalid`, whose data is `{"fields":{"name":["too long"]}}`. At most 100 are kept: a
/// client may send a list of which every element is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors {
    list: Vec<(String, String)>,
    /// How many there were.
    count: usize,
}

/// So many errors are kept.
const MAX_KEPT: usize = 100;

impl FieldErrors {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is wrong with the field at this path; an empty path is the whole payload.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.count += 1;
        if self.list.len() < MAX_KEPT {
            self.list.push((path.into(), message.into()));
        }
    }

    /// Adds what is wrong inside a field: `field`, then the path from there.
    pub fn add_inside(&mut self, field: &str, inside: Self) {
        self.count += inside.count;
        let left = MAX_KEPT - self.list.len();
        self.list.extend(inside.list.into_iter().take(left).map(|(path, message)| {
            let separator = if path.is_empty() || path.starts_with('[') { "" } else { "." };
            (format!("{field}{separator}{path}"), message)
        }));
    }

    /// Paths and texts, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().map(|(path, message)| (&**path, &**message))
    }

    /// Is nothing wrong?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// `Ok` if nothing is wrong.
    ///
    /// # Errors
    /// With all that is.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<FieldErrors> for ClientError {
    fn from(errors: FieldErrors) -> Self {
        #[derive(Serialize)]
        struct Data<'a> {
            fields: BTreeMap<&'a str, Vec<&'a str>>,
        }
        let mut fields = BTreeMap::<&str, Vec<&str>>::new();
        for (path, message) in errors.iter() {
            fields.entry(path).or_default().push(message);
        }
        let first = errors.iter().next().map_or_else(String::new, |(path, message)| {
            if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") }
        });
        let text = match errors.count {
            0 | 1 => first,
            count => format!("{first} (and {} more)", count - 1),
        };
        let error = Self::new(code::INVALID, text);
        error.clone().with_data(&Data { fields }).unwrap_or(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sent_by_their_paths() {
        let mut inside = FieldErrors::new();
        inside.add("text", "too long");
        inside.add("", "is empty");
        inside.add("[1]", "is odd");
        let mut errors = FieldErrors::new();
        assert_eq!(errors.clone().into_result(), Ok(()));
        errors.add_inside("items[0]", inside);
        errors.add("items[0].text", "has no vowel");
        let error = ClientError::from(errors);
        assert_eq!(error.message(), "items[0].text: too long (and 3 more)");
        assert_eq!(
            serde_json::to_string(&error).expect("JSON"),
            r#"{"code":"invalid","message":"items[0].text: too long (and 3 more)","data":{"fields":{"items[0]":["is empty"],"items[0].text":["too long","has no vowel"],"items[0][1]":["is odd"]}}}"#
        );
    }

    #[test]
    fn a_hundred_are_kept() {
        let mut errors = FieldErrors::new();
        for _ in 0..1000 {
            let mut inside = FieldErrors::new();
            inside.add("x", "bad");
            inside.add("y", "bad");
            errors.add_inside("a", inside);
        }
        assert_eq!(errors.iter().count(), 100);
        assert!(ClientError::from(errors).message().ends_with("(and 1999 more)"));
    }
}
