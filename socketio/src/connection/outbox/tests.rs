use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};

use super::*;

fn limits(overflow: Overflow) -> OutboxLimits {
    OutboxLimits { messages: 4, bytes: 1000, overflow }
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

#[test]
fn over_the_limit_only_a_blocked_socket_is_slow() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    let push = || outbox.push(Frame::Own(&text(b'x')), &limits);
    for _ in 0..5 {
        assert_eq!(push(), Ok(()), "the owner had no turn yet");
    }
    outbox.set_unblocked();
    assert!(!outbox.is_overflowed(), "the socket took what it was given");
    outbox.set_blocked(Amount::default(), &limits);
    assert!(outbox.is_overflowed());
    assert_eq!(push(), Err(Refused::Full));
}

#[test]
fn four_times_the_limit_is_the_end_for_everyone() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    for _ in 0..16 {
        assert_eq!(outbox.push(Frame::Own(&text(b'x')), &limits), Ok(()));
    }
    assert_eq!(outbox.push(Frame::Own(&text(b'x')), &limits), Err(Refused::Full));
    assert!(outbox.is_overflowed());
}

#[test]
fn what_was_taken_counts_until_it_is_written() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::DropNewest);
    for _ in 0..4 {
        outbox.push(Frame::Own(&text(b'x')), &limits).expect("room");
    }
    let taken = outbox.take(Amount::default()).expect("four");
    outbox.set_blocked(Amount::default(), &limits);
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
    outbox.set_blocked(Amount::default(), &limits);
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

#[test]
fn one_message_larger_than_the_limit_may_go_alone() {
    let outbox = Outbox::new();
    let limits = limits(Overflow::Disconnect);
    outbox.set_blocked(Amount::default(), &limits);
    assert_eq!(outbox.push(Frame::Own(&frame_of(50_000)), &limits), Ok(()));
    outbox.set_blocked(Amount::default(), &limits);
    assert!(!outbox.is_overflowed(), "alone it is within the limits");
    assert_eq!(outbox.push(Frame::Own(&text(b'x')), &limits), Err(Refused::Full));
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
