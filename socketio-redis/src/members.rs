//! Who is in the cluster: the nodes that Redis lists, without those of ours that have stopped to beat.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// How often a node says that it is there.
pub(crate) const BEAT: Duration = Duration::from_secs(2);

/// A node that has not been heard for this long hangs.
const MISSED: Duration = Duration::from_secs(6);

/// The longest name of a node, in bytes, and how many are remembered: what anybody may publish has a limit.
const MAX_NAME: usize = 64;
const MAX_NODES: usize = 10_000;

/// What a node of ours publishes each two seconds, for others of ours. Node's do not listen to that channel.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beat {
    pub(crate) uid: String,
    /// Counts up.
    pub(crate) n: u64,
    /// It is leaving: the last one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) left: bool,
}

/// The other nodes.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// Those that were reported.
    known: BTreeSet<String>,
    /// When those of ours were heard last.
    beats: HashMap<String, Instant>,
    hanging: BTreeSet<String>,
    looked: Option<Instant>,
}

/// What is to be reported.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) joined: Vec<String>,
    pub(crate) left: Vec<String>,
}

impl Members {
    /// Another node was heard.
    pub(crate) fn beat(&mut self, beat: Beat, now: Instant) -> Changes {
        let mut changes = Changes::default();
        let Beat { uid, left, .. } = beat;
        if uid.len() > MAX_NAME {
            return changes;
        }
        if left {
            self.beats.remove(&uid);
            self.hanging.remove(&uid);
            if self.known.remove(&uid) {
                changes.left.push(uid);
            }
        } else if self.beats.len() < MAX_NODES || self.beats.contains_key(&uid) {
            self.hanging.remove(&uid);
            if self.known.insert(uid.clone()) {
                changes.joined.push(uid.clone());
            }
            self.beats.insert(uid, now);
        }
        changes
    }

    /// These are subscribed, this node left out; `None`: that cannot be known, and those that are heard are there.
    pub(crate) fn look(&mut self, listed: Option<impl IntoIterator<Item = String>>, now: Instant) -> Changes {
        // if this node itself did not run, nobody has missed anything
        let was_away = self.looked.is_none_or(|looked| now - looked > 2 * BEAT);
        self.looked = Some(now);
        if was_away {
            self.beats.values_mut().for_each(|heard| *heard = now);
        }
        let there: BTreeSet<String> = match listed {
            Some(listed) => {
                let listed: BTreeSet<String> =
                    listed.into_iter().filter(|uid| uid.len() <= MAX_NAME).take(MAX_NODES).collect();
                self.beats.retain(|uid, _| listed.contains(uid));
                let hangs = |uid: &String| self.beats.get(uid).is_some_and(|heard| now - *heard > MISSED);
                self.hanging = listed.iter().filter(|uid| hangs(uid)).cloned().collect();
                listed.difference(&self.hanging).cloned().collect()
            }
            None => {
                // one that is not heard any more may hang or be gone
                self.beats.retain(|_, heard| now - *heard <= MISSED);
                self.beats.keys().cloned().collect()
            }
        };
        let changes = Changes {
            joined: there.difference(&self.known).cloned().collect(),
            left: self.known.difference(&there).cloned().collect(),
        };
        self.known = there;
        changes
    }

    /// The nodes that are subscribed and hang.
    pub(crate) fn hanging(&self) -> &BTreeSet<String> {
        &self.hanging
    }

    /// How many of these can answer: `own` cannot, nor can those that hang.
    pub(crate) fn count<'a>(&self, listed: impl IntoIterator<Item = &'a str>, own: &str) -> usize {
        listed.into_iter().filter(|uid| *uid != own && !self.hanging.contains(*uid)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn beat(uid: &str, left: bool) -> Beat {
        Beat { uid: uid.to_owned(), n: 1, left }
    }

    fn changes(joined: &[&str], left: &[&str]) -> Changes {
        Changes { joined: names(joined), left: names(left) }
    }

    #[test]
    fn a_node_that_misses_three_beats_is_gone_until_the_next_one() {
        let (mut members, start) = (Members::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(members.look(Some(names(&["node", "ours"])), at(0)), changes(&["node", "ours"], &[]));
        assert_eq!(members.beat(beat("ours", false), at(0)), changes(&[], &[]));
        for seconds in [2, 4, 6] {
            assert_eq!(members.look(Some(names(&["node", "ours"])), at(seconds)), changes(&[], &[]));
        }
        assert_eq!(members.look(Some(names(&["node", "ours"])), at(8)), changes(&[], &["ours"]));
        assert_eq!(members.count(["node", "ours", "me"], "me"), 1, "Node's nodes do not beat");
        assert_eq!(members.beat(beat("ours", false), at(9)), changes(&["ours"], &[]));
        assert_eq!(members.count(["node", "ours", "me"], "me"), 2);
        assert_eq!(members.look(Some(names(&["ours"])), at(10)), changes(&[], &["node"]));
        assert_eq!(members.beat(beat("ours", true), at(10)), changes(&[], &["ours"]));
    }

    /// Where nodes cannot be listed, those that are heard are there.
    #[test]
    fn without_a_list_those_that_are_heard_are_there() {
        let (mut members, start) = (Members::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(members.look(None::<Vec<String>>, at(0)), changes(&[], &[]));
        assert_eq!(members.beat(beat("ours", false), at(1)), changes(&["ours"], &[]));
        for seconds in [2, 4, 6] {
            assert_eq!(members.look(None::<Vec<String>>, at(seconds)), changes(&[], &[]));
        }
        assert_eq!(members.look(None::<Vec<String>>, at(8)), changes(&[], &["ours"]));
        assert!(members.hanging().is_empty(), "it is not counted any more, or it is waited for");
    }

    /// A process that was stopped does not believe that all others were.
    #[test]
    fn a_node_that_was_stopped_itself_blames_nobody() {
        let (mut members, start) = (Members::default(), Instant::now());
        members.look(Some(names(&["ours"])), start);
        members.beat(beat("ours", false), start);
        let late = start + Duration::from_secs(60);
        assert_eq!(members.look(Some(names(&["ours"])), late), changes(&[], &[]));
        assert!(members.hanging().is_empty());
    }

    #[test]
    fn what_anybody_may_publish_is_bounded() {
        let (mut members, now) = (Members::default(), Instant::now());
        assert_eq!(members.beat(beat(&"x".repeat(MAX_NAME + 1), false), now), changes(&[], &[]));
        (0..MAX_NODES + 10).for_each(|number| drop(members.beat(beat(&number.to_string(), false), now)));
        assert_eq!(members.beats.len(), MAX_NODES);
        // one that is not subscribed is not there
        assert_eq!(members.look(Some([]), now).left.len(), MAX_NODES);
        assert_eq!(members.beats.len(), 0);
    }
}
