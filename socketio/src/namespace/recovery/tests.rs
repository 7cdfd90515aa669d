use std::time::Duration;

use super::*;
use crate::config::Config;

const LIMITS: RecoveryLimits =
    RecoveryLimits { window: Duration::from_secs(120), events: 4, bytes: 100, sessions: 3 };

fn logs() -> Arc<Logs> {
    let config = Config { recovery: Some(LIMITS), ..Config::default() };
    Arc::new(Logs::new(&config).expect("recovery is on"))
}

fn recovery() -> Recovery {
    Recovery::new(LIMITS, logs(), Epoch::Own([1, 2, 3]))
}

fn frame(name: &'static str) -> Bytes {
    Bytes::from_static(name.as_bytes())
}

fn to(rooms: &[&str]) -> Target {
    Target { rooms: rooms.iter().map(|room| Arc::from(*room)).collect(), ..Target::default() }
}

fn leaving(recovery: &Recovery, pid: Pid, sent: u64) -> Leaving {
    let id = SocketId::short();
    let anchor = sent.min(recovery.last());
    Leaving { pid, id, rooms: vec!["a".into()], data: None, anchor, sent, peer: None }
}

fn append(recovery: &mut Recovery, now: Instant, frame: Bytes, target: Target) {
    recovery.append(recovery.next(), now, frame, target);
}

fn missed(recovery: &mut Recovery, now: Instant, pid: Pid, offset: Option<u64>) -> Option<Vec<Bytes>> {
    let offset = offset.map(|number| recovery.offset(number).as_str().to_owned());
    let claim = recovery.claim(now, pid, offset.as_deref()).ok()?;
    recovery.missed(&claim)
}

#[test]
fn exactly_what_was_missed_is_sent_once() {
    let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
    append(&mut recovery, now, frame("1"), Target::default());
    let socket = leaving(&recovery, pid, 1);
    let id = socket.id;
    recovery.leave(now, socket);
    append(&mut recovery, now, frame("2"), to(&["a"]));
    append(&mut recovery, now, frame("3"), to(&["b"]));
    append(&mut recovery, now, frame("4"), Target { only: Some(id), ..Target::default() });
    append(&mut recovery, now, frame("5"), Target { except: vec!["a".into()], ..Target::default() });
    assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2"), frame("4")]));
    assert_eq!(missed(&mut recovery, now, pid, Some(1)), None, "a second time");
}

#[test]
fn what_was_lost_on_the_way_is_sent_again() {
    let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
    for name in ["1", "2", "3"] {
        append(&mut recovery, now, frame(name), Target::default());
    }
    let socket = leaving(&recovery, pid, 3);
    recovery.leave(now, socket);
    assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2"), frame("3")]));
}

#[test]
fn a_quiet_client_keeps_its_anchor() {
    let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
    append(&mut recovery, now, frame("1"), Target::default());
    // more than the log holds, none of it for this client
    for _ in 0..10 {
        append(&mut recovery, now, frame("x"), to(&["b"]));
    }
    let mut socket = leaving(&recovery, pid, 1);
    socket.anchor = 0;
    recovery.leave(now, socket);
    append(&mut recovery, now, frame("2"), to(&["a"]));
    assert_eq!(missed(&mut recovery, now, pid, Some(1)), Some(vec![frame("2")]));
}

#[test]
fn a_client_without_any_event_starts_where_it_was_accepted() {
    let (mut recovery, now, pid) = (recovery(), Instant::now(), Pid::new());
    append(&mut recovery, now, frame("1"), Target::default());
    let socket = leaving(&recovery, pid, 1);
    recovery.leave(now, socket);
    append(&mut recovery, now, frame("2"), Target::default());
    assert_eq!(missed(&mut recovery, now, pid, None), Some(vec![frame("2")]));
}

#[test]
fn beyond_the_bounds_there_is_no_recovery() {
    let now = Instant::now();
    let gone = |fill: &dyn Fn(&mut Recovery) -> Instant| {
        let (mut recovery, pid) = (recovery(), Pid::new());
        let socket = leaving(&recovery, pid, 0);
        recovery.leave(now, socket);
        let now = fill(&mut recovery);
        missed(&mut recovery, now, pid, Some(0)).is_none()
    };
    assert!(!gone(&|recovery| {
        (0..4).for_each(|_| append(recovery, now, frame("x"), Target::default()));
        now
    }));
    assert!(gone(&|recovery| {
        (0..5).for_each(|_| append(recovery, now, frame("x"), Target::default()));
        now
    }));
    assert!(gone(&|recovery| {
        (0..3).for_each(|_| append(recovery, now, Bytes::from(vec![0; 40]), Target::default()));
        now
    }));
    assert!(gone(&|_| now + LIMITS.window + Duration::from_millis(1)));
    assert!(gone(&|recovery| {
        for _ in 0..3 {
            let other = leaving(recovery, Pid::new(), 0);
            recovery.leave(now, other);
        }
        now
    }));
}

/// Of eight that may be away, one address has two.
#[test]
fn an_address_that_leaves_again_and_again_pushes_out_nobody() {
    let limits = RecoveryLimits { sessions: 8, ..LIMITS };
    let config = Config { recovery: Some(limits), ..Config::default() };
    let logs = Arc::new(Logs::new(&config).expect("recovery is on"));
    let mut recovery = Recovery::new(limits, logs.clone(), Epoch::Own([1, 2, 3]));
    let (now, pids) = (Instant::now(), [Pid::new(), Pid::new(), Pid::new()]);
    let leave = |recovery: &mut Recovery, pid: Pid, last: u8| {
        let peer = Some(Peer::new([192, 0, 2, last].into()));
        recovery.enter(pid, SocketId::short());
        let socket = Leaving { peer, ..leaving(recovery, pid, 0) };
        recovery.leave(now, socket)
    };
    assert_eq!(leave(&mut recovery, pids[0], 1), 1);
    assert_eq!((leave(&mut recovery, pids[1], 2), leave(&mut recovery, pids[2], 2)), (1, 1));
    for _ in 0..100 {
        assert_eq!(leave(&mut recovery, Pid::new(), 2), 0, "it is not kept");
    }
    assert_eq!((logs.away(), recovery.away.len(), recovery.present.len()), (3, 3, 0));
    for pid in pids {
        assert!(missed(&mut recovery, now, pid, None).is_some(), "those are there that left first");
    }
    assert_eq!(leave(&mut recovery, Pid::new(), 2), 1, "its share is free again");
    drop(recovery);
    assert_eq!(logs.away(), 0);
}

#[test]
fn offsets_of_others_are_unknown() {
    let (mut recovery, now) = (recovery(), Instant::now());
    append(&mut recovery, now, frame("1"), Target::default());
    let mut other = Recovery::new(LIMITS, logs(), Epoch::Own([9, 9, 9]));
    append(&mut other, now, frame("1"), Target::default());
    let of = |recovery: &Recovery, number| recovery.offset(number).as_str().to_owned();
    assert_eq!(recovery.number(&of(&recovery, 1)), Some(1));
    for unknown in ["", "hello", "helloworld12", &of(&other, 1), &of(&recovery, 2)] {
        assert_eq!(recovery.number(unknown), None, "{unknown}");
    }
}
