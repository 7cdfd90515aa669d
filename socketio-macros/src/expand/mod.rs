//! What the macros write. Logic lives in the runtime crate, where it is compiled once and tested; here are
//! descriptors, one function for each handler, and checks at the user's tokens.

pub(crate) mod event;
pub(crate) mod lists;
pub(crate) mod on;
