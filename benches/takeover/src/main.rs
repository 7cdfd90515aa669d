//! What context takeover would be worth, with contexts as `ws` keeps them, and with a kept window of plain text: the last bytes that
//! were sent prime the thread's compressor for the next message. Prints ratio, time and memory; docs/decisions.md has the figures.
//!
//! `cargo run --release -p takeover`

use std::{hint::black_box, time::Instant};

use zlib_rs::{Deflate, DeflateFlush};

use self::words::WORDS;

// of the load generator, so that both compress the same texts
#[path = "../../loadgen/src/words.rs"]
mod words;

/// Events with the same fields and other values, as a program sends them to one client.
struct Events(u64);

impl Events {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn event(&mut self, size: usize) -> Vec<u8> {
        let mut event = String::from(r#"42["feed:update",["#);
        while event.len() < size {
            let (id, name, number, price) =
                (self.below(1 << 31), self.below(WORDS.len()), self.below(1000), self.below(50_000));
            let time = 1_790_000_000_000 + self.below(100_000_000);
            event += &format!(
                r#"{{"id":"{id:08x}","user":"{}{number}","price":{price},"time":{time},"text":""#,
                WORDS[name]
            );
            for _ in 0..4 + self.below(8) {
                event += WORDS[self.below(WORDS.len())];
                event.push(' ');
            }
            event += r#""},"#;
        }
        event.truncate(size - 2);
        event += "]]";
        event.into_bytes()
    }
}

/// How the messages of a connection are compressed.
#[derive(Clone, Copy)]
enum Way {
    /// Each by itself, as it is built.
    Fresh,
    /// With a compressor for each connection.
    Context,
    /// With so many bytes of plain text for each connection.
    Window(usize),
}

/// The ratio of all messages, and the time for each in microseconds, the best of some rounds.
fn measure(way: Way, level: i32, messages: &[Vec<u8>]) -> (f64, f64) {
    let (mut shared, mut best, mut bytes) = (Deflate::new(level, false, 15), f64::MAX, 0);
    for _ in 0..ROUNDS {
        let (mut own, mut window, mut out) = (Deflate::new(level, false, 15), Vec::new(), vec![0; 64 * 1024]);
        bytes = 0;
        let began = Instant::now();
        for message in messages {
            let stream = match way {
                Way::Context => &mut own,
                Way::Fresh | Way::Window(_) => {
                    shared.reset();
                    &mut shared
                }
            };
            if !window.is_empty() {
                stream.set_dictionary(&window).expect("a raw stream takes it");
            }
            let before = stream.total_out();
            stream.compress(message, &mut out, DeflateFlush::SyncFlush).expect("room");
            let len = (stream.total_out() - before) as usize - FLUSHED;
            // one that does not become shorter goes plain
            bytes += len.min(message.len());
            black_box(&out);
            if let Way::Window(keep) = way {
                window.extend_from_slice(message);
                window.drain(..window.len().saturating_sub(keep));
            }
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e6 / messages.len() as f64);
    }
    (bytes as f64 / messages.iter().map(Vec::len).sum::<usize>() as f64, best)
}

/// The most that is resident, in KiB, of a thousand of them.
fn context_kib() -> f64 {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
        status.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).expect("pages") * 4.0
    };
    let before = resident();
    let mut events = Events(1);
    let mut out = vec![0; 64 * 1024];
    let contexts: Vec<Deflate> = (0..CONTEXTS)
        .map(|_| {
            let mut context = Deflate::new(6, false, 15);
            for _ in 0..40 {
                context.compress(&events.event(1024), &mut out, DeflateFlush::SyncFlush).expect("room");
            }
            context
        })
        .collect();
    let each = (resident() - before) / contexts.len() as f64;
    drop(contexts);
    each
}

fn main() {
    println!("a compressor that was used: {:.0} KiB; a window is as long as it says", context_kib());
    for level in [2, 6] {
        println!("level {level}: ratio and microseconds for each message of 128 bytes, 1 KiB, 16 KiB");
        let ways = [
            ("each by itself", Way::Fresh),
            ("window of 1 KiB", Way::Window(1024)),
            ("window of 4 KiB", Way::Window(4096)),
            ("context", Way::Context),
        ];
        for (name, way) in ways {
            print!("  {name:<16}");
            for (size, count) in [(128, 2000), (1024, 1000), (16 * 1024, 100)] {
                let mut events = Events(5);
                let messages: Vec<_> = (0..count).map(|_| events.event(size)).collect();
                let (ratio, time) = measure(way, level, &messages);
                print!("  {ratio:.2} {time:>6.1}");
            }
            println!();
        }
    }
}

/// The end of a flush, which is not sent.
const FLUSHED: usize = 4;
const ROUNDS: usize = 7;
const CONTEXTS: usize = 200;
