//! Where arguments stand in a frame.

use std::ops::Range;

/// A part of a frame that holds one JSON value, or the inside of an array. As small as what waits in an inbox should be.
///
/// Invariant: `start <= end <= frame.len()`, both on a character's boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
    many: bool,
}

/// What a [`Span`] of a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Json<'a> {
    One(&'a str),
    /// `1, {"a":2}`: the inside of an array.
    Many(&'a str),
}

impl Span {
    /// One JSON value.
    pub(crate) fn one(range: Range<usize>) -> Self {
        // frames are shorter than 4 GiB: `max_payload` is
        Self { start: range.start as u32, end: range.end as u32, many: false }
    }

    /// The inside of an array.
    pub(crate) fn many(range: Range<usize>) -> Self {
        Self { many: true, ..Self::one(range) }
    }

    /// The same part of the frame, whatever it holds.
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// What stands there.
    pub(crate) fn of(self, frame: &str) -> Json<'_> {
        let text = &frame[self.range()];
        if self.many { Json::Many(text) } else { Json::One(text) }
    }
}
