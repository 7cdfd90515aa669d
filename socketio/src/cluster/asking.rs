//! A question that is on its way to the other nodes.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, Sleep, sleep_until},
};

use super::{
    Attached, NodeId, QuestionId, Reply,
    questions::{Heard, Tally},
};
use crate::error::Incomplete;

/// After this, missing answers are looked into.
const FIRST_RECOUNT: Duration = Duration::from_millis(300);

/// And then each time after this.
const RECOUNT: Duration = Duration::from_millis(500);

/// A question on its way: gives the answers as they come.
pub(crate) struct Asking {
    cluster: Arc<Attached>,
    namespace: Arc<str>,
    id: QuestionId,
    heard: mpsc::UnboundedReceiver<Heard>,
    tally: Tally,
    timeout: Duration,
    deadline: Option<Instant>,
    next_recount: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Why no more answers come.
    over: Option<Option<Incomplete>>,
}

impl Asking {
    /// A question that `ask` is about to send.
    pub(crate) fn new(
        cluster: Arc<Attached>,
        namespace: Arc<str>,
        timeout: Duration,
        counts_clients: bool,
    ) -> Self {
        let (id, heard) = cluster.questions.open();
        Self {
            cluster,
            namespace,
            id,
            heard,
            tally: Tally::new(counts_clients),
            timeout,
            deadline: None,
            next_recount: None,
            timer: None,
            over: None,
        }
    }

    pub(crate) fn id(&self) -> QuestionId {
        self.id
    }

    /// It could not be sent.
    pub(crate) fn not_connected(&mut self) {
        self.over = Some(Some(Incomplete::NotConnected));
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Why it is not complete, when all answers are through.
    pub(crate) fn incomplete(&self) -> Option<Incomplete> {
        self.over.flatten()
    }

    /// The next answer that counts; `None`: it is over. The time counts from the first poll.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<NodeId>, Reply)>> {
        if self.over.is_some() {
            return Poll::Ready(None);
        }
        let now = Instant::now();
        let deadline = *self.deadline.get_or_insert(now + self.timeout);
        let mut recount = *self.next_recount.get_or_insert(now + FIRST_RECOUNT);
        loop {
            match self.heard.poll_recv(cx) {
                Poll::Ready(Some(Heard::Expected(present))) => self.tally.expect(present),
                Poll::Ready(Some(Heard::Recounted(present))) => self.tally.recount(&present),
                Poll::Ready(Some(Heard::Answer(from, reply))) => {
                    if self.tally.answer(from.as_ref(), &reply) {
                        return Poll::Ready(Some((from, reply)));
                    }
                }
                // the registry lives as long as the server, which `cluster` keeps
                Poll::Ready(None) | Poll::Pending => {
                    if self.tally.is_complete() {
                        self.over = Some(None);
                        return Poll::Ready(None);
                    }
                    let at = deadline.min(recount);
                    let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
                    if timer.deadline() != at {
                        timer.as_mut().reset(at);
                    }
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    if at == deadline {
                        self.over = Some(Some(Incomplete::Deadline));
                        return Poll::Ready(None);
                    }
                    recount += RECOUNT;
                    self.next_recount = Some(recount);
                    self.cluster.recount(self.id, &self.namespace);
                }
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Option<(Option<NodeId>, Reply)> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.cluster.questions.close(self.id);
    }
}
