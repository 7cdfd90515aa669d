//! Clients that all lose their connections at once and reconnect, each at its own time; others stay and echo.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::paced::Paced;
use crate::fleet::TICK;
use crate::fleet::{Fleet, Silence, Workload};
use crate::options::Options;
use crate::process::Process;
use crate::report::{Report, StormFigures};
use crate::session::{Session, Stage};
use crate::tally::Tally;
use crate::window::Window;

/// `--open` stay, `--conns` go and reconnect within `--jitter` seconds.
pub(super) fn run(options: &Options) -> Result<Report> {
    let mut fleet = Fleet::new(options)?;
    fleet.open_all(options.open + options.conns, 0)?;
    let calm = Paced::new(options, options.open).run(&mut fleet, options.seconds())?;

    let cpu = || options.pid.map(|pid| Process::new(pid).cpu()).transpose();
    let (server_before, own_before) = (cpu()?, Process::own().cpu()?);
    let mut storm = Storm {
        paced: Paced::new(options, options.open),
        stay: options.open,
        began: vec![None; options.conns],
        back: Tally::default(),
    };
    for client in 0..options.conns {
        // no farewell: so it looks when a network breaks down
        fleet.sessions()[options.open + client].reset()?;
    }
    let (began, read_before) = (Instant::now(), fleet.bytes_read());
    let apart = options.jitter().div_f64(options.conns as f64);
    let mut next = 0;
    let mut progress = (0, Instant::now());
    while storm.back.count() < options.conns || storm.paced.is_waiting() {
        while next < options.conns && began.elapsed() >= apart.mul_f64(next as f64) {
            storm.began[next] = Some(Instant::now());
            fleet.open(options.open + next)?;
            next += 1;
        }
        fleet.turn(&mut storm, SHORT_TICK)?;
        if storm.back.count() < options.conns {
            storm.paced.send_due(&mut fleet)?;
        }
        if storm.back.count() != progress.0 || next < options.conns {
            progress = (storm.back.count(), Instant::now());
        }
        let missing = options.conns - storm.back.count();
        ensure!(progress.1.elapsed() < options.timeout(), "{missing} clients do not reconnect");
    }
    let elapsed = began.elapsed();
    let all = fleet.sessions().iter().filter(|session| session.stage() == Stage::Open).count();
    ensure!(all == options.open + options.conns, "only {all} are open");
    let window = Window {
        elapsed,
        server_cpu: cpu()?.zip(server_before).map(|(end, begin)| end.saturating_sub(begin)),
        others_cpu: [Duration::ZERO; 3],
        own_cpu: Process::own().cpu()? - own_before,
        bytes_read: fleet.bytes_read() - read_before,
        tally: storm.back,
    };
    let mut report = Report::of(options, window);
    report.storm = Some(StormFigures {
        back: options.conns,
        echo_calm_us: calm.latency(),
        echo_us: storm.paced.into_tally().latency(),
    });
    Ok(report)
}

struct Storm {
    paced: Paced,
    /// Clients below this number stay.
    stay: usize,
    /// When each of the others began to reconnect; `None` once it is there.
    began: Vec<Option<Instant>>,
    back: Tally,
}

impl Workload for Storm {
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()> {
        if client < self.stay {
            self.paced.received(client, text, at)
        } else {
            Silence.received(client, text, at)
        }
    }

    fn refill(&mut self, client: usize, _: &mut Session) -> Result<()> {
        let began = client.checked_sub(self.stay).and_then(|client| self.began[client].take());
        began.into_iter().for_each(|began| self.back.record(began, Instant::now()));
        Ok(())
    }
}

/// So short that reconnecting is spread evenly.
const SHORT_TICK: Duration = Duration::from_millis(TICK.as_millis() as u64 / 10);
