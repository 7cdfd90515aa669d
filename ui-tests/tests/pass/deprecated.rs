//! What is deprecated may be registered: the warning is for those who use it.
#![deny(warnings)]

use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, SocketIo, handlers, on};

socketio::events! { pub EVENTS = [Old, OldTuple, OldEnum, "sum", "old:handler", "new:handler"] }

#[deprecated]
#[derive(Serialize, Deserialize, Payload)]
pub struct OldAnswer {
    pub number: u64,
}

#[deprecated]
#[derive(Serialize, Deserialize, Event)]
#[event("old", ack = u64)]
pub struct Old {
    #[deprecated]
    pub text: String,
}

#[deprecated = "use another one"]
#[derive(Serialize, Deserialize, Event)]
#[event("old:tuple")]
pub struct OldTuple(#[deprecated] pub u64, pub u64);

#[deprecated]
#[derive(Serialize, Deserialize, Event)]
#[event("old:enum")]
pub enum OldEnum {
    #[deprecated]
    Variant(u64),
    Other,
}

#[on("old:handler")]
#[deprecated]
fn old_handler() {}

#[deprecated]
#[on("new:handler")]
async fn new_handler() {}

#[allow(deprecated)]
#[on(Old)]
async fn old(_: Old) -> u64 {
    0
}

#[on("sum")]
#[allow(deprecated)]
fn sum(number: OldAnswer) -> OldAnswer {
    number
}

#[deprecated]
struct Chat;

#[on]
#[allow(deprecated)]
impl Chat {
    #[on(OldTuple)]
    #[deprecated]
    fn tuple(_: OldTuple) {}

    #[on(OldEnum)]
    fn old_enum(_: OldEnum) {}
}

fn main() {
    let io = SocketIo::builder().discover().require(&EVENTS).build().expect("no faults");
    assert_eq!(io.table().to_string().lines().count(), 6 + 1);
    assert_eq!(handlers![old_handler].len(), 1);
}
