//! What our own schemas say that JSON Schema has no word for.

/// The keyword.
pub(super) const MARK: &str = "x-socketio";
/// A byte string.
pub(super) const BYTES: &str = "bytes";
/// A type without a schema.
pub(super) const UNKNOWN: &str = "unknown";
/// All arguments from here on.
pub(super) const REST: &str = "rest";
/// A tuple whose values are arguments of their own, where it is an argument.
pub(super) const SPREAD: &str = "spread";
