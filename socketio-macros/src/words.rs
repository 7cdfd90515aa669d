//! What the macros and the runtime both know. Neither can import it from the other, so `ui-tests/tests/words.rs` compares
//! them; this file depends on nothing else in the crate, so that the test can include it.

/// The words of `#[on(..)]` that are moments of a socket's life and not names, and their variants of `Lifecycle`.
pub(crate) const LIFECYCLE: [(&str, &str); 7] = [
    ("connect", "Connect"),
    ("disconnect", "Disconnect"),
    ("close", "Close"),
    ("expired", "Expired"),
    ("error", "Error"),
    ("ping", "Ping"),
    ("pong", "Pong"),
];

/// Names that the protocol reserves: no event can have them.
pub(crate) const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The longest name of an event, in bytes.
pub(crate) const MAX_NAME: usize = 256;

/// The word nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str], limit: usize) -> Option<&'a str> {
    known
        .iter()
        .map(|known| (distance(word, known), *known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|near| near.1)
}

/// Optimal string alignment: insertions, deletions, replacements, swaps of neighbours; case does not count.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
