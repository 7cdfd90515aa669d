//! What is configured away is not registered.

use socketio::{SocketIo, on};

#[on("always")]
fn always() {}

#[on("never")]
#[cfg(any())]
fn never(_: NoSuchType) {}

#[cfg(any())]
#[on("neither")]
fn neither(_: NoSuchType) {}

fn main() {
    let io = SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    assert!(table.contains("always") && !table.contains("never") && !table.contains("neither"), "{table}");
}
