//! Questions to other nodes: who is to answer, what came, and when it is enough.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;

use super::{NodeId, Present, QuestionId, Reply};

/// The questions of this process that are not settled.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    pending: Mutex<HashMap<QuestionId, Pending>>,
    last: AtomicU64,
}

#[derive(Debug)]
struct Pending {
    asker: mpsc::UnboundedSender<Heard>,
    /// How many more messages are taken: this bounds the channel.
    room: usize,
}

/// What an asker hears.
#[derive(Debug)]
pub(crate) enum Heard {
    Expected(Present),
    Recounted(Present),
    Answer(Option<NodeId>, Reply),
}

/// How many messages one question takes: no cluster has so many clients that answer at once.
const MAX_HEARD: usize = 1_000_000;

impl Questions {
    pub(super) fn open(&self) -> (QuestionId, mpsc::UnboundedReceiver<Heard>) {
        let id = QuestionId(self.last.fetch_add(1, Ordering::Relaxed) + 1);
        let (asker, heard) = mpsc::unbounded_channel();
        self.lock().insert(id, Pending { asker, room: MAX_HEARD });
        (id, heard)
    }

    pub(super) fn close(&self, id: QuestionId) {
        self.lock().remove(&id);
    }

    /// Something came for a question. What nobody waits for any more is late, and of no use.
    pub(crate) fn hear(&self, id: QuestionId, heard: Heard) {
        if let Some(pending) = self.lock().get_mut(&id)
            && pending.room > 0
        {
            pending.room -= 1;
            // the receiver lives as long as the entry
            let _ = pending.asker.send(heard);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<QuestionId, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is to answer, and who has.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    expected: Option<Present>,
    named: HashSet<NodeId>,
    unnamed: usize,
    /// Are clients to answer as well?
    counts_clients: bool,
    clients: usize,
    acks: usize,
}

impl Tally {
    pub(crate) fn new(counts_clients: bool) -> Self {
        Self { counts_clients, ..Self::default() }
    }

    pub(crate) fn expect(&mut self, present: Present) {
        self.expected.get_or_insert(present);
    }

    /// Fewer may be there than were asked. Those that came later were not asked.
    pub(crate) fn recount(&mut self, present: &Present) {
        let Some(expected) = &mut self.expected else { return };
        if expected.names.is_empty() {
            // by number, one that has answered and left cannot be distinguished from one that is silent
            expected.count = expected.count.min(present.count);
        } else {
            expected.names.retain(|name| present.names.contains(name) || self.named.contains(name));
            expected.count = expected.names.len();
        }
    }

    /// Does this answer count? The second of one node does not.
    pub(crate) fn answer(&mut self, from: Option<&NodeId>, reply: &Reply) -> bool {
        match reply {
            Reply::Acked(_) | Reply::NoAck => {
                self.acks += 1;
                return true;
            }
            Reply::Clients(clients) => self.clients = self.clients.saturating_add(*clients),
            _ => {}
        }
        match from {
            Some(node) => {
                let is_new = self.named.insert(node.clone());
                if let (false, Reply::Clients(clients)) = (is_new, reply) {
                    self.clients -= clients;
                }
                is_new
            }
            None => {
                self.unnamed += 1;
                true
            }
        }
    }

    pub(crate) fn answered(&self) -> usize {
        self.named.len() + self.unnamed
    }

    pub(crate) fn expected(&self) -> usize {
        self.expected.as_ref().map_or(0, |present| present.count)
    }

    /// How many clients are known not to have answered.
    pub(crate) fn missing_clients(&self) -> usize {
        self.clients.saturating_sub(self.acks)
    }

    pub(crate) fn is_complete(&self) -> bool {
        let have_nodes = self.expected.as_ref().is_some_and(|present| self.answered() >= present.count);
        have_nodes && (!self.counts_clients || self.acks >= self.clients)
    }

    /// The nodes that are there and say nothing, where they are known by name.
    pub(crate) fn silent(&self) -> Vec<NodeId> {
        let names = self.expected.iter().flat_map(|present| &present.names);
        names.filter(|name| !self.named.contains(name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(name: u8) -> NodeId {
        NodeId::new(format!("n{name}"))
    }

    #[derive(Debug, Clone)]
    enum Step {
        Expect(usize),
        Recount(usize),
        Named(u8),
        Unnamed,
        Clients(u8, usize),
        Ack,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..5_usize).prop_map(Step::Expect),
            (0..5_usize).prop_map(Step::Recount),
            (0..4_u8).prop_map(Step::Named),
            Just(Step::Unnamed),
            (0..4_u8, 0..4_usize).prop_map(|(name, clients)| Step::Clients(name, clients)),
            Just(Step::Ack),
        ];
        prop::collection::vec(step, 0..40)
    }

    proptest! {
        /// Whatever comes, in whatever order: a node counts once, the count of nodes never grows, and what is
        /// complete is so because as many answered as are there.
        #[test]
        fn any_order_of_answers_ends_in_the_right_numbers(steps in steps(), counts_clients: bool) {
            let mut tally = Tally::new(counts_clients);
            let (mut names, mut unnamed, mut clients, mut acks) = (HashSet::new(), 0, 0, 0);
            let mut expected: Option<usize> = None;
            for step in steps {
                match step {
                    Step::Expect(count) => {
                        tally.expect(Present::unnamed(count));
                        expected.get_or_insert(count);
                    }
                    Step::Recount(count) => {
                        tally.recount(&Present::unnamed(count));
                        expected = expected.map(|known| known.min(count));
                    }
                    Step::Named(name) => {
                        let counted = tally.answer(Some(&node(name)), &Reply::Nobody);
                        prop_assert_eq!(counted, names.insert(name));
                    }
                    Step::Unnamed => {
                        tally.answer(None, &Reply::Nobody);
                        unnamed += 1;
                    }
                    Step::Clients(name, count) => {
                        if tally.answer(Some(&node(name)), &Reply::Clients(count)) {
                            clients += count;
                        }
                        names.insert(name);
                    }
                    Step::Ack => {
                        tally.answer(None, &Reply::NoAck);
                        acks += 1;
                    }
                }
                prop_assert_eq!(tally.answered(), names.len() + unnamed);
                prop_assert_eq!(tally.missing_clients(), usize::saturating_sub(clients, acks));
                let all = expected.is_some_and(|count| names.len() + unnamed >= count);
                prop_assert_eq!(tally.is_complete(), all && (!counts_clients || acks >= clients));
            }
        }
    }

    /// A node that answered and then went away leaves the others to be waited for.
    #[test]
    fn a_node_that_answered_and_left_does_not_stand_for_one_that_is_silent() {
        let mut tally = Tally::new(false);
        tally.expect(Present::named(vec![node(1), node(2)]));
        assert!(tally.answer(Some(&node(1)), &Reply::Nobody));
        tally.recount(&Present::named(vec![node(2)]));
        assert!(!tally.is_complete());
        assert_eq!(tally.silent(), [node(2)]);
        tally.recount(&Present::named(vec![]));
        assert!(tally.is_complete(), "nobody is left to answer");
    }
}
