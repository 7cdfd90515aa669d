//! RFC 6455 8.1: a text is UTF-8, and nothing else of it matters.

use super::{assert_violation, start};
use crate::{
    Config,
    tests::kit::{WIRES, assert_nothing_is_left, frame, settle},
};

/// RFC 6455 8.1: a text is UTF-8, however it is cut into frames.
#[tokio::test(start_paused = true)]
async fn text_that_is_not_utf_8_is_refused() {
    let wrong: [(&str, &[u8]); 12] = [
        ("no lead", b"\x80"),
        ("no such byte", b"\xff"),
        ("a lead alone", b"\xc3"),
        ("two of three bytes", b"\xe2\x82"),
        ("three of four bytes", b"\xf0\x9d\x84"),
        ("a lead and ASCII", b"\xe2x"),
        ("overlong /", b"\xc0\xaf"),
        ("overlong / of three", b"\xe0\x80\xaf"),
        ("overlong / of four", b"\xf0\x80\x80\xaf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
        ("above U+10FFFF", b"\xf4\x90\x80\x80"),
    ];
    for wire in WIRES {
        for (what, bytes) in wrong {
            let text = wire.says([b"a\xc3\xa9", bytes].concat());
            assert_violation(wire, 1007, what, &frame(0x81, &text)).await;
            for at in 0..=text.len() {
                let (one, two) = (frame(0x01, &text[..at]), frame(0x80, &text[at..]));
                assert_violation(wire, 1007, &format!("{what}, cut at {at}"), &[one, two].concat()).await;
            }
        }
    }
}

/// RFC 6455 8.1: characters may be cut by frames and by the network.
#[tokio::test(start_paused = true)]
async fn characters_may_be_cut_anywhere() {
    for wire in WIRES {
        let (io, _) = start(Config::new());
        let mut raw = wire.open(&io).await;
        let text = wire.says("aé€𝄞\u{10ffff}\u{fffd}z");
        for at in 0..=text.len() {
            // two fragments, four of which two are empty, and one frame in two reads
            let two = [frame(0x01, &text[..at]), frame(0x80, &text[at..])].concat();
            let four = [(0x01, 0..0), (0x00, 0..at), (0x00, 0..0), (0x80, at..text.len())];
            let four: Vec<u8> =
                four.into_iter().flat_map(|(first, part)| frame(first, &text[part])).collect();
            for (bytes, cut) in [(two, 0), (four, 0), (frame(0x81, &text), 6 + at)] {
                raw.send(&bytes[..cut]).await;
                settle().await;
                raw.send(&bytes[cut..]).await;
                assert_eq!(raw.frame().await, Some((0x81, text.clone())), "{wire:?}: {at}");
            }
        }
        let bytes: Vec<_> = (0..text.len()).flat_map(|at| frame(u8::from(at == 0), &text[at..=at])).collect();
        raw.send(&bytes).await;
        raw.send(&frame(0x80, b"")).await;
        assert_eq!(raw.frame().await, Some((0x81, text)), "{wire:?}: a byte for each fragment");
        assert_nothing_is_left(&io).await;
    }
}
