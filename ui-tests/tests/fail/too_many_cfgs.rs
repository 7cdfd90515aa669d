//! A handler is written once for each combination of its configurations.
#![allow(unexpected_cfgs)]

use socketio::on;

#[on("say")]
fn say(
    #[cfg(feature = "a")] a: u8,
    #[cfg(feature = "b")] b: u8,
    #[cfg(feature = "c")] c: u8,
    #[cfg(feature = "d")] d: u8,
    #[cfg(feature = "e")] e: u8,
) {
}

fn main() {}
