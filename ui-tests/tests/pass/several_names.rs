//! One function may listen to several things, in one attribute or in several.

use serde::{Deserialize, Serialize};
use socketio::{Event, extract::EventName, handlers, on};

#[derive(Serialize, Deserialize, Event)]
#[event("doc:saved")]
struct Saved;

#[on("doc:open", "doc:close", Saved)]
fn changed(EventName(name): EventName<'_>) {
    let _ = name;
}

#[on("doc:lock", namespace = "/admin", priority = -1)]
#[on("doc:unlock")]
#[on(disconnect, close)]
async fn locked() {}

fn main() {
    assert_eq!(handlers![changed][0].len(), 3);
    assert_eq!(handlers![locked][0].len(), 4);
}
