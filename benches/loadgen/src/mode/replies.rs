//! Closed loop of requests: each client keeps `depth` under way, and each reply is compared and timed.

use std::collections::VecDeque;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::dialect::{Dialect, Id, Request};
use crate::fleet::{Fleet, Workload};
use crate::options::Options;
use crate::session::Session;
use crate::tally::Tally;
use crate::window::Traffic;

pub(crate) struct Replies {
    dialect: Dialect,
    request: Request,
    size: usize,
    depth: usize,
    any_order: bool,
    /// Requests that a client sends in all.
    limit: u64,
    /// Requests under way from which on no further client begins.
    at_once: usize,
    /// Of the first `--conns`; the others are silent.
    clients: Vec<Client>,
    /// Clients from this number on have not begun.
    begun: usize,
    outstanding: usize,
    tally: Tally,
    text: Vec<u8>,
}

#[derive(Debug, Default)]
struct Client {
    next: u64,
    /// Replies come in the order of requests on every wire, so the oldest is always the next (but see `any_order`).
    waiting: VecDeque<Sent>,
}

#[derive(Debug)]
struct Sent {
    number: u64,
    at: Instant,
}

impl Replies {
    /// Goes on until it is stopped.
    pub(crate) fn endless(options: &Options, request: Request) -> Self {
        Self::new(options, request, u64::MAX, options.size)
    }

    /// One request for each client, to see that all of them live.
    pub(crate) fn one_each(options: &Options, request: Request) -> Self {
        Self::new(options, request, 1, options.size)
    }

    /// One echo of `size` bytes for each client, `at_once` under way.
    pub(crate) fn one_large_each(options: &Options, size: usize, at_once: usize) -> Self {
        Self { at_once, ..Self::new(options, Request::Echo, 1, size) }
    }

    fn new(options: &Options, request: Request, limit: u64, size: usize) -> Self {
        Self {
            dialect: options.dialect(),
            request,
            size,
            depth: options.depth,
            any_order: options.any_order,
            limit,
            at_once: usize::MAX,
            clients: std::iter::repeat_with(Client::default).take(options.conns).collect(),
            begun: 0,
            outstanding: 0,
            tally: Tally::default(),
            text: Vec::new(),
        }
    }

    fn begin_some(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        while self.begun < self.clients.len() && self.outstanding < self.at_once {
            let client = self.begun;
            self.begun += 1;
            self.refill(client, &mut fleet.sessions()[client])?;
        }
        Ok(())
    }
}

impl Workload for Replies {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        let waiting = self.clients.get_mut(client).map(|client| &mut client.waiting);
        let waiting = waiting.filter(|waiting| !waiting.is_empty());
        let waiting =
            waiting.with_context(|| format!("nobody asked for {}", String::from_utf8_lossy(text)))?;
        let candidates = if self.any_order { waiting.len() } else { 1 };
        let mut expect = |sent: &Sent| {
            self.text.clear();
            self.dialect.reply(self.request, Id { client, number: sent.number }, self.size, &mut self.text);
            self.text == text
        };
        let found = waiting.iter().take(candidates).position(&mut expect);
        let sent = found.and_then(|index| waiting.remove(index));
        let Some(sent) = sent else { return super::compare(text, &self.text) };
        self.outstanding -= 1;
        self.tally.record(sent.at, at);
        Ok(())
    }

    fn refill(&mut self, client: usize, session: &mut Session) -> Result<()> {
        if client >= self.begun {
            return Ok(());
        }
        let state = &mut self.clients[client];
        // one time for all requests of one write, taken before they are even put together
        let at = Instant::now();
        let mut is_empty = true;
        while state.waiting.len() < self.depth && state.next < self.limit {
            let number = state.next;
            self.text.clear();
            self.dialect.request(self.request, Id { client, number }, self.size, &mut self.text);
            session.send(&self.text);
            state.waiting.push_back(Sent { number, at });
            state.next += 1;
            self.outstanding += 1;
            is_empty = false;
        }
        if is_empty { Ok(()) } else { session.flush() }
    }

    fn turn_done(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        self.begin_some(fleet)
    }
}

impl Traffic for Replies {
    fn start(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        self.begin_some(fleet)
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn outstanding(&self) -> usize {
        self.outstanding
    }

    fn stop(&mut self) {
        self.limit = 0;
    }
}
