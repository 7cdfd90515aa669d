//! The guarantees of the server, each held by a named test: in memory, on a paused clock.
//! `docs/guarantees.md` lists them.

mod bounds;
mod cluster;
#[cfg(feature = "contract")]
mod contract;
#[cfg(all(feature = "test", feature = "stats"))]
mod figures;
mod kit;
#[cfg(feature = "test")]
mod layers;
mod life;
mod load;
mod order;
#[cfg(all(feature = "test", feature = "garde"))]
mod payloads;
mod peers;
mod polling;
mod pools;
mod rooms;
mod serve;
mod streams;
#[cfg(feature = "test")]
mod test_kit;
mod wires;
