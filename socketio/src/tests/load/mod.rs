//! Many connections, many events, and what they cost.

mod cost;
mod logs;
mod races;
mod slow;
mod storm;
