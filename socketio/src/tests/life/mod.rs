//! From the first handler to the last: guarantees 2, 3, 6, 7 and 11.

mod connect;
mod destructors;
mod ending;
#[cfg(feature = "test")]
mod expiry;
mod faults;
mod newcomer;
mod program;
mod results;
mod shutdown;
mod twice;
