//! The guarantees of the server, each held by a named test: in memory, on a paused clock.
//! `docs/guarantees.md` lists them.

mod bounds;
mod cluster;
mod kit;
mod life;
mod load;
mod order;
mod peers;
mod polling;
mod pools;
mod rooms;
mod serve;
mod wires;
