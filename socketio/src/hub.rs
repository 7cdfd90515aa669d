//! What every handle of a server points to: its namespaces, its connections, its tasks.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    close::DisconnectReason,
    config::Config,
    connection::{Link, Mailbox, Order},
    describe::Scope,
    hooks::Hooks,
    namespace::{Namespace, Namespaces},
    observe::{self, Observer},
    peer::Source,
    seats::{Full, Seats},
    socket::SessionId,
};

/// What every handle of a server points to.
pub(crate) struct Hub {
    config: Arc<Config>,
    namespaces: Namespaces,
    hooks: Hooks,
    /// Every connection's task has this as its parent.
    tasks: TaskTracker,
    /// The server closes.
    closing: CancellationToken,
    seats: Mutex<Seats>,
    draining: AtomicBool,
    /// With recovery: a task forgets what no client can ask for any more.
    tidying: AtomicBool,
    next_number: AtomicU64,
    /// What the program holds of it.
    handles: AtomicUsize,
    /// What the builder was asked for.
    #[cfg_attr(not(feature = "contract"), expect(dead_code, reason = "only a contract wants to know"))]
    pub(crate) scope: Scope,
}

/// What the program holds of a server: its handles and its services. A connection does not need one to go on.
pub(crate) struct Handle(Arc<Hub>);

/// What a server holds, for tests that look for leaks.
#[cfg(test)]
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    mailboxes: usize,
    seats: usize,
    unfinished: usize,
    addresses: usize,
    tasks: usize,
}

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unavailable {
    Draining,
    TooMany,
}

/// A place for one connection that is not open yet: given back when this is dropped.
pub(crate) struct Seat {
    hub: Arc<Hub>,
    pub(crate) id: SessionId,
    pub(crate) number: u64,
    pub(crate) source: Source,
    /// The connection is open, and gives the place back.
    is_open: bool,
}

/// The place of a connection that is open: given back when this is dropped. Every connection has one, so it holds nothing
/// that the link has.
pub(crate) struct Place {
    pub(crate) link: Arc<Link>,
    id: SessionId,
    is_finished: bool,
}

impl Hub {
    pub(crate) fn new(config: Arc<Config>, namespaces: Namespaces, hooks: Hooks, scope: Scope) -> Self {
        Self {
            config,
            namespaces,
            hooks,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            seats: Mutex::default(),
            draining: AtomicBool::new(false),
            tidying: AtomicBool::new(false),
            next_number: AtomicU64::new(1),
            handles: AtomicUsize::new(0),
            scope,
        }
    }

    /// The last handle of the program is gone. Connections go on until their runtime ends: then they break, and none of
    /// their handlers hears of it.
    fn left(&self) {
        let connections = self.lock().taken();
        if connections > 0 && !self.is_draining() {
            self.observer().left(connections);
        }
    }

    /// How many places are taken.
    #[cfg(test)]
    pub(crate) fn connections(&self) -> usize {
        self.lock().taken()
    }

    #[cfg(test)]
    pub(crate) fn counts(&self) -> Counts {
        let [mailboxes, seats, unfinished, addresses] = self.lock().counts();
        Counts { mailboxes, seats, unfinished, addresses, tasks: self.tasks.len() }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn shared_config(&self) -> &Arc<Config> {
        &self.config
    }

    pub(crate) fn observer(&self) -> &Observer {
        self.namespaces.observer()
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub(crate) fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// The namespace `/`, which every server has.
    pub(crate) fn root(&self) -> &Arc<Namespace> {
        self.namespaces.root()
    }

    /// The connection with this secret id.
    pub(crate) fn session(&self, id: &SessionId) -> Option<Arc<Mailbox>> {
        self.lock().get(id)
    }

    /// Takes a place for a connection that is about to be opened. `source`: where it comes from.
    pub(crate) fn seat(self: &Arc<Self>, source: Source) -> Result<Seat, Unavailable> {
        if self.draining.load(Ordering::SeqCst) {
            return Err(Unavailable::Draining);
        }
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let taken = self.lock().take(number, source, &self.config, Instant::now());
        if let Some(mailbox) = taken.map_err(|Full| Unavailable::TooMany)? {
            observe::made_room();
            mailbox.order(Order::Kill);
        }
        Ok(Seat { hub: self.clone(), id: SessionId::new(), number, source, is_open: false })
    }

    /// Runs a connection's task, as a child of the server.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Runs a task that belongs to no connection yet, or to none that counts. When the server closes it has `grace`.
    pub(crate) fn spawn_until_closed(
        &self,
        grace: Duration,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            let closed = async {
                closing.cancelled().await;
                if !grace.is_zero() {
                    sleep(grace).await;
                }
            };
            tokio::select! {
                () = task => {}
                () = closed => observe::stream_dropped(),
            }
        });
    }

    /// What comes of it. `None`: the server closes.
    pub(crate) async fn until_closed<T>(&self, task: impl Future<Output = T>) -> Option<T> {
        self.closing.run_until_cancelled(task).await
    }

    /// With recovery: logs, sockets and namespaces go when their time is over, whether anything else happens or not.
    /// The task ends when nothing is left and nobody is there.
    fn tidy(self: &Arc<Self>) {
        let Some(recovery) = self.config.recovery else { return };
        if self.tidying.swap(true, Ordering::AcqRel) {
            return;
        }
        let (hub, interval) = (self.clone(), (recovery.window / 4).clamp(TIDY_AT_MOST, TIDY_AT_LEAST));
        self.spawn(async move {
            while hub.closing.run_until_cancelled(sleep(interval)).await.is_some() {
                if hub.namespaces.forget_expired(Instant::now()) || hub.connections_taken() > 0 {
                    continue;
                }
                hub.tidying.store(false, Ordering::Release);
                // one that has come just now may have seen that we run
                if hub.connections_taken() == 0 || hub.tidying.swap(true, Ordering::AcqRel) {
                    break;
                }
            }
        });
    }

    /// Looks at every connection that is open, under the lock of all: nothing that waits.
    #[cfg(feature = "stats")]
    pub(crate) fn each_connection(&self, look: impl FnMut(&Arc<Mailbox>)) {
        self.lock().each(look);
    }

    fn connections_taken(&self) -> usize {
        self.lock().taken()
    }

    /// Takes no more connections.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Ends everything: see [`SocketIo::close`](crate::SocketIo::close).
    pub(crate) async fn close(&self) {
        self.drain();
        self.tasks.close();
        self.closing.cancel();
        self.order_all(&Order::End(DisconnectReason::Shutdown));
        let deadline = Instant::now() + self.config.shutdown_timeout;
        if timeout_at(deadline, self.tasks.wait()).await.is_err() {
            self.observer().killed(self.lock().taken());
            self.order_all(&Order::Kill);
            // a task that is ordered to drop everything does so at its next poll; one that is inside a sync
            // handler cannot be waited for
            if timeout_at(Instant::now() + AFTER_KILL, self.tasks.wait()).await.is_err() {
                self.observer().still_running(self.lock().taken());
            }
        }
        self.root().listeners.close();
        if let Some(cluster) = &self.root().cluster
            && timeout_at(deadline.max(Instant::now() + AFTER_KILL), cluster.close()).await.is_err()
        {
            self.namespaces.observer().cluster_not_left();
        }
    }

    /// Takes no more connections, and ends those that are open, one after another: see
    /// [`SocketIo::drain_over`](crate::SocketIo::drain_over).
    pub(crate) async fn drain_over(&self, over: Duration) -> usize {
        self.drain();
        let order = Order::End(DisconnectReason::Shutdown);
        let (start, chance, all_ended) = (Instant::now(), RandomState::new(), TaskTracker::new());
        let mailboxes = self.lock().all();
        let count = mailboxes.len();
        for (at, mailbox) in mailboxes.into_iter().enumerate() {
            // each has its part of the time, and ends somewhere in it
            let share = (at as f64 + (chance.hash_one(at) % 1024) as f64 / 1024.0) / count as f64;
            sleep_until(start + over.mul_f64(share)).await;
            mailbox.order_and_wait(order.clone(), all_ended.token());
        }
        // those that were being opened when newcomers were refused
        let late = self.lock().all();
        for mailbox in late {
            mailbox.order_and_wait(order.clone(), all_ended.token());
        }
        all_ended.close();
        all_ended.wait().await;
        count
    }

    /// Ends every connection that is open now; returns how many there were, when all of them have ended.
    pub(crate) async fn close_all(&self, reason: DisconnectReason) -> usize {
        let order = Order::End(reason);
        let all_ended = TaskTracker::new();
        let mailboxes = self.lock().all();
        for mailbox in &mailboxes {
            mailbox.order_and_wait(order.clone(), all_ended.token());
        }
        all_ended.close();
        all_ended.wait().await;
        mailboxes.len()
    }

    fn order_all(&self, order: &Order) {
        let mailboxes = self.lock().all();
        for mailbox in mailboxes {
            mailbox.order(order.clone());
        }
    }

    fn leave(&self, number: u64, id: &SessionId, source: Source, is_finished: bool) {
        // the lock is released before the mailbox is dropped
        let mailbox = self.lock().leave(number, id, source, is_finished);
        drop(mailbox);
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handle {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        hub.handles.fetch_add(1, Ordering::Relaxed);
        Self(hub)
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Deref for Handle {
    type Target = Arc<Hub>;

    fn deref(&self) -> &Arc<Hub> {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // a thread that is about to make one holds one
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.left();
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIo")
            .field("namespaces", &self.namespaces.tables().map(|(name, _)| name).collect::<Vec<_>>())
            .field("connections", &self.lock().taken())
            .field("draining", &self.draining)
            .finish_non_exhaustive()
    }
}

impl Seat {
    /// The connection is open: this is its link.
    pub(crate) fn open(mut self, link: Arc<Link>) -> Place {
        let (hub, mailbox) = (&self.hub, &link.mailbox);
        hub.tidy();
        if !hub.lock().open(self.number, self.id, mailbox.clone()) {
            mailbox.order(Order::Kill);
        }
        // closing the server looks at the mailboxes after raising the flag; we look at the flag after the
        // link is there: one of us sees the other
        if hub.draining.load(Ordering::SeqCst) && hub.tasks.is_closed() {
            mailbox.order(Order::End(DisconnectReason::Shutdown));
        }
        self.is_open = true;
        Place { link, id: self.id, is_finished: false }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.is_open {
            self.hub.leave(self.number, &self.id, self.source, false);
        }
    }
}

impl Place {
    /// Was a first socket accepted?
    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// A first socket is accepted: the connection counts as finished.
    pub(crate) fn finish(&mut self) {
        // one that has made room meanwhile stays unfinished: it ends
        if !self.is_finished && self.link.hub.lock().finish(self.link.number) {
            self.is_finished = true;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.link.hub.leave(self.link.number, &self.id, self.link.source, self.is_finished);
    }
}

/// After the order to drop everything, [`Hub::close`] waits this long.
const AFTER_KILL: Duration = Duration::from_secs(1);
/// How often is looked for what is not needed any more.
const TIDY_AT_MOST: Duration = Duration::from_secs(1);
const TIDY_AT_LEAST: Duration = Duration::from_secs(30);
