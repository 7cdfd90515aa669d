//! What the macros know of the runtime, which they cannot import, is what the runtime knows.

use socketio::{handler::Lifecycle, private::words as runtime};

#[allow(dead_code, unreachable_pub)]
#[path = "../../socketio-macros/src/words.rs"]
mod macros;

#[test]
fn the_words_are_the_same() {
    assert_eq!(macros::RESERVED, runtime::RESERVED);
    assert_eq!(macros::LIFECYCLE.map(|(word, _)| word), runtime::LIFECYCLE);
    assert_eq!(macros::MAX_NAME, runtime::MAX_NAME);
    let moments = [
        Lifecycle::Connect,
        Lifecycle::Disconnect,
        Lifecycle::Close,
        Lifecycle::Expired,
        Lifecycle::Error,
        Lifecycle::Ping,
        Lifecycle::Pong,
    ];
    let moments = moments.map(|moment| (moment.as_str(), format!("{moment:?}")));
    assert_eq!(macros::LIFECYCLE.map(|(word, variant)| (word, variant.to_owned())), moments);
}

#[test]
fn the_edit_distance_is_the_same() {
    let mut texts = vec![String::new()];
    for length in 1..=4 {
        let shorter = texts.iter().filter(|text| text.len() == length - 1);
        let longer: Vec<String> =
            shorter.flat_map(|text| ["a", "B", "b", ":"].map(|letter| format!("{text}{letter}"))).collect();
        texts.extend(longer);
    }
    for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
        let limit = 3;
        assert_eq!(macros::distance(a, b).min(limit + 1), runtime::distance(a, b, limit), "{a} {b}");
    }
}
