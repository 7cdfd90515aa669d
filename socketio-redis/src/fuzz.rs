//! What the fuzz targets of `fuzz/` call: every decoder of what another node says. Whatever comes ends with a message or a reason, and
//! what is JSON is so for every reader.

use crate::wire::{classic, cluster, session};

/// The channels of the classic adapter.
pub fn classic(bytes: &[u8]) {
    let _ = classic::sender(bytes);
    if let Ok(mut read) = classic::broadcast(bytes) {
        let _ = read.event();
    }
    let _ = classic::request(bytes);
    let _ = classic::answer("e6aeff", bytes);
}

/// The channels of the sharded and the streams adapter, entries of streams, and stored sessions.
pub fn cluster(bytes: &[u8]) {
    let _ = cluster::message("17aa9a153885e32b", bytes);
    for kind in ["3", "4", "6", "8", "9", "12", "100"] {
        let _ = cluster::entry("17aa9a153885e32b", ("uid", "/"), kind, Some(bytes));
    }
    let _ = session::read("pid", bytes);
}
