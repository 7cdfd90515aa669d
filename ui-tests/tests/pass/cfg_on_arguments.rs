//! A configuration decides about arguments, about attributes, and about functions of an `impl`.
#![deny(warnings)]

use socketio::{Socket, SocketIo, handlers, on};

#[on("arguments")]
fn arguments(
    #[cfg(all())] first: String,
    #[cfg(any())] second: NoSuchType,
    #[cfg_attr(all(), cfg(any()))] third: NoSuchType,
    #[allow(unused_variables)] fourth: u64,
) -> String {
    first
}

#[on("one")]
#[cfg_attr(all(), on("two"), allow(dead_code))]
#[cfg_attr(any(), on("three"))]
async fn attributes(#[cfg(any())] socket: &NoSuchType) {}

#[cfg_attr(all(), on("four"))]
fn all() {}

#[cfg_attr(any(), on("five"))]
#[allow(dead_code)]
fn none() {}

#[on("six")]
#[cfg_attr(all(), cfg(any()))]
fn configured_out(self: NoSuchType) {}

struct Chat;

#[on]
impl Chat {
    #[cfg_attr(all(), on("seven"))]
    fn seven(#[cfg(all())] _: &Socket, #[cfg(any())] _: NoSuchType) {}

    #[on("eight")]
    #[cfg(any())]
    fn eight(_: NoSuchType) {}

    // its mistakes are not there either
    #[cfg(any())]
    #[on("nine", colour = "red")]
    fn nine(&self) {}

    #[cfg_attr(all(), cfg_attr(any(), on("ten")))]
    #[allow(dead_code)]
    fn ten() {}

    #[cfg_attr(all(), cfg(any()))]
    #[on("eleven")]
    fn eleven(_: NoSuchType) {}
}

struct Nobody;

// nothing is left, and that is not a mistake
#[on]
impl Nobody {
    #[cfg_attr(any(), on("twelve"))]
    #[allow(dead_code)]
    fn twelve() {}
}

#[on]
#[cfg(any())]
impl NoSuchType {
    #[on("thirteen")]
    fn thirteen() {}
}

fn main() {
    let _ = (Chat, Nobody);
    let io = SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    let expected = ["arguments", "one", "two", "four", "seven"];
    assert!(expected.iter().all(|name| table.contains(&format!("{name:?}"))), "{table}");
    assert_eq!(table.lines().count(), 1 + expected.len(), "{table}");
    assert_eq!(handlers![attributes][0].len(), 2);
    assert_eq!(arguments("text".to_owned(), 1), "text");
}
