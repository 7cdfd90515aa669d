//! What an event costs: allocations, counted over many of them.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    runtime::Builder,
};

use crate::{
    Config, Event, Socket, SocketIo, event, on,
    tests::kit::{PollingClient, client_frame, packets_pipe, plain_pipe, request, server},
};

#[derive(Serialize, Deserialize, Event)]
#[event("move", from = client)]
struct Move<'a> {
    #[serde(borrow)]
    who: Cow<'a, str>,
    x: f64,
    y: u32,
}

static MOVED: AtomicUsize = AtomicUsize::new(0);

#[on(Move)]
fn moved(step: Move<'_>) {
    assert!(step.who == "ann" && step.x < step.y.into());
    MOVED.fetch_add(1, Ordering::Relaxed);
}

#[on("echo")]
fn echo(socket: &Socket, text: Cow<'_, str>) {
    socket.emit(event!("echo", &text));
}

const WARM_UP: usize = 100;
const EVENTS: usize = 1000;

/// Allocations of the whole thread, server and client, for each of many events after the first ones. `answer`: how many
/// bytes are the answer to one.
fn allocations(open: impl Fn(&SocketIo) -> DuplexStream, joins: &[u8], frame: &[u8], answer: usize) -> f64 {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let (io, _, _) = server(module_path!(), Config::new());
    let mut pipe = runtime.block_on(async { open(&io) });
    let mut read = vec![0; 1024];
    if !joins.is_empty() {
        runtime.block_on(async {
            pipe.write_all(joins).await.expect("open");
            let mut seen = vec![];
            while !seen.ends_with(b"}") || seen.windows(3).filter(|at| at.starts_with(b"40{")).count() == 0 {
                let n = pipe.read(&mut read).await.expect("readable");
                seen.extend_from_slice(&read[..n]);
            }
        });
    }
    let mut events = |count: usize| {
        runtime.block_on(async {
            for _ in 0..count {
                pipe.write_all(frame).await.expect("open");
                pipe.read_exact(&mut read[..answer]).await.expect("an answer");
                // where there is no answer, the server has its turn
                tokio::task::yield_now().await;
            }
        });
    };
    events(WARM_UP);
    let counted = allocation_counter::measure(|| events(EVENTS));
    counted.count_total as f64 / EVENTS as f64
}

fn packet(text: &str) -> Vec<u8> {
    client_frame(1, text.as_bytes())
}

/// The text of a frame, unmasked, is an allocation of its own: keeping it keeps nothing else alive.
const TEXT_OF_A_FRAME: f64 = 1.0;

/// A sync handler, a typed payload of borrowed text and numbers, no answer: what is borrowed from the frame
/// is not copied, and nothing else is allocated for an event.
#[test]
fn an_event_allocates_its_text() {
    let plain = |io: &SocketIo| plain_pipe(&io.websocket(), "/ws", 64 * 1024);
    let packets = |io: &SocketIo| packets_pipe(io, "");
    let envelope = packet(r#"{"event":"move","data":{"who":"ann","x":1.5,"y":2}}"#);
    let event = packet(r#"42["move",{"who":"ann","x":1.5,"y":2}]"#);
    let each = [allocations(plain, &[], &envelope, 0), allocations(packets, &packet("40"), &event, 0)];
    let handled = MOVED.load(Ordering::Relaxed);
    assert!(handled + 2 >= 2 * (WARM_UP + EVENTS), "{handled}");
    assert!(each.iter().all(|each| *each < TEXT_OF_A_FRAME + 0.1), "{each:?}");
}

/// The answer is written into a buffer that is used again.
#[test]
fn an_echo_allocates_no_more() {
    let text = "x".repeat(100);
    let answer = format!(r#"42["echo","{text}"]"#);
    let packets = |io: &SocketIo| packets_pipe(io, "");
    let each = allocations(packets, &packet("40"), &packet(&answer), 2 + answer.len());
    assert!(each < TEXT_OF_A_FRAME + 0.1, "{each}");
}

/// What is kept of a request while it is answered: what its answer needs.
#[test]
fn a_request_that_waits_is_small() {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _inside = runtime.enter();
    let (io, _, _) = server(module_path!(), Config::new());
    let client = runtime.block_on(PollingClient::open(&io));
    let size = |method, query: &str| {
        let responding = tower_service::Service::call(&mut io.service(), request(method, query, ""));
        size_of_val(&*responding)
    };
    let sizes = ["EIO=4&transport=polling", &client.query()].map(|query| size("GET", query));
    let [opens, polls, posts] = [sizes[0], sizes[1], size("POST", &client.query())];
    assert!(opens <= 640 && polls <= 320 && posts <= 560, "{opens}, {polls} and {posts} bytes");
}
