//! Named fields are one argument, a tuple struct is one for each field, a unit struct has none; enums and
//! type parameters are fine.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use socketio::{Event, Payload, emit::Arguments, on};

#[derive(Serialize, Deserialize, Event)]
#[event("named")]
struct Named {
    a: u8,
}

#[derive(Serialize, Deserialize, Event)]
#[event("tuple", ack = u64)]
struct Tuple(u8, String);

#[derive(Serialize, Deserialize, Event)]
#[event("unit")]
struct Unit;

#[derive(Serialize, Deserialize, Event)]
#[event("choice")]
#[serde(tag = "kind")]
enum Choice {
    One { a: u8 },
    Two,
}

#[derive(Serialize, Deserialize, Payload)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Serialize, Event)]
#[event("pair", from = server)]
struct Pair<T: Send, const N: usize>(T, [u8; 2])
where
    T: Clone;

#[on(Named)]
fn named(_: Named) {}

#[on(Tuple)]
async fn tuple(Tuple(a, _): Tuple) -> u64 {
    a.into()
}

#[on(Unit)]
fn unit(_: Unit) {}

#[on(Choice)]
fn choice(choice: Choice) {
    match choice {
        Choice::One { a } => drop(a),
        Choice::Two => {}
    }
}

#[on("page")]
fn page(page: Page<u64>) -> Page<u64> {
    page
}

fn is_payload<T: Payload + DeserializeOwned>() {}

fn main() {
    is_payload::<Page<String>>();
    assert_eq!(Named { a: 1 }.arity(), 1);
    assert_eq!(Tuple(1, String::new()).arity(), 2);
    assert_eq!(Unit.arity(), 0);
    assert_eq!(Pair::<_, 2>("x", [1, 2]).arity(), 2);
}
