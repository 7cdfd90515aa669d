use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
    time::Duration,
};

use tokio::time::sleep;

use super::*;
use crate::proto::frame;

fn limits(overflow: Overflow) -> OutboxLimits {
    OutboxLimits { messages: 4, bytes: 1000, overflow, ..OutboxLimits::DEFAULT }
}

/// A finished frame with `len` bytes of payload.
fn frame_of(len: usize) -> Vec<u8> {
    let mut gap = [0; frame::MAX_HEADER];
    let at = frame::write_header(&mut gap, frame::TEXT, len);
    let mut bytes = gap[at..].to_vec();
    bytes.resize(bytes.len() + len, b'x');
    bytes
}

fn text(byte: u8) -> Vec<u8> {
    vec![0x81, 1, byte]
}

fn written(taken: &Taken) -> Vec<u8> {
    let mut all = taken.own[taken.own_at..].to_vec();
    for frame in taken.shared.iter().chain(&taken.rest) {
        all.extend_from_slice(frame);
    }
    all.into_iter().skip(2).step_by(3).collect()
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_bare_message_gets_its_header_in_the_outbox() {
    let limits = OutboxLimits { bytes: 1_000_000, ..limits(Overflow::Disconnect) };
    for len in [0, 125, 126, 65_535, 65_536] {
        for shared in [vec![], text(b'a')] {
            let outbox = Outbox::new();
            if !shared.is_empty() {
                outbox.push(Frame::Shared(&shared.clone().into()), &limits).expect("room");
            }
            let payload = vec![b'x'; len];
            outbox.push(Frame::Bare { opcode: frame::TEXT, payload: &payload }, &limits).expect("room");
            let expected = [shared, frame_of(len)].concat();
            assert_eq!(outbox.unwritten(), expected.len());
            let Taken { own, shared, rest, .. } = outbox.take(Amount::default()).expect("two frames at most");
            let pieces = shared.iter().chain(&rest).map(|piece| &piece[..]);
            assert!([&own[..]].into_iter().chain(pieces).collect::<Vec<_>>().concat() == expected, "{len}");
        }
    }
}

#[test]
fn own_and_shared_frames_keep_their_order() {
    let outbox = Outbox::new();
    let limits = OutboxLimits { messages: 100, ..limits(Overflow::Disconnect) };
    let own = |byte| outbox.push(Frame::Own(&text(byte)), &limits).expect("room");
    let shared = |byte| outbox.push(Frame::Shared(&text(byte).into()), &limits).expect("room");
    own(b'a');
    own(b'b');
    shared(b'c');
    own(b'd');
    shared(b'e');
    shared(b'f');
    let taken = outbox.take(Amount::default()).expect("six");
    assert_eq!(written(&taken), b"abcdef");
    assert_eq!(taken.messages, 6);
    own(b'g');
    assert_eq!(written(&outbox.take(Amount::default()).expect("one")), b"g");
    assert!(outbox.take(Amount::default()).is_none());
}

#[test]
fn only_a_sleeping_owner_is_woken_and_once() {
    let count = Arc::new(Count::default());
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    let push = || outbox.push(Frame::Own(&text(b'x')), &limits).expect("room");
    outbox.begin_turn(&count.clone().into());
    push();
    assert_eq!(count.0.load(Ordering::Relaxed), 0, "the owner is awake and looks by itself");
    assert!(outbox.take(Amount::default()).is_some());
    assert!(outbox.take(Amount::default()).is_none());
    push();
    push();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
}

/// Over the limit and nothing taken for long: both are needed.
#[tokio::test(start_paused = true)]
async fn over_the_limit_only_a_client_that_takes_nothing_is_slow() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    let push = || outbox.push(Frame::Own(&text(b'x')), &limits);
    (0..100).for_each(|_| assert_eq!(push(), Ok(()), "the owner had no turn yet"));
    outbox.set_blocked(Amount::default());
    sleep(limits.stall_timeout - Duration::from_secs(1)).await;
    assert_eq!(push(), Ok(()), "not for long");
    outbox.set_blocked(Amount { messages: 0, bytes: 1 });
    sleep(limits.stall_timeout - Duration::from_secs(1)).await;
    assert_eq!(push(), Ok(()), "it took something");
    assert!(!outbox.is_overflowed());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(push(), Err(Refused::Full));
    assert!(outbox.is_overflowed());
}

#[test]
fn the_ceiling_is_the_end_for_everyone_and_counts_everything() {
    for overflow in [Overflow::Disconnect, Overflow::DropNewest, Overflow::DropOldest] {
        let limits = limits(overflow);
        let piece = frame_of(1_000_000);
        let bytes: Bytes = piece.clone().into();
        // 16 MiB by default
        let events = Outbox::new();
        (0..16).for_each(|_| assert_eq!(events.push(Frame::Own(&piece), &limits), Ok(())));
        let pushed = events.push(Frame::Own(&piece), &limits);
        assert_eq!(pushed.is_ok(), overflow == Overflow::DropOldest, "{overflow:?}");
        assert_eq!(events.is_overflowed(), overflow == Overflow::Disconnect);
        let control = Outbox::new();
        (0..17).for_each(|_| control.push_control(Frame::Own(&piece), &limits));
        assert!(control.is_overflowed(), "{overflow:?}: the protocol's own count as well");
        let held = Outbox::new();
        (0..16).for_each(|_| assert_eq!(held.hold(piece.len(), &limits), Ok(())));
        assert_eq!(held.hold(piece.len(), &limits), Err(Refused::Full));
        let fetched = Outbox::new();
        (0..16).for_each(|_| fetched.push_held(std::slice::from_ref(&bytes), &limits));
        drop(fetched.take(Amount::default()));
        fetched.push_control(Frame::Own(&piece), &limits);
        assert!(fetched.is_overflowed(), "{overflow:?}: and what is in an answer");
        fetched.fetched(Amount { messages: 16, bytes: 16 * piece.len() });
        assert_eq!(fetched.push(Frame::Own(&piece), &limits), Ok(()));
    }
    // each message costs more than its bytes
    let small = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    let many = (0..1_000_000).take_while(|_| small.push(Frame::Own(&text(b'x')), &limits).is_ok()).count();
    assert_eq!(many, 16 * 1024 * 1024 / 67);
}

#[tokio::test(start_paused = true)]
async fn a_client_between_two_gets_is_not_slow_unless_it_does_not_ask_again() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::DropNewest);
    let push = || outbox.push(Frame::Own(&text(b'x')), &limits);
    outbox.set_between_fetches(true);
    assert!(outbox.is_blocked(), "for what is volatile");
    (0..100).for_each(|_| assert_eq!(push(), Ok(())));
    sleep(Duration::from_secs(4)).await;
    assert_eq!(push(), Ok(()));
    outbox.note_progress();
    sleep(Duration::from_secs(4)).await;
    assert_eq!(push(), Ok(()), "it took a part of its answer");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(push(), Err(Refused::Full));
    assert_eq!(outbox.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_held_is_exempt_and_not_given_up() {
    for overflow in [Overflow::Disconnect, Overflow::DropOldest] {
        let outbox = Outbox::new();
        let limits = limits(overflow);
        outbox.set_blocked(Amount::default());
        sleep(Duration::from_secs(100)).await;
        let held: Vec<Bytes> = (0..100).map(|_| text(b'h').into()).collect();
        outbox.push_control(Frame::Own(&text(b'c')), &limits);
        outbox.push_held(&held, &limits);
        for byte in b'a'..b'e' {
            assert_eq!(outbox.push(Frame::Own(&text(byte)), &limits), Ok(()), "{overflow:?}");
        }
        let pushed = outbox.push(Frame::Own(&text(b'e')), &limits);
        assert_eq!(pushed.is_ok(), overflow == Overflow::DropOldest);
        let expected: &[u8] = if pushed.is_ok() { b"bcde" } else { b"abcd" };
        let all = written(&outbox.take(Amount::default()).expect("some"));
        assert_eq!((all[0], &all[101..]), (b'c', expected), "{overflow:?}");
    }
}

#[test]
fn what_was_taken_counts_until_it_is_written() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::DropNewest);
    for _ in 0..4 {
        outbox.push(Frame::Own(&text(b'x')), &limits).expect("room");
    }
    let taken = outbox.take(Amount::default()).expect("four");
    outbox.set_blocked(Amount::default());
    assert!(!outbox.is_overflowed());
    assert_eq!(outbox.push(Frame::Own(&text(b'y')), &limits), Err(Refused::Full));
    assert_eq!(outbox.dropped(), 1);
    assert!(outbox.take(Amount { messages: taken.messages, bytes: 12 }).is_none());
    assert_eq!(outbox.push(Frame::Own(&text(b'z')), &limits), Ok(()));
}

#[test]
fn dropping_the_oldest_keeps_the_newest_in_order() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::DropOldest);
    outbox.set_blocked(Amount::default());
    for (i, byte) in (b'a'..=b'i').enumerate() {
        let bytes = text(byte);
        let shared = bytes.clone().into();
        let frame = if i % 3 == 2 { Frame::Shared(&shared) } else { Frame::Own(&bytes) };
        assert_eq!(outbox.push(frame, &limits), Ok(()));
    }
    let taken = outbox.take(Amount::default()).expect("some");
    assert_eq!(written(&taken), b"fghi");
    assert_eq!(taken.messages, 4);
    assert_eq!(outbox.dropped(), 5);
}

#[tokio::test(start_paused = true)]
async fn one_message_larger_than_the_limit_may_go_alone() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    outbox.set_blocked(Amount::default());
    assert_eq!(outbox.push(Frame::Own(&frame_of(50_000)), &limits), Ok(()));
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(
        outbox.stall(&limits).map(|stall| stall.is_over),
        Some(false),
        "alone it is within the limits"
    );
    assert_eq!(outbox.push(Frame::Own(&text(b'x')), &limits), Err(Refused::Full));
    let other = Outbox::new();
    assert_eq!(other.push(Frame::Own(&frame_of(20_000_000)), &limits), Ok(()), "and within the ceiling");
}

#[test]
fn a_closed_outbox_takes_nothing_and_tells_who_waits() {
    let count = Arc::new(Count::default());
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    for _ in 0..4 {
        outbox.push(Frame::Own(&text(b'x')), &limits).expect("room");
    }
    assert!(outbox.poll_room(&limits, &count.clone().into()).is_pending());
    outbox.close();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert_eq!(outbox.poll_room(&limits, &count.clone().into()), Poll::Ready(Err(Refused::Closed)));
    assert_eq!(outbox.push(Frame::Own(&text(b'x')), &limits), Err(Refused::Closed));
    assert_eq!(outbox.clear(), 4);
    assert!(outbox.take(Amount::default()).is_none());
}
