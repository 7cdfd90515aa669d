//! Small helpers on JSON text.

/// Drops white space and the comma before the next element of an array's inside.
pub(crate) fn skip_separator(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r', ','])
}

/// Says what is wrong, and where inside the value.
pub(crate) fn describe(_text: &str, error: &serde_json::Error) -> String {
    error.to_string()
}
