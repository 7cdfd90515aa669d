//! RFC 6455 5: the form and the order of frames.

use super::{assert_violation, ends_with, told};
use crate::{
    Config,
    tests::kit::{WIRES, frame},
};

/// RFC 6455 5.1 and 5.2: every frame is masked, has no reserved bit and a known opcode.
#[tokio::test(start_paused = true)]
async fn frames_of_a_wrong_form_are_violations() {
    for wire in WIRES {
        let text = wire.says("x");
        for first in [0x81, 0x82, 0x88, 0x89, 0x8a, 0x01] {
            let unmasked = [&[first, text.len() as u8], &text[..]].concat();
            assert_violation(wire, 1002, &format!("{first:#x} without a mask"), &unmasked).await;
            for bits in [0x40, 0x20, 0x10, 0x70] {
                let reserved = frame(first | bits, &text);
                assert_violation(wire, 1002, &format!("{first:#x} with {bits:#x}"), &reserved).await;
            }
        }
        for opcode in (0x3..=0x7).chain(0xb..=0xf) {
            for first in [0x80 | opcode, opcode] {
                assert_violation(wire, 1002, &format!("{first:#x}"), &frame(first, &text)).await;
                assert_violation(wire, 1002, &format!("{first:#x}, empty"), &frame(first, b"")).await;
            }
        }
    }
}

/// RFC 6455 5.5: control frames have at most 125 bytes and are not fragmented.
#[tokio::test(start_paused = true)]
async fn control_frames_are_short_and_whole() {
    for wire in WIRES {
        for opcode in [0x8, 0x9, 0xa] {
            for len in [126, 127, 999] {
                let long = frame(0x80 | opcode, vec![b'x'; len]);
                assert_violation(wire, 1002, &format!("{opcode:#x} of {len} bytes"), &long).await;
            }
            let parts = [frame(opcode, b"xy"), frame(0x80, b"z")].concat();
            assert_violation(wire, 1002, &format!("{opcode:#x} in parts"), &parts).await;
        }
    }
}

/// RFC 6455 5.4: a continuation has something to continue, and nothing else may stand between two of them.
#[tokio::test(start_paused = true)]
async fn fragments_have_their_order() {
    for wire in WIRES {
        let text = wire.says("x");
        let begun = frame(0x01, &text[..1]);
        for (what, bytes) in [
            ("the end of nothing", vec![frame(0x80, &text)]),
            ("a part of nothing", vec![frame(0x00, &text)]),
            ("the empty end of nothing", vec![frame(0x80, b"")]),
            ("text within", vec![begun.clone(), frame(0x81, &text)]),
            ("binary within", vec![begun.clone(), frame(0x82, &text)]),
            ("another beginning", vec![begun.clone(), begun.clone()]),
            ("text within binary", vec![frame(0x02, b"x"), frame(0x00, b""), frame(0x81, &text)]),
        ] {
            assert_violation(wire, 1002, what, &bytes.concat()).await;
        }
        let twice_ended = [begun, frame(0x80, &text[1..]), frame(0x80, b"")];
        let told = told(wire, Config::new(), &twice_ended.concat()).await;
        assert_eq!((told.frames, told.code), (vec![(0x81, text)], Some(1002)), "{wire:?}");
        assert_eq!(told.lines[1..], ends_with(1002), "{wire:?}");
    }
}
