//! How long a peer may take: for what it sends, for what it is sent, and for the end.

use tokio::time::Instant;

use super::{
    desk::Desk,
    timers::{Timer, Timers},
};
use crate::{
    close::DisconnectReason,
    config::Overflow,
    connection::{Link, Pace, Progress},
};

/// A message or a packet that is read in part must go on, unless it is us who do not read.
pub(super) fn arrivals(
    timers: &mut Timers,
    link: &Link,
    message: Option<Progress>,
    packet: Option<Progress>,
    reads: bool,
) {
    let config = link.config();
    let message = message.filter(|_| reads);
    // an attachment that is under way is a part of its packet
    let under_way = message.map_or(0, |message| message.bytes) + link.mailbox.posted();
    let packet = packet.filter(|_| reads);
    let packet = packet.map(|packet| Progress { bytes: packet.bytes + under_way, ..packet });
    let pace = |pause| (pause, config.min_rate);
    timers.watch_arrival(Timer::Message, message, pace(config.message_timeout), Instant::now);
    timers.watch_arrival(Timer::Attachments, packet, pace(config.attachments_timeout), Instant::now);
}

/// The peer takes nothing at the moment: sets the timer to when that has been so for too long.
///
/// # Errors
/// Why the connection ends, if it has been already.
pub(super) fn writing(
    timers: &mut Timers,
    link: &Link,
    is_stream: bool,
    now: Instant,
) -> Result<(), DisconnectReason> {
    let config = link.config();
    let Some(stall) = link.mailbox.outbox.stall(&config.outbox) else { return Ok(()) };
    let is_slow = stall.is_over && config.outbox.overflow == Overflow::Disconnect;
    let slow = stall.since + config.outbox.stall_timeout;
    let dead = stall.since + config.write_limit();
    if is_slow && slow <= now {
        return Err(DisconnectReason::SlowConsumer);
    }
    if is_stream && dead <= now {
        return Err(DisconnectReason::WriteTimeout);
    }
    let next = [slow, dead].into_iter().filter(|at| *at > now).min();
    next.into_iter().for_each(|at| timers.set(Timer::Write, at));
    Ok(())
}

/// A connection that ends while something waits for its peer.
pub(super) struct Closing {
    left: usize,
    pace: Pace,
}

impl Closing {
    /// `None`: nothing waits.
    pub(super) fn new(link: &Link, now: Instant) -> Option<Box<Self>> {
        let left = link.mailbox.outbox.unwritten();
        (left > 0).then(|| Box::new(Self { left, pace: Pace::new(now) }))
    }

    /// The time for closing is over: until when there is more of it, because the peer takes what waited.
    pub(super) fn next(&mut self, link: &Link, now: Instant) -> Option<Instant> {
        let (config, outbox) = (link.config(), &link.mailbox.outbox);
        let left = outbox.unwritten();
        let gone = self.left.saturating_sub(left);
        if gone == 0 {
            return None;
        }
        self.left = left;
        // where all is written it is not known when
        self.pace.note(outbox.stall(&config.outbox).map_or(now, |stall| stall.since), gone);
        Some(self.pace.deadline(config.close_timeout, config.min_rate)).filter(|deadline| *deadline > now)
    }
}

/// Handlers must decide in their time, and end in their time when their socket has ended.
pub(super) fn handlers(timers: &mut Timers, link: &Link, desk: &Desk) {
    let undecided = desk.undecided_since();
    if desk.is_finished() {
        timers.clear(Timer::Connect);
    } else {
        link.mailbox.set_deciding(undecided.is_some());
    }
    match undecided {
        Some(since) => timers.set(Timer::Decide, since + link.config().connect_handler_timeout),
        None => timers.clear(Timer::Decide),
    }
    timers.watch(Timer::Grace, desk.is_overdue(), link.config().handler_grace, Instant::now);
}

/// The socket that expires first is looked at in time, as long as the connection is open.
pub(super) fn expiry(timers: &mut Timers, desk: &Desk, is_open: bool) {
    match desk.next_expiry().filter(|_| is_open) {
        Some(at) => timers.set(Timer::Expiry, at),
        None => timers.clear(Timer::Expiry),
    }
}
