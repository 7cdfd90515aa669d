//! A framework on top of ours hands our macros on, and says where we are.

mod framework {
    pub use socketio as realtime;
}

use framework::realtime::{Event, handlers, on};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event("said", crate = framework::realtime)]
struct Said {
    text: String,
}

#[on(Said, crate = framework::realtime)]
async fn said(said: Said) {
    drop(said.text);
}

#[on("other", crate = crate::framework::realtime)]
fn other() {}

fn main() {
    assert_eq!(handlers![said, other].len(), 2);
}
