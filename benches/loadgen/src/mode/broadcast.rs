//! One client sends, everyone or a room receives: a round ends when the last of them has it.

use std::collections::VecDeque;
use std::time::Instant;

use anyhow::{Context, Result};

use super::replies::Replies;
use crate::dialect::{Dialect, Id, Request};
use crate::fleet::{Fleet, Workload};
use crate::options::Options;
use crate::process::Process;
use crate::report::{Growth, Report, Sleepers};
use crate::tally::Tally;
use crate::window::{self, Traffic};

/// `sleepers` more connections receive too and never read.
pub(super) fn run(options: &Options, sleepers: usize) -> Result<Report> {
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.conns + options.open, sleepers)?;
    if options.room {
        window::complete(&mut fleet, &mut Replies::one_each(options, Request::Join), options)?;
    }
    let server = options.pid.map(Process::new);
    server.map(Process::forget_peak).transpose()?;
    let before = server.map(Process::resident).transpose()?;
    super::clog::clog(&mut fleet, options.conns + options.open, options)?;
    let window = window::measure(&mut fleet, &mut Rounds::new(options), options)?;
    let mut report = Report::of(options, window);
    if let Some((server, before)) = server.zip(before) {
        // before the sleepers are read, which lets the server give memory back
        let since = |now: u64| now as i64 - before as i64;
        report.growth = Some(Growth { resident: since(server.resident()?), peak: since(server.peak()?) });
    }
    if sleepers > 0 {
        report.sleepers = Some(Sleepers { count: sleepers, dropped: fleet.dropped_sleepers() });
    }
    Ok(report)
}

struct Rounds {
    dialect: Dialect,
    request: Request,
    size: usize,
    depth: usize,
    overlap: bool,
    is_stopped: bool,
    /// The round each receiver gets next.
    next: Vec<u64>,
    /// Rounds begun so far.
    begun: u64,
    /// The last rounds begun; the first of them is not complete.
    under_way: VecDeque<Round>,
    tally: Tally,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Round {
    at: Instant,
    missing: usize,
}

impl Rounds {
    fn new(options: &Options) -> Self {
        Self {
            dialect: options.dialect(),
            request: if options.room { Request::BroadcastRoom } else { Request::Broadcast },
            size: options.size,
            depth: options.depth,
            overlap: options.overlap,
            is_stopped: false,
            next: vec![0; options.conns],
            begun: 0,
            under_way: VecDeque::new(),
            tally: Tally::default(),
            text: Vec::new(),
        }
    }

    fn may_begin(&self) -> bool {
        let under_way = self.under_way.len();
        let waiting = if self.overlap { (self.begun - self.next[SENDER]) as usize } else { under_way };
        waiting < self.depth && under_way < MOST && !self.is_stopped
    }
}

impl Workload for Rounds {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        let number = *self.next.get(client).context("a broadcast came to a client outside the room")?;
        self.text.clear();
        self.dialect.reply(self.request, Id { client: SENDER, number }, self.size, &mut self.text);
        super::compare(text, &self.text)?;
        self.next[client] += 1;

        let first = self.begun - self.under_way.len() as u64;
        let round = number.checked_sub(first).and_then(|index| self.under_way.get_mut(index as usize));
        let round = round.with_context(|| format!("round {number} is not under way"))?;
        round.missing -= 1;
        self.tally.record(round.at, at);
        while self.under_way.front().is_some_and(|round| round.missing == 0) {
            self.under_way.pop_front();
        }
        Ok(())
    }

    fn turn_done(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        let at = Instant::now();
        let sender = &mut fleet.sessions()[SENDER];
        while self.may_begin() {
            self.text.clear();
            let id = Id { client: SENDER, number: self.begun };
            self.dialect.request(self.request, id, self.size, &mut self.text);
            sender.send(&self.text);
            self.under_way.push_back(Round { at, missing: self.next.len() });
            self.begun += 1;
        }
        sender.flush()
    }
}

impl Traffic for Rounds {
    fn start(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        self.turn_done(fleet)
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn outstanding(&self) -> usize {
        self.under_way.iter().map(|round| round.missing).sum()
    }

    fn stop(&mut self) {
        self.is_stopped = true;
    }
}

/// Rounds under way at most: fewer than any server keeps for a receiver before it drops him.
const MOST: usize = 128;
/// The client that sends; it receives too.
const SENDER: usize = 0;
