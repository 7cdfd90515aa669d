//! What a connection costs in memory while nothing happens on it, also after something has happened.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::paced::Paced;
use super::replies::Replies;
use crate::dialect::Request;
use crate::fleet::{Fleet, Silence, TICK};
use crate::options::Options;
use crate::process::Process;
use crate::report::{AfterLarge, Memory, Report};
use crate::window;

pub(super) fn run(options: &Options) -> Result<Report> {
    let server = Process::new(options.pid.context("idle mode needs --pid")?);
    let before = server.resident()?;
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.conns, 0).context("while opening")?;
    let (cpu, began) = (server.cpu()?, Instant::now());
    rest(&mut fleet, options.seconds()).context("at rest")?;
    let cpu = (server.cpu()? - cpu).as_secs_f64() * 1e6 * 60.0 / began.elapsed().as_secs_f64();
    let open = server.resident()?;
    let each = |after: u64| (after as f64 - before as f64) / options.conns as f64;
    let paced_us = match options.paced {
        0 => None,
        count => Paced::new(options, count).run(&mut fleet, options.warmup())?.latency(),
    };
    let back_at = options.back_at.max(each(open));
    let after_large = match options.large {
        Some(size) => Some(large(&mut fleet, options, size, back_at, server, each)?),
        None => None,
    };

    // every one of them must still be there
    window::complete(&mut fleet, &mut Replies::one_each(options, Request::Echo), options)?;
    let used = server.resident()?;
    let memory = Memory {
        resident_before: before,
        resident_open: open,
        bytes_per_connection: each(open),
        bytes_per_connection_after_echo: each(used),
        rest_cpu_us_per_minute: cpu / options.conns as f64,
        paced_us,
        after_large,
    };
    Ok(Report::of_memory(options, memory))
}

/// One large echo on every connection, and the time until the server has given its memory back.
fn large(
    fleet: &mut Fleet<'_>,
    options: &Options,
    size: usize,
    back_at: f64,
    server: Process,
    each: impl Fn(u64) -> f64,
) -> Result<AfterLarge> {
    server.forget_peak()?;
    let mut messages = Replies::one_large_each(options, size, AT_ONCE);
    window::complete(fleet, &mut messages, options).context("with large messages")?;
    let peak = each(server.peak()?);
    let began = Instant::now();
    loop {
        let (bytes, waited) = (each(server.resident()?), began.elapsed());
        if bytes <= back_at || waited >= options.settle() {
            let seconds_until_back = (bytes <= back_at).then_some(waited.as_secs_f64());
            return Ok(AfterLarge { bytes, peak, seconds_until_back });
        }
        rest(fleet, BETWEEN_READINGS).context("at rest after large messages")?;
    }
}

fn rest(fleet: &mut Fleet<'_>, duration: Duration) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < duration {
        fleet.turn(&mut Silence, TICK)?;
    }
    Ok(())
}

/// Large messages under way: what matters here is what they leave behind, not how many fit into memory.
const AT_ONCE: usize = 100;
const BETWEEN_READINGS: Duration = Duration::from_millis(500);
