//! The times of one connection. No clock here: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

use crate::proto::engine::Revision;

use crate::connection::{Pace, Progress};

/// What may fall due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The next ping, or the end of waiting for its answer.
    Heartbeat,
    /// A Socket.IO client has not joined a namespace.
    Connect,
    /// The connect handlers take too long.
    Decide,
    /// A message arrives too slowly.
    Message,
    /// The peer takes no byte.
    Write,
    /// The closing handshake takes too long.
    Close,
    /// A handler goes on for too long after its socket has ended.
    Grace,
    /// A client that polls takes too long to change over to its WebSocket.
    Upgrade,
    /// Its GET is answered, so that it can go on with that.
    Noop,
    /// The attachments of a packet arrive too slowly.
    Attachments,
    /// A socket expires.
    Expiry,
}

const TIMERS: [Timer; 11] = [
    Timer::Heartbeat,
    Timer::Connect,
    Timer::Decide,
    Timer::Message,
    Timer::Write,
    Timer::Close,
    Timer::Grace,
    Timer::Upgrade,
    Timer::Noop,
    Timer::Attachments,
    Timer::Expiry,
];

/// One deadline for each timer that runs.
///
/// An idle connection has its heartbeat alone: the others are allocated while one of them runs.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heartbeat: Option<Instant>,
    others: Option<Box<Others>>,
}

#[derive(Debug, Default)]
struct Others {
    at: [Option<Instant>; TIMERS.len()],
    /// What [`Timer::Message`] and [`Timer::Attachments`] watch.
    message: Option<(Progress, Pace)>,
    packet: Option<(Progress, Pace)>,
}

impl Others {
    fn watched(&mut self, timer: Timer) -> Option<&mut Option<(Progress, Pace)>> {
        match timer {
            Timer::Message => Some(&mut self.message),
            Timer::Attachments => Some(&mut self.packet),
            _ => None,
        }
    }
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        match timer {
            Timer::Heartbeat => self.heartbeat = Some(at),
            other => self.others.get_or_insert_default().at[other as usize] = Some(at),
        }
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        match (timer, &mut self.others) {
            (Timer::Heartbeat, _) => self.heartbeat = None,
            (_, None) => {}
            (other, Some(others)) => {
                others.at[other as usize] = None;
                others.watched(other).map(Option::take);
                self.release();
            }
        }
    }

    /// Runs a timer as long as something is `unfinished`: it falls due when that has been so for `limit`.
    pub(crate) fn watch(
        &mut self,
        timer: Timer,
        unfinished: bool,
        limit: Duration,
        now: impl FnOnce() -> Instant,
    ) {
        if !unfinished {
            self.clear(timer);
        } else if !self.is_set(timer) {
            self.set(timer, now() + limit);
        }
    }

    /// Runs a timer as long as something arrives in pieces: it falls due after a `pause`, or if it comes more slowly than
    /// `rate`.
    pub(crate) fn watch_arrival(
        &mut self,
        timer: Timer,
        progress: Option<Progress>,
        (pause, rate): (Duration, usize),
        now: impl FnOnce() -> Instant,
    ) {
        let Some(progress) = progress else { return self.clear(timer) };
        let Some(watched) = self.others.get_or_insert_default().watched(timer) else { return };
        match watched {
            Some((known, pace)) if known.number == progress.number => {
                if known.bytes != progress.bytes {
                    pace.note(now(), progress.bytes.saturating_sub(known.bytes));
                    *known = progress;
                }
            }
            _ => *watched = Some((progress, Pace::new(now()))),
        }
        let deadline = watched.as_ref().map(|(_, pace)| pace.deadline(pause, rate));
        deadline.into_iter().for_each(|at| self.set(timer, at));
    }

    /// Returns `true` if no timer runs but the heartbeat's.
    pub(crate) fn is_only_heartbeat(&self) -> bool {
        self.others.is_none()
    }

    /// Clears all except these.
    pub(crate) fn keep_only(&mut self, kept: &[Timer]) {
        for timer in TIMERS {
            if !kept.contains(&timer) {
                self.clear(timer);
            }
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        match timer {
            Timer::Heartbeat => self.heartbeat.is_some(),
            _ => self.at(timer).is_some(),
        }
    }

    /// When a timer other than the heartbeat's falls due.
    pub(crate) fn at(&self, timer: Timer) -> Option<Instant> {
        self.others.as_ref()?.at[timer as usize]
    }

    /// The next deadline of all.
    pub(crate) fn next(&self) -> Option<Instant> {
        let others = self.others.iter().flat_map(|others| others.at.iter().flatten());
        self.heartbeat.iter().chain(others).min().copied()
    }

    /// Takes a timer that is due, and when it was.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(Timer, Instant)> {
        if let Some(at) = self.heartbeat.take_if(|at| *at <= now) {
            return Some((Timer::Heartbeat, at));
        }
        let others = self.others.as_mut()?;
        let due = TIMERS.into_iter().find_map(|timer| {
            let at = others.at[timer as usize].take_if(|at| *at <= now)?;
            Some((timer, at))
        });
        self.release();
        due
    }

    fn release(&mut self) {
        self.others.take_if(|others| {
            others.at.iter().all(Option::is_none) && others.message.is_none() && others.packet.is_none()
        });
    }
}

/// Is the peer alive? A ping after each interval; any frame is life.
///
/// Frames only raise a flag, so that a message costs no look at the clock.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// The client asks, and is dead when nothing has come for interval and timeout together (Engine.IO 3).
    answers: bool,
    /// When the last ping was sent; where it is the client that asks, when it was last seen to have said something.
    sent: Option<Instant>,
    /// Did anything come since?
    alive: bool,
}

/// What to do when the heartbeat's timer falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Send a ping, and look again at this time.
    Ping { next: Instant },
    /// Look again at this time.
    Wait { until: Instant },
    /// The peer is gone.
    Dead,
}

impl Heartbeat {
    pub(crate) fn new(revision: Revision) -> Self {
        Self { answers: revision == Revision::V3, sent: None, alive: true }
    }

    /// Something came from the peer.
    pub(crate) fn alive(&mut self) {
        self.alive = true;
    }

    /// The timer fell due. While we do not read (`paused`), silence is not the peer's fault.
    pub(crate) fn due(&mut self, now: Instant, interval: Duration, timeout: Duration, paused: bool) -> Beat {
        if self.answers {
            return self.listen(now, interval, timeout, paused);
        }
        let Some(sent) = self.sent else { return self.ping(now, interval, timeout) };
        if !self.alive {
            let deadline = sent + timeout;
            if now < deadline {
                return Beat::Wait { until: deadline };
            }
            if !paused {
                return Beat::Dead;
            }
            // the answer may follow what we have not read: give it a whole timeout from now on
            self.sent = Some(now);
            return Beat::Wait { until: now + timeout };
        }
        let next = sent + interval;
        if now < next { Beat::Wait { until: next } } else { self.ping(now, interval, timeout) }
    }

    /// A frame raises a flag only, so the silence is known to the shorter of both times.
    fn listen(&mut self, now: Instant, interval: Duration, timeout: Duration, paused: bool) -> Beat {
        if std::mem::take(&mut self.alive) || paused {
            self.sent = Some(now);
        }
        let deadline = *self.sent.get_or_insert(now) + interval + timeout;
        let next = now + interval.min(timeout);
        if now < deadline { Beat::Wait { until: next.min(deadline) } } else { Beat::Dead }
    }

    fn ping(&mut self, now: Instant, interval: Duration, timeout: Duration) -> Beat {
        self.sent = Some(now);
        self.alive = false;
        Beat::Ping { next: now + interval.min(timeout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(300);
    const TIMEOUT: Duration = Duration::from_millis(200);

    /// The pings sent in the first two seconds of a peer that answers each after `delay`, and when it was found dead.
    fn observe(
        interval: Duration,
        timeout: Duration,
        delay: Option<Duration>,
        paused: bool,
    ) -> (Vec<u64>, Option<u64>) {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(Revision::V4);
        let (mut timer, mut pong) = (start + interval, None);
        let mut pings = vec![];
        loop {
            let now = pong.map_or(timer, |pong: Instant| pong.min(timer));
            let at = (now - start).as_millis() as u64;
            if at > 2000 {
                return (pings, None);
            }
            if pong == Some(now) {
                heartbeat.alive();
                pong = None;
                continue;
            }
            match heartbeat.due(now, interval, timeout, paused) {
                Beat::Ping { next } => {
                    pings.push(at);
                    pong = delay.map(|delay| now + delay);
                    timer = next;
                }
                Beat::Wait { until } => timer = until,
                Beat::Dead => return (pings, Some(at)),
            }
        }
    }

    #[test]
    fn a_silent_peer_is_dead_after_interval_and_timeout_exactly() {
        assert_eq!(observe(INTERVAL, TIMEOUT, None, false), (vec![300], Some(500)));
        assert_eq!(observe(TIMEOUT, INTERVAL, None, false), (vec![200], Some(500)));
    }

    #[test]
    fn an_answering_peer_is_pinged_at_each_interval() {
        let answer = Some(Duration::from_millis(50));
        assert_eq!(observe(INTERVAL, TIMEOUT, answer, false), (vec![300, 600, 900, 1200, 1500, 1800], None));
        let late = Some(Duration::from_millis(150));
        assert_eq!(observe(INTERVAL, TIMEOUT, late, false).1, None);
    }

    #[test]
    fn an_answer_later_than_the_interval_is_fine_within_the_timeout() {
        let answer = Some(Duration::from_millis(250));
        let (pings, dead) = observe(TIMEOUT, INTERVAL, answer, false);
        assert_eq!((pings.len() > 4, dead), (true, None));
    }

    /// Session.md: a pong after unread events would let a slow handler kill its healthy client.
    #[test]
    fn silence_does_not_count_while_we_do_not_read() {
        assert_eq!(observe(INTERVAL, TIMEOUT, None, true).1, None);
    }

    /// Where the client asks, nothing is sent, and it is dead after interval and timeout together of silence; any frame is
    /// life, as long as we read.
    #[test]
    fn a_client_that_asks_is_dead_after_both_times() {
        let start = Instant::now();
        for (last, paused, dead) in [(None, false, 700), (Some(250), false, 1000), (Some(450), false, 1200)] {
            let mut heartbeat = Heartbeat::new(Revision::V3);
            let (mut at, mut last) = (start + TIMEOUT, last.map(|last| start + Duration::from_millis(last)));
            let end = loop {
                if last.is_some_and(|last| last <= at) {
                    heartbeat.alive();
                    last = None;
                }
                match heartbeat.due(at, INTERVAL, TIMEOUT, paused) {
                    Beat::Ping { .. } => panic!("it is the client that asks"),
                    Beat::Wait { until } => at = until,
                    Beat::Dead => break at,
                }
            };
            // what came is seen after the shorter of both times at the latest
            let end = (end - start).as_millis() as u64;
            assert!(end <= dead && end >= dead - 200, "{end} {dead}");
        }
        let mut heartbeat = Heartbeat::new(Revision::V3);
        for n in 1..100 {
            assert!(matches!(
                heartbeat.due(start + INTERVAL * n, INTERVAL, TIMEOUT, true),
                Beat::Wait { .. }
            ));
        }
    }

    #[test]
    fn the_earliest_timer_is_next() {
        let now = Instant::now();
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.set(Timer::Close, now + INTERVAL);
        timers.set(Timer::Write, now + TIMEOUT);
        assert_eq!(timers.next(), Some(now + TIMEOUT));
        assert_eq!(timers.take_due(now + INTERVAL), Some((Timer::Write, now + TIMEOUT)));
        assert_eq!(timers.take_due(now + INTERVAL), Some((Timer::Close, now + INTERVAL)));
        assert_eq!(timers.take_due(now + INTERVAL), None);
    }
}
