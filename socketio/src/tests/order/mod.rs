//! What runs before what: guarantees 1, 4 and 5.

mod acks;
mod listeners;
mod sequence;
