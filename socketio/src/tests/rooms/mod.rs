//! Rooms, namespaces, and what belongs to a socket.

mod broadcast;
mod data;
mod limits;
mod namespaces;
mod recovery;
mod returning;
