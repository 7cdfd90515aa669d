//! One client of one node sends to a room whose members are all at another node; a third node has nobody in the room.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::dialect::{Dialect, Id, Request};
use crate::fleet::{Fleet, Workload};
use crate::options::Options;
use crate::report::{Nodes, Report};
use crate::tally::Tally;
use crate::window::{self, Traffic};

/// The client that sends, at the first node; `1..=conns` receive at the second, and one more is at the third.
const SENDER: usize = 0;

pub(super) fn run(options: &Options) -> Result<Report> {
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.conns + 2, 0)?;
    window::complete(&mut fleet, &mut Joins::new(options), options)?;
    let window = window::measure(&mut fleet, &mut Rounds::new(options), options)?;
    let [receiver, bystander, redis] = window.others_cpu;
    let deliveries = window.tally.count() as f64;
    let messages = deliveries / options.conns as f64;
    let each = |cpu: std::time::Duration, count: f64| cpu.as_secs_f64() * 1e6 / count;
    let nodes = window.server_cpu.map(|sender| Nodes {
        sender: each(sender, messages),
        receiver: each(receiver, deliveries),
        bystander: each(bystander, messages),
        redis: each(redis, messages),
    });
    let mut report = Report::of(options, window);
    report.nodes = nodes;
    Ok(report)
}

/// Each member joins the room.
struct Joins {
    dialect: Dialect,
    members: usize,
    missing: usize,
    tally: Tally,
}

impl Joins {
    fn new(options: &Options) -> Self {
        let Options { conns: members, .. } = *options;
        Self { dialect: options.dialect(), members, missing: members, tally: Tally::default() }
    }
}

impl Workload for Joins {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        let mut wanted = vec![];
        self.dialect.reply(Request::Join, Id { client, number: 0 }, 0, &mut wanted);
        super::compare(text, &wanted)?;
        self.missing -= 1;
        self.tally.record(at, at);
        Ok(())
    }
}

impl Traffic for Joins {
    fn start(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        for (client, session) in fleet.sessions().iter_mut().enumerate().skip(1).take(self.members) {
            let mut text = vec![];
            self.dialect.request(Request::Join, Id { client, number: 0 }, 0, &mut text);
            session.send(&text);
            session.flush()?;
        }
        Ok(())
    }

    fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn outstanding(&self) -> usize {
        self.missing
    }

    fn stop(&mut self) {}
}

/// `depth` broadcasts under way: the next one begins when the first of them has reached every member.
struct Rounds {
    dialect: Dialect,
    size: usize,
    depth: usize,
    any_order: bool,
    is_stopped: bool,
    members: Vec<Member>,
    begun: u64,
    under_way: VecDeque<(Instant, usize)>,
    tally: Tally,
    text: Vec<u8>,
}

/// What a member has got.
#[derive(Debug, Clone, Default)]
struct Member {
    /// All rounds before this one.
    next: u64,
    /// And these, with `any_order`.
    ahead: BTreeSet<u64>,
}

impl Member {
    /// Returns `false` if it had got it before.
    fn takes(&mut self, number: u64) -> bool {
        let is_new = number >= self.next && self.ahead.insert(number);
        while self.ahead.remove(&self.next) {
            self.next += 1;
        }
        is_new
    }
}

impl Rounds {
    fn new(options: &Options) -> Self {
        let Options { size, depth, conns, any_order, .. } = *options;
        Self {
            dialect: options.dialect(),
            size,
            depth,
            any_order,
            is_stopped: false,
            members: vec![Member::default(); conns],
            begun: 0,
            under_way: VecDeque::new(),
            tally: Tally::default(),
            text: Vec::new(),
        }
    }
}

/// The number in `..B00000-0000000015-..`.
fn number_of(text: &[u8]) -> Result<u64> {
    let digits = text.split(|byte| *byte == b'-').nth(1).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).context("a broadcast without a number")
}

impl Workload for Rounds {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        let member = client.checked_sub(1).and_then(|member| self.members.get_mut(member));
        let Some(member) = member else { bail!("a broadcast came to a client outside the room") };
        let number = if self.any_order { number_of(text)? } else { member.next };
        self.text.clear();
        let id = Id { client: SENDER, number };
        self.dialect.reply(Request::BroadcastRoom, id, self.size, &mut self.text);
        super::compare(text, &self.text)?;
        let first = self.begun - self.under_way.len() as u64;
        let index = number.checked_sub(first).map(|index| index as usize);
        let round = index.and_then(|index| self.under_way.get_mut(index));
        let (begun, missing) = round.with_context(|| format!("round {number} is not under way"))?;
        ensure!(member.takes(number), "round {number} came twice");
        *missing -= 1;
        self.tally.record(*begun, at);
        while self.under_way.front().is_some_and(|(_, missing)| *missing == 0) {
            self.under_way.pop_front();
        }
        Ok(())
    }

    fn turn_done(&mut self, fleet: &mut Fleet<'_>) -> Result<()> {
        let at = Instant::now();
        let sender = &mut fleet.sessions()[SENDER];
        while self.under_way.len() < self.depth && !self.is_stopped {
            self.text.clear();
            let id = Id { client: SENDER, number: self.begun };
            self.dialect.request(Request::BroadcastRoom, id, self.size, &mut self.text);
            sender.send(&self.text);
            self.under_way.push_back((at, self.members.len()));
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
        self.under_way.iter().map(|(_, missing)| missing).sum()
    }

    fn stop(&mut self) {
        self.is_stopped = true;
    }
}
