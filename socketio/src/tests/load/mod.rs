//! Many connections, many events, and what they cost.

mod account;
mod cost;
mod logs;
mod namespaces;
mod races;
mod slow;
mod storm;
