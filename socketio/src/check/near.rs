//! Which known name may have been meant: edit distance, at the const evaluator's prices.

/// Longer names are not compared.
const MAX: usize = 48;

/// The name of `known` nearest to `name`, if it is nearer than `best`.
pub(super) const fn nearest(
    name: &str,
    known: &[&'static str],
    mut best: (&'static str, usize),
) -> (&'static str, usize) {
    let letters_of_name = letters(name);
    let mut i = 0;
    while i < known.len() {
        // of any length
        if best.1 > 0 && name.eq_ignore_ascii_case(known[i]) {
            best = (known[i], 0);
        } else if best.1 > 0 && may_be_near(name, letters_of_name, known[i], best.1 - 1) {
            let distance = distance(name, known[i], best.1 - 1);
            if distance < best.1 {
                best = (known[i], distance);
            }
        }
        i += 1;
    }
    best
}

/// Optimal string alignment, in which case does not count; `limit + 1` for everything above the limit.
pub(crate) const fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > limit || a.len() > MAX || b.len() > MAX {
        return limit + 1;
    }
    // the last three rows; of each only the band around the diagonal
    let mut rows = [[0; MAX + 1]; 3];
    let mut j = 0;
    while j <= b.len() {
        rows[0][j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let (row, last, before) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        rows[row] = [limit + 1; MAX + 1];
        rows[row][0] = i;
        let mut best = if i <= limit { i } else { limit + 1 };
        let mut j = if i > limit { i - limit } else { 1 };
        while j <= min(b.len(), i + limit) {
            let same = lower(a[i - 1]) == lower(b[j - 1]);
            let mut distance = rows[last][j - 1] + if same { 0 } else { 1 };
            distance = min(distance, rows[last][j] + 1);
            distance = min(distance, rows[row][j - 1] + 1);
            if i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) {
                distance = min(distance, rows[before][j - 2] + 1);
            }
            rows[row][j] = distance;
            best = min(best, distance);
            j += 1;
        }
        if best > limit {
            return limit + 1;
        }
        i += 1;
    }
    min(rows[a.len() % 3][b.len()], limit + 1)
}

/// A cheap filter: lengths, and which letters occur.
const fn may_be_near(a: &str, letters_of_a: u64, b: &str, limit: usize) -> bool {
    a.len().abs_diff(b.len()) <= limit && (letters_of_a ^ letters(b)).count_ones() as usize <= 2 * limit
}

const fn letters(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (mut letters, mut i) = (0, 0);
    while i < bytes.len() {
        letters |= 1 << (lower(bytes[i]) & 63);
        i += 1;
    }
    letters
}

const fn lower(byte: u8) -> u8 {
    byte.to_ascii_lowercase()
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// The words of `#[on(..)]` that are moments of a socket's life.
pub(crate) const LIFECYCLE: &[&str] = &["connect", "disconnect", "close", "expired", "error", "ping", "pong"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reference(a: &str, b: &str) -> usize {
        strsim::osa_distance(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_strsim(a in "[abcA:]{0,10}", b in "[abcA:]{0,10}", limit in 0usize..5) {
            prop_assert_eq!(distance(&a, &b, limit), reference(&a, &b).min(limit + 1));
        }

        /// The filter lets everything near pass.
        #[test]
        fn the_filter_hides_nothing(a in "[a-f:]{0,10}", b in "[a-f:]{0,10}", limit in 0usize..4) {
            if reference(&a, &b) <= limit {
                prop_assert!(may_be_near(&a, letters(&a), &b, limit));
            }
        }
    }
}
