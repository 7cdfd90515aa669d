//! The task that shows administrators what happens: there is one as long as there is an administrator.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use socketio::{ClientError, Socket, SocketId, SocketIo, emit::Emit, event};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use crate::{
    NAMESPACE,
    login::Login,
    looking::Look,
    recent::{Noted, Recent},
    seen::{self, Seen, SeenSocket, Totals, now},
    server::Server,
};

/// What the handlers and the task share.
pub(crate) struct Shared {
    pub(crate) login: Login,
    pub(crate) server: Server,
    pub(crate) recent: Recent,
    pub(crate) read_only: bool,
    development: bool,
    attached: Mutex<Attached>,
    /// Somebody has come or gone.
    changed: Notify,
}

#[derive(Default)]
struct Attached {
    administrators: Vec<Administrator>,
    task: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Administrator {
    socket: Socket,
    /// Has it been shown what was there before it came?
    is_shown: bool,
    came: Instant,
}

const MAX_ADMINISTRATORS: usize = 50;
/// After this time, other connect handlers of the program have decided.
const DECIDING: Duration = Duration::from_secs(120);
const STATS: Duration = Duration::from_secs(2);
const SOCKETS: Duration = Duration::from_secs(1);
/// So long other nodes may take.
const NODES: Duration = Duration::from_secs(1);

impl Shared {
    pub(crate) fn new(login: Login, server: Server, development: bool, read_only: bool) -> Self {
        Self {
            login,
            server,
            recent: Recent::new(),
            read_only,
            development,
            attached: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// What the UI may offer.
    pub(crate) fn features(&self) -> Vec<&'static str> {
        let mut features = vec![];
        if !self.read_only {
            features.extend(["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"]);
        }
        features.push("AGGREGATED_EVENTS");
        if self.development {
            features.push("ALL_EVENTS");
        }
        features
    }

    /// An administrator has come.
    pub(crate) fn add(self: &Arc<Self>, io: &SocketIo, socket: Socket) -> Result<(), ClientError> {
        let mut attached = self.attached();
        if attached.administrators.len() >= MAX_ADMINISTRATORS {
            return Err(ClientError::new("too_many", "there are too many administrators"));
        }
        attached.administrators.push(Administrator { socket, is_shown: false, came: Instant::now() });
        if attached.task.as_ref().is_none_or(JoinHandle::is_finished) {
            attached.task = Some(tokio::spawn(run(self.clone(), io.clone())));
        }
        drop(attached);
        self.changed.notify_one();
        Ok(())
    }

    /// An administrator has left. The task, if that was the last one: it ends.
    pub(crate) fn remove(&self, id: SocketId) -> Option<JoinHandle<()>> {
        let mut attached = self.attached();
        attached.administrators.retain(|administrator| administrator.socket.id() != id);
        if !attached.administrators.is_empty() {
            return None;
        }
        let task = attached.task.take();
        drop(attached);
        self.changed.notify_one();
        task
    }

    /// What is to be seen of this server. `next`: where the events begin that were not seen yet; those before the first look
    /// are not shown.
    pub(crate) fn look(&self, io: &SocketIo, next: Option<u64>) -> Seen {
        let (server, totals) = seen::numbers(io, &self.server);
        let (mut sockets, mut events, mut last) = (vec![], vec![], 0);
        if self.development {
            self.recent.looked();
            sockets = seen::sockets(io);
            (events, last) = self.recent.since(next);
        }
        Seen { server, totals, sockets, events, next: last }
    }

    fn administrators(&self) -> Vec<Administrator> {
        self.attached().administrators.clone()
    }

    fn attached(&self) -> MutexGuard<'_, Attached> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What the task remembers of its last look.
#[derive(Default)]
struct Known {
    next: BTreeMap<String, u64>,
    totals: HashMap<String, Totals>,
    sockets: HashMap<(String, String), SeenSocket>,
}

async fn run(shared: Arc<Shared>, io: SocketIo) {
    let mut known = Known::default();
    let mut stats_at = Instant::now();
    loop {
        if shared.administrators().is_empty() {
            break;
        }
        let started = Instant::now();
        tokio::select! {
            all = look_at_all(&shared, &io, &known.next) => {
                let has_stats = started >= stats_at;
                if has_stats {
                    stats_at = started + STATS;
                }
                show(&shared, &mut known, all, has_stats);
            }
            // one that has come waits for the next look, one that has left may have been the last
            () = shared.changed.notified() => continue,
        }
        let next = started + if shared.development { SOCKETS } else { STATS };
        tokio::select! {
            () = sleep_until(next) => {}
            () = shared.changed.notified() => {}
        }
    }
    shared.recent.forget();
}

/// This server, then the other nodes, as far as they answer in time.
async fn look_at_all(shared: &Shared, io: &SocketIo, next: &BTreeMap<String, u64>) -> Vec<Seen> {
    let mut all = vec![shared.look(io, next.get(&shared.server.id).copied())];
    if let Some(namespace) = io.of(NAMESPACE) {
        let look = Look { next: next.clone() };
        match namespace.timeout(NODES).server_side_emit_with_ack(&look).await {
            Ok(others) => all.extend(others),
            Err(error) => all.extend(error.into_answers()),
        }
    }
    all
}

fn show(shared: &Shared, known: &mut Known, all: Vec<Seen>, has_stats: bool) {
    let administrators = shared.administrators();
    let (old, new): (Vec<_>, Vec<_>) =
        administrators.into_iter().partition(|administrator| administrator.is_shown);
    let mut sockets = HashMap::new();
    let mut events: Vec<Noted> = vec![];
    for seen in all {
        let id = seen.server.server_id.clone();
        if has_stats || !new.is_empty() {
            let aggregated = seen::aggregated(&seen.totals, known.totals.get(&id));
            let mut stats = serde_json::to_value(&seen.server).unwrap_or_default();
            stats["aggregatedEvents"] = aggregated.into();
            tell_volatile(&old, || event!("server_stats", &stats));
            // one that is being accepted cannot take what is volatile
            tell(&new, || event!("server_stats", &stats));
            known.totals.insert(id.clone(), seen.totals);
        }
        known.next.insert(id, seen.next);
        sockets
            .extend(seen.sockets.into_iter().map(|socket| ((socket.nsp.clone(), socket.id.clone()), socket)));
        events.extend(seen.events);
    }
    if shared.development {
        differences(&old, &known.sockets, &sockets);
        known.sockets = sockets;
        let all: Vec<_> = known.sockets.values().collect();
        for administrator in &new {
            let _ = administrator.socket.try_emit(event!("all_sockets", &all));
        }
        for noted in &events {
            let (to, Noted { namespace, id, event, at, is_sent }) = (old.iter().chain(&new), noted);
            if *is_sent {
                tell_volatile(to, || event!("event_sent", namespace, id, event, at));
            } else {
                tell_volatile(to, || event!("event_received", namespace, id, event, at));
            }
        }
    }
    let mut attached = shared.attached();
    for administrator in &mut attached.administrators {
        administrator.is_shown |= new.iter().any(|new| new.socket.id() == administrator.socket.id());
    }
    // one that was refused after all has no `disconnect`
    attached.administrators.retain(|administrator| {
        administrator.socket.is_connected() || administrator.came.elapsed() < DECIDING
    });
}

/// What has changed since the last look.
fn differences(
    to: &[Administrator],
    before: &HashMap<(String, String), SeenSocket>,
    now_there: &HashMap<(String, String), SeenSocket>,
) {
    if to.is_empty() {
        return;
    }
    let at = now();
    for (key, socket) in now_there {
        let Some(old) = before.get(key) else {
            tell(to, || event!("socket_connected", socket, &at));
            continue;
        };
        if old == socket {
            continue;
        }
        for room in socket.rooms.iter().filter(|room| !old.rooms.contains(room)) {
            tell(to, || event!("room_joined", &socket.nsp, room, &socket.id, &at));
        }
        for room in old.rooms.iter().filter(|room| !socket.rooms.contains(room)) {
            tell(to, || event!("room_left", &socket.nsp, room, &socket.id, &at));
        }
        let mut changed = serde_json::json!({ "id": socket.id, "nsp": socket.nsp });
        if old.transport != socket.transport {
            changed["transport"] = socket.transport.clone().into();
        }
        if old.data != socket.data {
            changed["data"] = socket.data.clone();
        }
        if changed.as_object().is_some_and(|changed| changed.len() > 2) {
            tell(to, || event!("socket_updated", &changed));
        }
    }
    for (key, socket) in before.iter().filter(|(key, _)| !now_there.contains_key(*key)) {
        let _ = key;
        tell(to, || event!("socket_disconnected", &socket.nsp, &socket.id, "disconnected", &at));
        for room in &socket.rooms {
            tell(to, || event!("room_left", &socket.nsp, room, &socket.id, &at));
        }
    }
}

/// What must not be missed. One that has ended is removed later.
fn tell<'a, E: Emit>(to: impl IntoIterator<Item = &'a Administrator>, event: impl Fn() -> E) {
    for administrator in to {
        let _ = administrator.socket.try_emit(event());
    }
}

/// What a slow administrator may miss.
fn tell_volatile<'a, E: Emit>(to: impl IntoIterator<Item = &'a Administrator>, event: impl Fn() -> E) {
    for administrator in to {
        let _ = administrator.socket.volatile().try_emit(event());
    }
}
