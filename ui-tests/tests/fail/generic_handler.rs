//! The types of a handler are known when it is registered.

use serde::de::DeserializeOwned;
use socketio::{Data, on};

#[on("any")]
fn any<T: DeserializeOwned>(_: Data<T>) {}

fn main() {}
