//! One file, compiled into two crates: a library and a program that both say `mod chat;`.

use crate::{
    SocketIo,
    error::FaultKind,
    handler::{Handler, Location},
    handlers, on,
};

#[on("twice:a", "twice:b", manual)]
fn once() {}

// two handlers at one place of the source are not copies
macro_rules! both {
    () => {
        #[on("twice:c", manual)]
        fn first() {}

        #[on("twice:c", manual)]
        fn second() {}
    };
}

both!();

/// The same handlers, as another crate would register them.
fn compiled_into(name: &str, lists: &[&'static [Handler]]) -> Vec<&'static [Handler]> {
    let copies = lists.iter().map(|list| {
        let copies = list.iter().map(|handler| {
            let Handler {
                subject,
                namespace,
                priority,
                concurrent,
                location,
                call,
                answers,
                needs_parts,
                needs,
                described,
            } = *handler;
            let module = location.module.replacen("socketio", name, 1).leak();
            let [line, column, expansion, nth] = location.written;
            let location = Location { module, written: [line, column, expansion + 5, nth], ..location };
            Handler {
                subject,
                namespace,
                priority,
                concurrent,
                location,
                call,
                answers,
                needs_parts,
                needs,
                described,
            }
        });
        &*copies.collect::<Vec<_>>().leak()
    });
    copies.collect()
}

#[test]
fn a_file_that_is_compiled_twice_is_a_fault() {
    let own = handlers![once, first, second];
    assert!(SocketIo::builder().handlers(own).handlers(own).build().is_ok(), "named twice");
    for name in ["server", "socketio"] {
        let other = compiled_into(name, own);
        let both = SocketIo::builder().handlers(own).handlers(&other).build().expect_err("compiled twice");
        let faults: Vec<_> = both.faults().iter().map(|fault| (fault.kind(), fault.to_string())).collect();
        assert_eq!(faults.len(), 3, "one for each function: {both}");
        for ((kind, text), function) in faults.iter().zip(["once", "first", "second"]) {
            assert_eq!(*kind, FaultKind::RegisteredTwice);
            assert!(text.starts_with("socketio/src/tests/life/twice.rs:"), "{text}");
            assert!(text.contains(&format!(": handler `{function}` is registered twice")), "{text}");
            assert!(text.contains("`socketio::tests::life::twice`"), "{text}");
            assert!(text.contains(&format!("`{name}::tests::life::twice`")), "{text}");
        }
    }
}
