//! What the return value of a handler means: one trait per rule, so that each mistake has one message.
/// STUB
pub trait Token {}
