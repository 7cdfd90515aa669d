//! Where events between nodes are handled: off the driver's tasks, in order for each node that sends.

use std::{
    collections::{BinaryHeap, VecDeque},
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, Sleep, sleep_until},
};

use super::{NodeId, Packed, Replies, Reply};
use crate::{
    contained::{contain, contained},
    error::ClientError,
    handler::{AckRequest, Body, Call as Function, EntryId, Incoming, Name, NodeCall, Origin, Outcome},
    hub::Hub,
    namespace::Namespace,
};

/// How many events between nodes may wait. More are refused.
pub(super) const MAX_WAITING: usize = 1024;

/// Something to be done off the driver's tasks.
pub(super) enum Task {
    Call(Call),
    Forget(Forget),
}

/// An event of another node, and who listens to it.
pub(super) struct Call {
    pub(super) hub: Arc<Hub>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) from: NodeId,
    pub(super) entry: EntryId,
    pub(super) body: Body,
    /// Where the answer goes, if one is wanted.
    pub(super) replies: Option<Arc<dyn Replies>>,
}

/// When a broadcast of another node, which clients were to acknowledge, is over.
pub(super) struct Forget {
    at: Instant,
    namespace: Weak<Namespace>,
    id: u32,
}

impl Forget {
    pub(super) fn after(time: Duration, namespace: &Arc<Namespace>, id: u32) -> Self {
        // no asker waits longer than a day
        let at = Instant::now() + time.min(Duration::from_secs(24 * 60 * 60));
        Self { at, namespace: Arc::downgrade(namespace), id }
    }
}

impl Ord for Forget {
    /// The earliest is the greatest: it is on top of the heap.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Forget {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Forget {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Forget {}

/// All that is handled or waits.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    waiting: usize,
    forget: BinaryHeap<Forget>,
    timer: Option<Pin<Box<Sleep>>>,
}

/// The events of one node: one after another.
struct Lane {
    from: NodeId,
    waiting: VecDeque<Call>,
    running: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Lanes {
    /// Works until the server is gone.
    pub(super) async fn run(mut tasks: mpsc::Receiver<Task>) {
        let mut all = Self::default();
        std::future::poll_fn(|cx| all.poll(cx, &mut tasks)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>, tasks: &mut mpsc::Receiver<Task>) -> Poll<()> {
        let mut is_over = false;
        // what waits here counts as well: the channel alone would double the bound
        while self.waiting < MAX_WAITING {
            match tasks.poll_recv(cx) {
                Poll::Ready(Some(Task::Call(call))) => self.queue(call),
                Poll::Ready(Some(Task::Forget(forget))) => self.forget.push(forget),
                Poll::Ready(None) => {
                    is_over = true;
                    break;
                }
                Poll::Pending => break,
            }
        }
        for lane in &mut self.lanes {
            self.waiting -= lane.poll(cx);
        }
        self.lanes.retain(|lane| lane.running.is_some());
        self.poll_forget(cx);
        if is_over && self.lanes.is_empty() {
            return Poll::Ready(());
        }
        if self.waiting < MAX_WAITING && !tasks.is_empty() {
            // places came free after the channel was looked at
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn queue(&mut self, call: Call) {
        self.waiting += 1;
        match self.lanes.iter_mut().find(|lane| lane.from == call.from) {
            Some(lane) => lane.waiting.push_back(call),
            None => {
                let from = call.from.clone();
                self.lanes.push(Lane { from, waiting: VecDeque::from([call]), running: None });
            }
        }
    }

    fn poll_forget(&mut self, cx: &mut Context<'_>) {
        while let Some(next) = self.forget.peek() {
            let at = next.at;
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
            if timer.deadline() != at {
                timer.as_mut().reset(at);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return;
            }
            if let Some(Forget { namespace, id, .. }) = self.forget.pop()
                && let Some(namespace) = namespace.upgrade()
            {
                namespace.forget_ack(id);
            }
        }
    }
}

impl Lane {
    /// Handles what can be handled now; returns how many have left the queue.
    fn poll(&mut self, cx: &mut Context<'_>) -> usize {
        let mut done = 0;
        loop {
            if let Some(running) = &mut self.running {
                if running.as_mut().poll(cx).is_pending() {
                    return done;
                }
                self.running = None;
            }
            let Some(call) = self.waiting.pop_front() else { return done };
            done += 1;
            self.running = Some(Box::pin(handle(call)));
        }
    }
}

/// Runs the handlers of an event, and answers.
async fn handle(call: Call) {
    let Call { hub, namespace, from, entry, body, replies } = call;
    let entry = namespace.table.entry(entry);
    let call = Arc::new(NodeCall::new(hub, namespace.clone(), from));
    let mut failure = None;
    for (at, handler) in entry.handlers.iter().enumerate() {
        let answers = replies.is_some() && entry.answerer == Some(at);
        let incoming = Incoming {
            origin: Origin::Node(call.clone()),
            name: Name::Known(entry.name),
            body: body.clone(),
            // the number is of no meaning: the answer is kept in the call
            ack: if answers { AckRequest::Value(0) } else { AckRequest::None },
        };
        let ended = match handler.call {
            Function::Sync(function) => contain(|| function(&incoming)).ok(),
            Function::Async(function) => match contain(|| function(incoming)) {
                Ok(future) => contained(future).await.ok(),
                Err(_) => None,
            },
            // `#[on]` makes these for `connect` alone
            Function::Connect(_) => Some(Outcome::Done),
        };
        let failed = match ended {
            Some(Outcome::Done | Outcome::Answered) => None,
            Some(Outcome::Failed(error) | Outcome::Rejected { error, .. }) => Some(error),
            Some(Outcome::Told(error)) => error,
            None => Some(ClientError::panicked()),
        };
        if let Some(error) = failed {
            let (function, from) = (handler.location.function, call.from());
            namespace.observer.node_event_failed(entry.name, function, from, &error);
            if entry.answerer.is_none_or(|answerer| answerer == at) {
                failure.get_or_insert(error);
            }
        }
    }
    let Some(replies) = replies else { return };
    replies.reply(match (call.take_answer(), failure) {
        (Some(answer), _) => Reply::Value(answer),
        (None, Some(error)) => error_reply(&error),
        (None, None) => Reply::Value(Packed::part("null", &[])),
    });
}

/// What a node that asked gets for an error.
pub(super) fn error_reply(error: &ClientError) -> Reply {
    #[derive(serde::Serialize)]
    struct Error<'a> {
        error: &'a ClientError,
    }
    Reply::Value(Packed::value(&Error { error }).unwrap_or_else(|_| Packed::part("null", &[])))
}
