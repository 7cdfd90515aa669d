//! What clients send is not an argument of an event between nodes.

use serde::{Deserialize, Serialize};
use socketio::{Auth, Data, Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node)]
struct CacheDrop;

#[on(CacheDrop)]
fn dropped(auth: Auth<String>) {}

#[on(CacheDrop)]
fn data(data: Data<String>) {}

fn main() {}
