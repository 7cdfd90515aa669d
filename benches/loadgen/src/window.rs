//! Warm-up, the measured window, and the end of a run in which requests are answered.

use std::mem;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::fleet::{Fleet, TICK, Workload};
use crate::options::Options;
use crate::process::Process;
use crate::tally::Tally;

/// A workload that goes on by itself until it is stopped.
pub(crate) trait Traffic: Workload {
    /// Sends the first requests.
    fn start(&mut self, fleet: &mut Fleet<'_>) -> Result<()>;

    fn tally(&mut self) -> &mut Tally;

    /// Requests that are not completely answered.
    fn outstanding(&self) -> usize;

    /// Sends nothing new from now on.
    fn stop(&mut self);
}

/// What was seen between the two ends of the window.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) elapsed: Duration,
    pub(crate) server_cpu: Option<Duration>,
    /// In cluster mode: of the receiving node, the bystander, and Redis.
    pub(crate) others_cpu: [Duration; 3],
    pub(crate) own_cpu: Duration,
    /// What came from the server, headers of frames and of answers included.
    pub(crate) bytes_read: u64,
    pub(crate) tally: Tally,
}

/// Measures one window of `traffic`, then waits until every request under way is answered.
pub(crate) fn measure(
    fleet: &mut Fleet<'_>,
    traffic: &mut impl Traffic,
    options: &Options,
) -> Result<Window> {
    let mut watch = Watch::new(options);
    traffic.start(fleet)?;
    watch.run_for(options.warmup(), fleet, traffic)?;

    traffic.tally().clear();
    let (begin, read_before) = (Snapshot::take(options)?, fleet.bytes_read());
    watch.run_for(options.seconds(), fleet, traffic)?;
    let (end, bytes_read) = (Snapshot::take(options)?, fleet.bytes_read() - read_before);
    let tally = mem::take(traffic.tally());

    traffic.stop();
    watch.finish(fleet, traffic)?;
    Ok(Window {
        elapsed: end.at - begin.at,
        server_cpu: end.server_cpu.zip(begin.server_cpu).map(|(end, begin)| end.saturating_sub(begin)),
        others_cpu: std::array::from_fn(|at| end.others_cpu[at].saturating_sub(begin.others_cpu[at])),
        own_cpu: end.own_cpu - begin.own_cpu,
        bytes_read,
        tally,
    })
}

/// Runs `traffic` that ends by itself until every request is answered.
pub(crate) fn complete(fleet: &mut Fleet<'_>, traffic: &mut impl Traffic, options: &Options) -> Result<()> {
    traffic.start(fleet)?;
    Watch::new(options).finish(fleet, traffic)
}

/// Notices that nothing moves any more.
struct Watch {
    timeout: Duration,
    /// Replies counted when `at` was taken; any other count is a sign of life.
    seen: usize,
    at: Instant,
}

impl Watch {
    fn new(options: &Options) -> Self {
        Self { timeout: options.timeout(), seen: 0, at: Instant::now() }
    }

    fn run_for(
        &mut self,
        duration: Duration,
        fleet: &mut Fleet<'_>,
        traffic: &mut impl Traffic,
    ) -> Result<()> {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.turn(fleet, traffic)?;
        }
        Ok(())
    }

    fn finish(&mut self, fleet: &mut Fleet<'_>, traffic: &mut impl Traffic) -> Result<()> {
        while traffic.outstanding() > 0 {
            self.turn(fleet, traffic)?;
        }
        Ok(())
    }

    fn turn(&mut self, fleet: &mut Fleet<'_>, traffic: &mut impl Traffic) -> Result<()> {
        fleet.turn(traffic, TICK)?;
        let count = traffic.tally().count();
        if count != self.seen {
            self.seen = count;
            self.at = Instant::now();
        }
        let outstanding = traffic.outstanding();
        ensure!(
            self.at.elapsed() < self.timeout,
            "no reply for {:?}, {outstanding} are missing",
            self.timeout
        );
        Ok(())
    }
}

struct Snapshot {
    at: Instant,
    server_cpu: Option<Duration>,
    others_cpu: [Duration; 3],
    own_cpu: Duration,
}

impl Snapshot {
    fn take(options: &Options) -> Result<Self> {
        let server_cpu = options.pid.map(|pid| Process::new(pid).cpu()).transpose()?;
        let mut others_cpu = [Duration::ZERO; 3];
        for (cpu, pid) in
            others_cpu.iter_mut().zip([options.receiver_pid, options.bystander_pid, options.redis_pid])
        {
            *cpu = pid.map_or(Ok(Duration::ZERO), |pid| Process::new(pid).cpu())?;
        }
        Ok(Self { at: Instant::now(), server_cpu, others_cpu, own_cpu: Process::own().cpu()? })
    }
}
