//! A place in the history of a cluster.

use std::fmt;

/// The place of an entry in a history. Later ones are greater.
///
/// ```
/// use socketio::cluster::Position;
///
/// let position = Position::parse("1700000000000-3").expect("a position");
/// assert_eq!(position.to_string(), "1700000000000-3");
/// assert!(position > Position::parse("1699999999999-9").expect("a position"));
/// assert!(Position::parse("hello").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

/// The bits of the number in a millisecond: four million each millisecond are not reached.
const NUMBER: u32 = 22;

impl Position {
    /// The place of the entry with this number in this millisecond. `None`: beyond the year 2109, or four million in a millisecond.
    pub fn new(millisecond: u64, number: u64) -> Option<Self> {
        let fits = millisecond >> (u64::BITS - NUMBER) == 0 && number >> NUMBER == 0;
        fits.then_some(Self(millisecond << NUMBER | number))
    }

    /// Reads `millisecond-number`, as in an entry of a Redis stream, and in a client's offset.
    pub fn parse(text: &str) -> Option<Self> {
        let (millisecond, number) = text.split_once('-')?;
        let read = |digits: &str| {
            let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            are_digits.then(|| digits.parse().ok()).flatten()
        };
        Self::new(read(millisecond)?, read(number)?)
    }

    pub(crate) fn to_number(self) -> u64 {
        self.0
    }

    pub(crate) fn of_number(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0 >> NUMBER, self.0 & ((1 << NUMBER) - 1))
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({self})")
    }
}
