//! The list of the events that a crate knows.

use super::{
    near::{self, LIFECYCLE},
    text::{Text, same},
};

/// The events that a crate knows; made by [`events!`](crate::events).
///
/// ```
/// socketio::events! { pub EVENTS = ["chat:message"] }
///
/// #[socketio::on("chat:message")]
/// fn message() {}
///
/// fn main() {
///     assert_eq!(EVENTS.names().collect::<Vec<_>>(), ["chat:message"]);
///     let io = socketio::SocketIo::builder().discover().require(&EVENTS).build();
///     assert!(io.is_ok());
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct EventSet {
    /// Made by `events!`: an unlisted name is an error. The set of a crate without it is open.
    strict: bool,
    names: &'static [&'static str],
    /// Of each name: may clients send it?
    incoming: &'static [bool],
    /// Open addressing over `names`: index + 1, 0 for a free place. The length is a power of two.
    table: &'static [u16],
    included: &'static [&'static Self],
}

/// What `events!` makes.
pub const fn event_set(
    names: &'static [&'static str],
    incoming: &'static [bool],
    table: &'static [u16],
    included: &'static [&'static EventSet],
) -> EventSet {
    EventSet { strict: true, names, incoming, table, included }
}

impl EventSet {
    /// The set of a crate without `events!`.
    pub(crate) const OPEN: Self =
        Self { strict: false, names: &[], incoming: &[], table: &[], included: &[] };

    /// The names, those of included lists after the crate's own.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.entries().into_iter().map(|(name, _)| name)
    }

    /// The names that clients may send.
    pub fn incoming(&self) -> impl Iterator<Item = &'static str> {
        self.entries().into_iter().filter(|(_, incoming)| *incoming).map(|(name, _)| name)
    }

    fn entries(&self) -> Vec<(&'static str, bool)> {
        let own = self.names.iter().copied().zip(self.incoming.iter().copied());
        own.chain(self.included.iter().flat_map(|set| set.entries())).collect()
    }

    pub(super) const fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) const fn knows(&self, name: &str) -> bool {
        if self.position(name) != 0 {
            return true;
        }
        let mut i = 0;
        while i < self.included.len() {
            if self.included[i].knows(name) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Index + 1 of the first entry of this name; 0 if there is none.
    const fn position(&self, name: &str) -> usize {
        if self.table.is_empty() {
            return 0;
        }
        let mut at = hash(name) as usize & (self.table.len() - 1);
        while self.table[at] != 0 {
            if same(self.names[self.table[at] as usize - 1], name) {
                return self.table[at] as usize;
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        0
    }

    /// The known name nearest to `name`; empty if none is near.
    pub(super) const fn nearest(&self, name: &str) -> &'static str {
        let limit = match name.len() {
            0..=3 => 1,
            4..=6 => 2,
            _ => 3,
        };
        self.nearest_of(name, near::nearest(name, LIFECYCLE, ("", limit + 1))).0
    }

    const fn nearest_of(&self, name: &str, best: (&'static str, usize)) -> (&'static str, usize) {
        let mut best = near::nearest(name, self.names, best);
        let mut i = 0;
        while i < self.included.len() {
            best = self.included[i].nearest_of(name, best);
            i += 1;
        }
        best
    }

    /// Writes the first of the names.
    pub(super) const fn list(&self, mut text: Text) -> Text {
        let mut i = 0;
        while i < self.names.len() && i < SHOWN {
            text = text.push(if i == 0 { "\"" } else { ", \"" }).push(self.names[i]).push("\"");
            i += 1;
        }
        if i < self.names.len() || !self.included.is_empty() { text.push(", ..") } else { text }
    }
}

/// How many known names an error shows.
const SHOWN: usize = 8;

/// The hash table of a list, built once in const evaluation.
pub const fn table<const CAPACITY: usize>(names: &[&str]) -> [u16; CAPACITY] {
    let mut table = [0; CAPACITY];
    let mut i = 0;
    while i < names.len() {
        let mut at = hash(names[i]) as usize & (CAPACITY - 1);
        while table[at] != 0 {
            at = (at + 1) & (CAPACITY - 1);
        }
        table[at] = i as u16 + 1;
        i += 1;
    }
    table
}

/// An entry is the first of its name.
#[track_caller]
pub const fn check_first(index: usize, events: &EventSet) {
    let name = events.names[index];
    if events.position(name) != index + 1 {
        panic!("{}", Text::new().push("event name \"").push(name).push("\" is in this list already").as_str())
    }
}

/// FNV-1a
const fn hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x100_0000_01b3);
        i += 1;
    }
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["chat:message", "chat:typing", "x", ""];
    const SET: EventSet = event_set(NAMES, &[true, true, false, true], &table::<8>(NAMES), &[&OTHER]);
    const OTHER: EventSet = event_set(&["lib:hello"], &[true], &table::<2>(&["lib:hello"]), &[]);

    #[test]
    fn known_names_are_found() {
        for name in NAMES.iter().chain(&["lib:hello"]) {
            assert!(SET.knows(name), "{name}");
        }
        for name in ["chat:messag", "y", "lib:hell", "connect"] {
            assert!(!SET.knows(name), "{name}");
        }
        assert!(SET.incoming().eq(["chat:message", "chat:typing", "", "lib:hello"]));
        assert_eq!(SET.names().count(), 5);
    }

    #[test]
    fn near_names_are_suggested() {
        assert_eq!(SET.nearest("chat:mesage"), "chat:message");
        assert_eq!(SET.nearest("Chat:Typing"), "chat:typing");
        assert_eq!(SET.nearest("CONNECT"), "connect");
        const LONG: &[&str] = &["a:name:of:more:than:forty:eight:letters:is:compared:as:well"];
        const OF_LONG: EventSet = event_set(LONG, &[true], &table::<2>(LONG), &[]);
        assert_eq!(OF_LONG.nearest(&LONG[0].to_uppercase()), LONG[0]);
        assert_eq!(SET.nearest("conect"), "connect");
        assert_eq!(SET.nearest("libhello"), "lib:hello");
        assert_eq!(SET.nearest("orders/new"), "");
    }
}
