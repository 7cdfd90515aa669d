//! Thousands of short lives: verbs in each kind of handler and from other tasks, and peers that leave in each way.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::timeout};

use crate::{
    Config, DisconnectReason, Event, Socket, SocketId, SocketIo, State,
    error::SocketError,
    event, on,
    tests::kit::{
        Raw, WIRES, Wire, assert_bare, assert_nothing_is_left, close, frame, packets_pipe, plain_pipe,
        settled,
    },
};

/// Where a life's verbs are used.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Connect,
    Message,
    Custom,
    Ping,
    Pong,
    Close,
    Disconnect,
    Error,
    AnotherTask,
}

const PLACES: [Place; 9] = [
    Place::Connect,
    Place::Message,
    Place::Custom,
    Place::Ping,
    Place::Pong,
    Place::Close,
    Place::Disconnect,
    Place::Error,
    Place::AnotherTask,
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verb {
    Close,
    Disconnect,
    Rename,
    Emit,
    EmitToNobody,
    Broadcast,
    Fire,
    FireAtAll,
    Ask,
    AskAll,
    Join,
    Leave,
}

const VERBS: [Verb; 12] = [
    Verb::Close,
    Verb::Disconnect,
    Verb::Rename,
    Verb::Emit,
    Verb::EmitToNobody,
    Verb::Broadcast,
    Verb::Fire,
    Verb::FireAtAll,
    Verb::Ask,
    Verb::AskAll,
    Verb::Join,
    Verb::Leave,
];

/// How the peer leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Cut,
    HalfAFrame,
    CloseFrame,
    Violation,
    /// It says nothing, and the server's own end comes first.
    Stays,
}

const ENDS: [End; 5] = [End::Cut, End::HalfAFrame, End::CloseFrame, End::Violation, End::Stays];

/// What happens in one life: all of it follows from its number.
#[derive(Debug, Clone)]
struct Plan {
    wire: Wire,
    place: Place,
    verbs: Vec<Verb>,
    end: End,
    /// How often peer, handlers and the other task step aside.
    pauses: [usize; 3],
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.next(from.len())]
    }
}

impl Plan {
    fn of(life: usize) -> Self {
        let mut dice = Dice((life as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let wire = dice.pick(&WIRES);
        let place = dice.pick(&PLACES);
        let verbs: Vec<_> = (0..1 + dice.next(4)).map(|_| dice.pick(&VERBS)).collect();
        let mut end = dice.pick(&ENDS);
        let is_reached = !matches!(place, Place::Close | Place::Disconnect | Place::Error);
        // without its socket, a connection of Socket.IO stays
        let closes = verbs.contains(&Verb::Close) && !verbs.contains(&Verb::Disconnect);
        if end == End::Stays && !(closes && is_reached) {
            end = End::Cut;
        }
        Self { wire, place, verbs, end, pauses: [dice.next(8), dice.next(4), dice.next(8)] }
    }
}

/// What the handlers of a socket saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connect,
    Event,
    Fault,
    Close,
    Disconnect { clean: bool, by_server: bool },
    Failure,
}

#[derive(Debug, Default)]
struct Life {
    steps: Vec<Step>,
    running: bool,
    acts: usize,
    wrong: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Storm(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    lives: Mutex<HashMap<SocketId, Life>>,
    sockets: Mutex<Vec<Socket>>,
    asked: AtomicUsize,
    answered: AtomicUsize,
}

/// A handler runs until this is dropped.
struct Running<'a>(&'a Storm, SocketId);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.life(self.1, |life| life.running = false);
    }
}

/// Both wires carry the query; Socket.IO's has more in it.
fn plan_of(socket: &Socket) -> Plan {
    let (_, life) = socket.handshake().query().rsplit_once("life=").expect("a life");
    Plan::of(life.parse().expect("a number"))
}

impl Storm {
    fn life<R>(&self, id: SocketId, change: impl FnOnce(&mut Life) -> R) -> R {
        change(self.0.lives.lock().expect("no panic under it").entry(id).or_default())
    }

    /// A handler starts.
    fn step(&self, socket: &Socket, step: Step) -> Running<'_> {
        self.life(socket.id(), |life| {
            life.steps.push(step);
            if std::mem::replace(&mut life.running, true) {
                life.wrong.push(format!("{step:?} alongside another handler"));
            }
        });
        Running(self, socket.id())
    }

    /// Uses the verbs of the plan, if this is their place. Not without end: some bring the handler back.
    fn act(&self, socket: &Socket, place: Place) {
        let plan = plan_of(socket);
        if plan.place != place {
            return;
        }
        let acts = self.life(socket.id(), |life| {
            life.acts += 1;
            life.acts
        });
        if acts > 3 {
            return;
        }
        for verb in plan.verbs {
            self.perform(socket, verb);
        }
    }

    fn perform(&self, socket: &Socket, verb: Verb) {
        match verb {
            Verb::Close => socket.close(),
            Verb::Disconnect => socket.disconnect(),
            Verb::Rename => {
                // somebody else may have it, or the socket has ended
                let names = ["ann", "bob", "eve"];
                let _ = socket.set_uuid(names[self.0.asked.load(Ordering::Relaxed) % 3]);
                if socket.set_uuid(format!("{}'s own", socket.id())).is_err() && socket.is_connected() {
                    self.life(socket.id(), |life| life.wrong.push("its own name is taken".to_owned()));
                }
            }
            Verb::Emit => (0..3).for_each(|n| socket.emit(event!("n", n))),
            Verb::EmitToNobody => drop(socket.emit_to("nobody", event!("x"))),
            Verb::Broadcast => socket.io().emit(event!("all")),
            Verb::Fire => {
                if socket.fire(event!("fired")).is_err() && socket.is_connected() {
                    self.life(socket.id(), |life| life.wrong.push("a live socket takes it".to_owned()));
                }
            }
            Verb::FireAtAll => drop(socket.io().fire(event!("fired"))),
            Verb::Ask => self.wait_for(socket.emit_with_ack(&Ask)),
            Verb::AskAll => self.wait_for(socket.everyone().emit_with_ack(&Ask).into_future()),
            Verb::Join => socket.join("hall"),
            Verb::Leave => socket.leave("hall"),
        }
    }

    /// Every question comes to an end.
    fn wait_for(&self, answer: impl Future<Output: Send> + Send + 'static) {
        let inside = self.0.clone();
        inside.asked.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            drop(answer.await);
            inside.answered.fetch_add(1, Ordering::SeqCst);
        });
    }

    /// The order of guarantee 3.
    fn assert_orders(&self) -> usize {
        let lives = self.0.lives.lock().expect("no panic under it");
        for socket in &*self.0.sockets.lock().expect("no panic under it") {
            let (life, plan) = (&lives[&socket.id()], plan_of(socket));
            let said = || format!("{plan:?}: {life:?}");
            assert!(!life.running && life.wrong.is_empty(), "{}", said());
            let mut steps = life.steps.iter().copied().peekable();
            assert_eq!(steps.next(), Some(Step::Connect), "{}", said());
            while steps.next_if(|step| matches!(step, Step::Event | Step::Fault)).is_some() {}
            let told = steps.next_if_eq(&Step::Close).is_some();
            let Some(Step::Disconnect { clean, by_server }) = steps.next() else { panic!("{}", said()) };
            assert_eq!(told, by_server, "{}", said());
            assert_eq!(steps.next(), (!clean).then_some(Step::Failure), "{}", said());
            assert_eq!(steps.next(), None, "{}", said());
        }
        lives.len()
    }
}

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("ask", from = server, ack = u32)]
struct Ask;

async fn pause(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[on(connect)]
async fn connected(socket: Socket, State(storm): State<Storm>) {
    let _running = storm.step(&socket, Step::Connect);
    socket.join("room");
    // from here on another task may end it
    storm.0.sockets.lock().expect("no panic under it").push(socket.clone());
    let pauses = plan_of(&socket).pauses[1];
    pause(pauses / 2).await;
    storm.act(&socket, Place::Connect);
    pause(pauses / 2).await;
}

#[on("message")]
async fn message(socket: Socket, State(storm): State<Storm>) {
    let _running = storm.step(&socket, Step::Event);
    pause(plan_of(&socket).pauses[1]).await;
    storm.act(&socket, Place::Message);
}

#[on("custom")]
fn custom(socket: &Socket, State(storm): State<Storm>) {
    let _running = storm.step(socket, Step::Event);
    storm.act(socket, Place::Custom);
}

#[on("fired")]
fn fired(socket: &Socket, State(storm): State<Storm>) {
    let _running = storm.step(socket, Step::Event);
}

#[on(ping)]
fn pinged(socket: &Socket, State(storm): State<Storm>) {
    let _running = storm.step(socket, Step::Event);
    storm.act(socket, Place::Ping);
}

#[on(pong)]
async fn ponged(socket: Socket, State(storm): State<Storm>) {
    let _running = storm.step(&socket, Step::Event);
    storm.act(&socket, Place::Pong);
    pause(plan_of(&socket).pauses[1]).await;
}

#[on(close)]
async fn closing(socket: Socket, State(storm): State<Storm>) {
    let _running = storm.step(&socket, Step::Close);
    storm.act(&socket, Place::Close);
    pause(plan_of(&socket).pauses[1]).await;
}

#[on(disconnect)]
async fn gone(socket: Socket, reason: DisconnectReason, State(storm): State<Storm>) {
    let by_server = matches!(
        reason,
        DisconnectReason::ServerClose { .. }
            | DisconnectReason::ServerDisconnect
            | DisconnectReason::Expired
            | DisconnectReason::Shutdown
    );
    let _running = storm.step(&socket, Step::Disconnect { clean: reason.is_clean(), by_server });
    if !socket.rooms().iter().any(|room| **room == *"room") {
        storm.life(socket.id(), |life| life.wrong.push("its rooms are forgotten".to_owned()));
    }
    if socket.io().socket(socket.id()).is_some() {
        storm.life(socket.id(), |life| life.wrong.push("it is still a member".to_owned()));
    }
    storm.act(&socket, Place::Disconnect);
    pause(plan_of(&socket).pauses[1]).await;
}

#[on(error)]
fn failed(socket: &Socket, error: &SocketError, State(storm): State<Storm>) {
    let ends = matches!(error, SocketError::Disconnected { .. });
    let _running = storm.step(socket, if ends { Step::Failure } else { Step::Fault });
    storm.act(socket, Place::Error);
}

/// One peer from its connection to its end.
async fn live(io: SocketIo, storm: Storm, life: usize) {
    let plan = Plan::of(life);
    let mut raw = match plan.wire {
        Wire::Plain => Raw::over(plain_pipe(&io.websocket(), &format!("/ws?life={life}"), 64 * 1024)),
        Wire::Packets => Raw::over(packets_pipe(&io, &format!("&life={life}"))),
    };
    if plan.wire == Wire::Packets {
        raw.send(&frame(0x81, b"40")).await;
        // the reply, unless the server ends the socket before
        let mut reply = raw.frame().await;
        while reply.as_ref().is_some_and(|(_, packet)| packet.starts_with(b"0")) {
            reply = raw.frame().await;
        }
    }
    let outside = (plan.place == Place::AnotherTask).then(|| tokio::spawn(outside(storm, life)));
    let bytes: Vec<u8> = ["message", "custom", "\0", "unknown", "custom"]
        .into_iter()
        .flat_map(|name| match (name, plan.wire) {
            ("\0", _) => [frame(0x89, b"p"), frame(0x8a, b""), frame(0x81, b"3")].concat(),
            (name, Wire::Plain) => frame(0x81, format!(r#"{{"event":"{name}"}}"#)),
            (name, Wire::Packets) => frame(0x81, format!(r#"42["{name}"]"#)),
        })
        .collect();
    // the server may have ended it
    let _ = tokio::io::AsyncWriteExt::write_all(&mut raw.pipe, &bytes).await;
    pause(plan.pauses[0]).await;
    let last = match plan.end {
        End::Cut | End::Stays => vec![],
        End::HalfAFrame => frame(0x81, b"half")[..4].to_vec(),
        End::CloseFrame => close(1000, b""),
        End::Violation => frame(0x83, b""),
    };
    let _ = tokio::io::AsyncWriteExt::write_all(&mut raw.pipe, &last).await;
    if !matches!(plan.end, End::Cut | End::HalfAFrame) {
        timeout(Duration::from_secs(60), raw.rest()).await.unwrap_or_else(|_| panic!("no end: {plan:?}"));
    }
    drop(raw);
    if let Some(outside) = outside {
        outside.await.expect("no panic");
    }
}

/// Another task, which uses the verbs whenever it comes to it.
async fn outside(storm: Storm, life: usize) {
    let find = || {
        storm.0.sockets.lock().expect("no panic under it").iter().rev().find_map(|socket| {
            let (_, own) = socket.handshake().query().rsplit_once("life=")?;
            (own == life.to_string()).then(|| socket.clone())
        })
    };
    // on the plain wire it may not be there yet
    let socket = loop {
        match find() {
            Some(socket) => break socket,
            None => tokio::task::yield_now().await,
        }
    };
    let plan = Plan::of(life);
    for verb in plan.verbs {
        pause(plan.pauses[2]).await;
        storm.perform(&socket, verb);
    }
}

/// Real time passes on threads.
const SHORT: Duration = Duration::from_millis(50);

/// So many lives, some of them at once.
async fn storm(lives: usize, at_once: usize) {
    let storm = Storm::default();
    let io = SocketIo::builder()
        .discover_in(module_path!())
        .config(settled(Config::new().ack_timeout(SHORT).close_timeout(SHORT).max_pending_acks(8)))
        .state(storm.clone())
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let mut running = JoinSet::new();
    for life in 0..lives {
        if running.len() >= at_once {
            running.join_next().await.expect("one").expect("no panic");
        }
        running.spawn(live(io.clone(), storm.clone(), life));
    }
    while let Some(life) = running.join_next().await {
        life.expect("no panic");
    }
    assert_nothing_is_left(&io).await;
    assert_eq!(storm.assert_orders(), lives, "each has connected");
    storm.0.sockets.lock().expect("no panic under it").iter().for_each(assert_bare);
    let inside = &storm.0;
    let questions = timeout(Duration::from_secs(10), async {
        while inside.answered.load(Ordering::SeqCst) < inside.asked.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    });
    questions.await.expect("every question comes to an end");
}

/// Guarantee 3, whatever is done, where and when: on one thread, where every run is the same.
#[tokio::test(start_paused = true)]
async fn thousands_of_lives_keep_their_order() {
    storm(2500, 6).await;
}

/// Guarantee 3, whatever is done, where and when: on several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_lives_keep_their_order_on_threads() {
    storm(2000, 32).await;
}
