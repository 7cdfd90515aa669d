//! A history that says what a test wants: what clients get that want their sockets back, and what is counted of it.

use std::sync::{Arc, Mutex};

use crate::{
    Config, SocketIo,
    cluster::{
        Cluster, Full, History, Kept, Lookup, Node, NotConnected, NotRecovered, Operation, Position,
        Question, Session,
    },
    socket::Pid,
    tests::kit::{TestClient, builder},
};

/// What is answered to the next client: its session, then what it missed. `None`: never.
struct Says {
    session: Option<Result<(), NotRecovered>>,
    missed: Option<Result<(), NotRecovered>>,
}

#[derive(Clone)]
struct Keeper(Arc<Mutex<Says>>);

/// The id of every session.
const ID: &str = "ABCDEFGHIJKLMNOPQRST";

fn answer<T: Send + 'static>(says: Option<Result<T, NotRecovered>>) -> Lookup<Result<T, NotRecovered>> {
    match says {
        Some(answer) => Box::pin(std::future::ready(answer)),
        None => Box::pin(std::future::pending()),
    }
}

impl History for Keeper {
    fn position(&self, _: &str) -> Option<Position> {
        Position::new(1000, 0)
    }

    fn store(&self, _: &Session, _: bool, _: std::time::Duration) {}

    fn forget(&self, _: &str) {}

    fn take(&self, _: &str, pid: &str) -> Lookup<Result<Session, NotRecovered>> {
        let session =
            Session { pid: pid.to_owned(), id: ID.to_owned(), rooms: vec![], data: None, node: None };
        answer(self.0.lock().expect("no panic").session.map(|says| says.map(|()| session)))
    }

    fn read(&self, _: &str, _: Position, _: Position) -> Lookup<Result<Vec<Kept>, NotRecovered>> {
        answer(self.0.lock().expect("no panic").missed.map(|says| says.map(|()| vec![])))
    }
}

impl Cluster for Keeper {
    fn start(&self, _: Node) {}

    fn publish(&self, _: &Operation<'_>) -> Result<(), Full> {
        Ok(())
    }

    fn ask(&self, _: &Question<'_>) -> Result<(), NotConnected> {
        Err(NotConnected)
    }

    fn history(&self) -> Option<&dyn History> {
        Some(self)
    }

    fn close(&self) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

/// Returns `true` if a client that comes with this offset has its socket back.
async fn recovers(io: &SocketIo, offset: Option<&str>) -> bool {
    let mut client = TestClient::packets(io).await;
    let known = serde_json::json!({ "pid": Pid::new().reveal(), "offset": offset });
    client.send(format!("40{known}")).await;
    client.text().await.contains(ID)
}

#[tokio::test(start_paused = true)]
async fn each_reason_why_a_client_gets_a_fresh_socket_is_counted_apart() {
    let says = Arc::new(Mutex::new(Says { session: None, missed: None }));
    let config = Config::new().recovery(std::time::Duration::from_secs(60));
    let (builder, ..) = builder("socketio::tests::cluster");
    let io = builder.config(config).cluster(Keeper(says.clone())).build().expect("a server");
    let old = Some("999-0");
    for (session, missed, offset, outcome) in [
        (Some(Ok(())), Some(Ok(())), old, "restored"),
        // it is in the log of the server: nothing is read
        (Some(Ok(())), None, Some("1000-0"), "restored"),
        (Some(Err(NotRecovered::NoSession)), None, old, "no_session"),
        (None, None, None, "no_offset"),
        (None, None, Some("of another server"), "foreign_offset"),
        (Some(Ok(())), Some(Err(NotRecovered::Trimmed)), old, "trimmed"),
        (Some(Ok(())), Some(Err(NotRecovered::TooMuch)), old, "too_much"),
        (None, None, old, "timed_out"),
        (Some(Ok(())), None, old, "timed_out"),
        (Some(Err(NotRecovered::NotConnected)), None, old, "not_connected"),
    ] {
        *says.lock().expect("no panic") = Says { session, missed };
        let count = |io: &SocketIo| {
            let stats = io.stats();
            let one = stats.get("socketio_recoveries_total", &[("outcome", outcome)]);
            (one.expect("a figure"), stats.sum("socketio_recoveries_total"))
        };
        let (one, all) = count(&io);
        assert_eq!(recovers(&io, offset).await, outcome == "restored", "{outcome}");
        assert_eq!(count(&io), (one + 1, all + 1), "{outcome}");
    }
}
