//! Sessions are opened and, as soon as they are open, closed in an orderly way.

use std::time::Instant;

use anyhow::Result;

use crate::fleet::{Fleet, Silence, Workload};
use crate::options::Options;
use crate::report::Report;
use crate::session::{Session, Stage};
use crate::tally::Tally;
use crate::window::{self, Traffic};

pub(super) fn run(options: &Options) -> Result<Report> {
    let mut fleet = Fleet::new(options)?;
    let window = window::measure(&mut fleet, &mut Connects::new(options.conns), options)?;
    Ok(Report::of(options, window))
}

struct Connects {
    clients: usize,
    is_stopped: bool,
    /// When each client began to open its session.
    began: Vec<Instant>,
    outstanding: usize,
    tally: Tally,
}

impl Connects {
    fn new(clients: usize) -> Self {
        let began = vec![Instant::now(); clients];
        Self { clients, is_stopped: false, began, outstanding: 0, tally: Tally::default() }
    }

    fn open(&mut self, client: usize, fleet: &mut Fleet<'_>) -> Result<()> {
        self.began[client] = Instant::now();
        self.outstanding += 1;
        fleet.open(client)
    }
}

impl Workload for Connects {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        Silence.received(client, text, at)
    }

    // called when the session has become open
    fn refill(&mut self, client: usize, session: &mut Session) -> Result<()> {
        self.tally.record(self.began[client], Instant::now());
        session.close()
    }

    fn turn_done(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        if self.is_stopped {
            self.outstanding =
                fleet.sessions().iter().filter(|session| session.stage() != Stage::Closed).count();
            return Ok(());
        }
        for client in 0..self.clients {
            if fleet.sessions()[client].stage() == Stage::Closed {
                self.outstanding -= 1;
                self.open(client, fleet)?;
            }
        }
        Ok(())
    }
}

impl Traffic for Connects {
    fn start(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        (0..self.clients).try_for_each(|client| self.open(client, fleet))
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn outstanding(&self) -> usize {
        self.outstanding
    }

    fn stop(&mut self) {
        self.is_stopped = true;
    }
}
