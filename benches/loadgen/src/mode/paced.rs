//! A few clients that echo at a steady pace: what the others feel of what a server is busy with.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::dialect::{Dialect, Id, Request};
use crate::fleet::{Fleet, Silence, TICK, Workload};
use crate::options::Options;
use crate::tally::Tally;

/// The first clients of a fleet. One that has not got its reply by the next turn leaves that one out.
pub(crate) struct Paced {
    dialect: Dialect,
    size: usize,
    clients: Vec<Client>,
    tally: Tally,
    text: Vec<u8>,
}

struct Client {
    due: Instant,
    number: u64,
    waits_since: Option<Instant>,
}

impl Paced {
    pub(crate) fn new(options: &Options, count: usize) -> Self {
        let now = Instant::now();
        // not all of them at once
        let due = |client: usize| now + PACE * client as u32 / count as u32;
        Self {
            dialect: options.dialect(),
            size: options.size,
            clients: (0..count)
                .map(|client| Client { due: due(client), number: 0, waits_since: None })
                .collect(),
            tally: Tally::default(),
            text: Vec::new(),
        }
    }

    /// Echoes for so long and waits for the last replies; returns how long they took.
    pub(crate) fn run(mut self, fleet: &mut Fleet<'_>, duration: Duration) -> Result<Tally> {
        let end = Instant::now() + duration;
        while Instant::now() < end || self.is_waiting() {
            fleet.turn(&mut self, TICK)?;
            if Instant::now() < end {
                self.send_due(fleet)?;
            }
        }
        Ok(self.tally)
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.clients.iter().any(|client| client.waits_since.is_some())
    }

    pub(crate) fn send_due(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        for (client, state) in self.clients.iter_mut().enumerate() {
            let now = Instant::now();
            if state.due > now || state.waits_since.is_some() {
                continue;
            }
            self.text.clear();
            self.dialect.request(
                Request::Echo,
                Id { client, number: state.number },
                self.size,
                &mut self.text,
            );
            let session = &mut fleet.sessions()[client];
            session.send(&self.text);
            (state.waits_since, state.due) = (Some(now), now + PACE);
            session.flush()?;
        }
        Ok(())
    }

    pub(crate) fn into_tally(self) -> Tally {
        self.tally
    }
}

impl Workload for Paced {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        let waiting = self.clients.get_mut(client).and_then(|state| Some((state.waits_since.take()?, state)));
        let Some((sent, state)) = waiting else { return Silence.received(client, text, at) };
        self.text.clear();
        self.dialect.reply(Request::Echo, Id { client, number: state.number }, self.size, &mut self.text);
        state.number += 1;
        self.tally.record(sent, at);
        super::compare(text, &self.text)
    }
}

/// Between two echoes of a client.
const PACE: Duration = Duration::from_millis(100);
