//! Engine.IO long polling without anything that makes it one: what axum and hyper alone cost for a GET and a POST.
//!
//! Packets of events are echoed as they came. There is no check, no limit, no heartbeat, and no session ever ends.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
};
use tokio::sync::{Mutex as Turn, mpsc};

type Session = (mpsc::Sender<String>, Arc<Turn<mpsc::Receiver<String>>>);

/// By number; the next number is how many there are.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<usize, Session>>>);

impl Sessions {
    fn open(&self) -> usize {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = sessions.len();
        let (to_client, waiting) = mpsc::channel(WAITING);
        sessions.insert(number, (to_client, Arc::new(Turn::new(waiting))));
        number
    }

    /// The session that the query names, if it names one.
    fn find(&self, query: Option<String>) -> Option<Session> {
        let query = query?;
        let (_, sid) = query.split_once("&sid=")?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&sid.parse().ok()?).cloned()
    }
}

/// A GET: what waits for the client, or the first thing that comes.
pub(crate) async fn poll(State(sessions): State<Sessions>, RawQuery(query): RawQuery) -> String {
    let Some((_, waiting)) = sessions.find(query) else {
        let sid = sessions.open();
        return format!(
            r#"0{{"sid":"{sid}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
        );
    };
    let mut waiting = waiting.lock().await;
    let mut payload = waiting.recv().await.unwrap_or_default();
    while let Ok(packet) = waiting.try_recv() {
        payload.push(SEPARATOR);
        payload.push_str(&packet);
    }
    payload
}

/// A POST: its events go back.
pub(crate) async fn post(
    State(sessions): State<Sessions>,
    RawQuery(query): RawQuery,
    body: String,
) -> Result<&'static str, StatusCode> {
    let (to_client, _) = sessions.find(query).ok_or(StatusCode::BAD_REQUEST)?;
    for packet in body.split(SEPARATOR) {
        let answer = if packet == "40" { r#"40{"sid":"-"}"# } else { packet };
        to_client.send(answer.to_owned()).await.map_err(|_| StatusCode::GONE)?;
    }
    Ok("ok")
}

/// Stands between the packets of a payload.
const SEPARATOR: char = '\x1e';
/// Packets that may wait for a client.
const WAITING: usize = 64;
