//! The code that the macros generate: descriptors, one function for each handler, and checks at the user's tokens.
//! Logic belongs in the runtime crate, where it is compiled once and tested.

pub(crate) mod client_error;
mod describe;
pub(crate) mod event;
pub(crate) mod lists;
pub(crate) mod on;
