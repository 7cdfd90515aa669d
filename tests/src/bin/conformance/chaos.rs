//! `chaos`: numbered broadcasts without an end, for clients whose connections break.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use socketio::{SocketIo, State, event, on};
use tokio::time::{MissedTickBehavior, interval};

use crate::Made;

/// The number of the last broadcast.
#[derive(Clone, Default)]
struct Last(Arc<AtomicU64>);

#[on("last")]
fn last(State(last): State<Last>) -> u64 {
    last.0.load(Ordering::SeqCst)
}

pub(crate) fn server() -> Made {
    let last = Last::default();
    let config = crate::config()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(300))
        .recovery(Duration::from_secs(120))
        .any_origin();
    let io = SocketIo::builder().discover_in(module_path!()).state(last.clone()).config(config).build()?;
    let app = Router::new().merge(io.router());
    let all = io.clone();
    tokio::spawn(async move {
        let mut ticks = interval(Duration::from_millis(10));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !all.is_draining() {
            ticks.tick().await;
            all.emit(event!("tick", last.0.fetch_add(1, Ordering::SeqCst) + 1));
        }
    });
    Ok((io, app))
}
