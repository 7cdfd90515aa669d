//! What a connection costs in memory while nothing happens on it.

use std::time::Instant;

use anyhow::{Context, Result};

use super::replies::Replies;
use crate::dialect::Request;
use crate::fleet::{Fleet, Silence, TICK};
use crate::options::Options;
use crate::process::Process;
use crate::report::{Memory, Report};
use crate::window;

pub(super) fn run(options: &Options) -> Result<Report> {
    let server = Process::new(options.pid.context("idle mode needs --pid")?);
    let before = server.resident()?;
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.conns, 0)?;
    let rested = Instant::now();
    while rested.elapsed() < options.seconds() {
        fleet.turn(&mut Silence, TICK)?;
    }
    let open = server.resident()?;

    // every one of them must still be there
    window::complete(&mut fleet, &mut Replies::one_each(options, Request::Echo), options)?;
    let used = server.resident()?;
    let each = |after: u64| (after as f64 - before as f64) / options.conns as f64;
    let memory = Memory {
        resident_before: before,
        resident_open: open,
        bytes_per_connection: each(open),
        bytes_per_connection_after_echo: each(used),
    };
    Ok(Report::of_memory(options, memory))
}
