//! A large crate compiles: a list of a thousand events, half of them types, and three hundred handlers. Every check of
//! theirs runs in the compiler's evaluator, whose patience has a lint (`long_running_const_eval`).

use std::{fmt::Write, fs, path::Path};

const EVENTS: usize = 1000;
const HANDLERS: usize = 300;

fn source() -> String {
    let mut source = String::from(
        "#![deny(warnings)]\nuse serde::{Deserialize, Serialize};\nuse socketio::{Event, Socket, SocketIo, on};\n\n\
         socketio::events! { pub EVENTS = [\n",
    );
    let mut write = |line: std::fmt::Arguments<'_>| writeln!(source, "{line}").expect("a string takes all");
    for i in 0..EVENTS {
        if i % 2 == 0 {
            write(format_args!("    Event{i},"));
        } else {
            write(format_args!("    \"area{}:event-{i}\",", i % 17));
        }
    }
    write(format_args!("] }}"));
    for i in (0..EVENTS).step_by(2) {
        write(format_args!(
            "#[derive(Serialize, Deserialize, Event)]\n#[event(\"area{}:event-{i}\")]\npub struct Event{i} {{ pub number: u32 }}",
            i % 17
        ));
    }
    for i in 0..HANDLERS {
        if i % 2 == 0 {
            write(format_args!(
                "#[on(Event{i})]\nfn on{i}(socket: &Socket, event: Event{i}) {{ socket.emit(&event); }}"
            ));
        } else {
            write(format_args!(
                "#[on(\"area{}:event-{i}\")]\nasync fn on{i}(number: u32, text: String) -> String {{ format!(\"{{text}}{{number}}\") }}",
                i % 17
            ));
        }
    }
    write(format_args!(
        "fn main() {{\n    let io = SocketIo::builder().discover().build().expect(\"no faults\");\n    \
         assert_eq!(io.table().to_string().lines().count(), {HANDLERS} + 1);\n}}"
    ));
    source
}

#[test]
fn a_thousand_events_compile() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a_thousand_events.rs");
    fs::write(&path, source()).expect("a writable target folder");
    trybuild::TestCases::new().pass(path);
}
