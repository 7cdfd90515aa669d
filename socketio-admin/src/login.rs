//! Who is an administrator: names and passwords, sessions, and how often a wrong one may be tried.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use socketio::{ClientError, extract::Handshake};
use tokio::{sync::Semaphore, task::spawn_blocking, time::Instant};

/// A text is not a hash of bcrypt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hash of the administrator's password is not one of bcrypt")]
pub struct InvalidHash;

/// What the UI sends in its `auth`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Credentials {
    username: Option<String>,
    password: Option<String>,
    session_id: Option<String>,
}

/// Decides who is an administrator.
pub(crate) struct Login {
    /// `None`: everybody.
    user: Option<User>,
    header: Option<String>,
    /// One hash is tens of milliseconds of a core: this many at once.
    hashing: Semaphore,
    waiting: Semaphore,
    state: Mutex<State>,
}

struct User {
    name: String,
    hash: String,
}

#[derive(Default)]
struct State {
    sessions: HashMap<String, Instant>,
    failures: HashMap<Option<IpAddr>, Failures>,
}

/// The failed log-ins of an address, as a bucket: it has room for [`BURST`], and loses one in each [`REFILL`].
#[derive(Clone, Copy)]
struct Failures {
    /// When it is empty again.
    until: Instant,
}

const AT_ONCE: usize = 2;
const MAX_WAITING: usize = 16;
const MAX_SESSIONS: usize = 1_000;
const SESSION: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_ADDRESSES: usize = 1_000;
const BURST: u32 = 5;
const REFILL: Duration = Duration::from_secs(12);
/// bcrypt looks at 72 bytes; longer ones are not even hashed.
const MAX_PASSWORD: usize = 72;

impl Login {
    pub(crate) fn with_user(name: String, hash: String) -> Result<Self, InvalidHash> {
        // a hash of the wrong form is an error of `verify`
        bcrypt::verify("", &hash).map_err(|_| InvalidHash)?;
        Ok(Self::new(Some(User { name, hash })))
    }

    pub(crate) fn open() -> Self {
        Self::new(None)
    }

    fn new(user: Option<User>) -> Self {
        Self {
            user,
            header: None,
            hashing: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(MAX_WAITING),
            state: Mutex::default(),
        }
    }

    pub(crate) fn trust_header(&mut self, name: String) {
        self.header = Some(name);
    }

    /// Lets an administrator in. A new session, if one was made.
    pub(crate) async fn check(
        &self,
        credentials: Credentials,
        handshake: &Handshake,
    ) -> Result<Option<String>, ClientError> {
        let Some(user) = &self.user else { return Ok(None) };
        let Credentials { username, password, session_id } = credentials;
        if let Some(session) = session_id
            && self.state().knows(&session, Instant::now())
        {
            return Ok(None);
        }
        // a page that has no credentials yet, or a session that is over: nothing was tried
        let (Some(name), Some(password)) = (username, password) else { return Err(invalid()) };
        let address = self.address(handshake);
        if let Err(wait) = self.state().may_try(address, Instant::now()) {
            return Err(too_many(wait));
        }
        let is_right = self.verify(user, &name, password).await?;
        if !is_right {
            self.state().note_failure(address, Instant::now());
            return Err(invalid());
        }
        let session = new_session()?;
        self.state().keep(session.clone(), Instant::now());
        Ok(Some(session))
    }

    /// The password is hashed whatever the name, so that time does not tell which names there are.
    async fn verify(&self, user: &User, name: &str, password: String) -> Result<bool, ClientError> {
        if password.len() > MAX_PASSWORD {
            return Ok(false);
        }
        let Ok(_waiting) = self.waiting.try_acquire() else { return Err(too_many(Duration::from_secs(1))) };
        let _hashing = self.hashing.acquire().await.map_err(ClientError::internal)?;
        let hash = user.hash.clone();
        let matches = spawn_blocking(move || bcrypt::verify(password, &hash).unwrap_or(false)).await;
        Ok(matches.map_err(ClientError::internal)? && name == user.name)
    }

    fn address(&self, handshake: &Handshake) -> Option<IpAddr> {
        let address = match &self.header {
            None => handshake.address().map(|address| address.ip()),
            Some(name) => {
                let values = handshake.headers().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                values.last().and_then(|(_, value)| value.rsplit(',').next()?.trim().parse().ok())
            }
        };
        // what one subscriber of an IPv6 network has is a whole network
        address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
            }
            four @ IpAddr::V4(_) => four,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn knows(&self, session: &str, now: Instant) -> bool {
        self.sessions.get(session).is_some_and(|until| *until > now)
    }

    fn keep(&mut self, session: String, now: Instant) {
        self.sessions.retain(|_, until| *until > now);
        if self.sessions.len() >= MAX_SESSIONS
            && let Some(oldest) =
                self.sessions.iter().min_by_key(|(_, until)| **until).map(|(id, _)| id.clone())
        {
            self.sessions.remove(&oldest);
        }
        self.sessions.insert(session, now + SESSION);
    }

    fn may_try(&self, address: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let Some(failures) = self.failures.get(&address) else { return Ok(()) };
        // so much of it is full; one more must fit
        let full = failures.until.saturating_duration_since(now);
        let room = REFILL * (BURST - 1);
        if full > room { Err(full - room) } else { Ok(()) }
    }

    fn note_failure(&mut self, address: Option<IpAddr>, now: Instant) {
        if self.failures.len() >= MAX_ADDRESSES && !self.failures.contains_key(&address) {
            self.failures.retain(|_, failures| failures.until > now);
            let first = self.failures.iter().min_by_key(|(_, failures)| failures.until);
            if self.failures.len() >= MAX_ADDRESSES
                && let Some(first) = first.map(|(address, _)| *address)
            {
                self.failures.remove(&first);
            }
        }
        let failures = self.failures.entry(address).or_insert(Failures { until: now });
        failures.until = failures.until.max(now) + REFILL;
    }
}

fn new_session() -> Result<String, ClientError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| ClientError::internal(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The UI shows its log-in again at exactly this text.
fn invalid() -> ClientError {
    ClientError::new("unauthorized", "invalid credentials")
}

fn too_many(wait: Duration) -> ClientError {
    #[derive(serde::Serialize)]
    struct Data {
        retry_after_ms: u64,
    }
    let error = ClientError::new("rate_limited", "too many failed log-ins, try again later");
    let retry_after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    error.clone().with_data(&Data { retry_after_ms }).unwrap_or(error)
}

impl fmt::Debug for Login {
    /// Neither names nor hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("is_open", &self.user.is_none()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_bounded() {
        let (mut state, now) = (State::default(), Instant::now());
        for i in 0..2 * MAX_ADDRESSES as u32 {
            state.note_failure(Some(IpAddr::from(i.to_be_bytes())), now + Duration::from_millis(i.into()));
            state.keep(i.to_string(), now + Duration::from_millis(i.into()));
        }
        assert_eq!([state.failures.len(), state.sessions.len()], [MAX_ADDRESSES, MAX_SESSIONS]);
        assert!(!state.knows("0", now) && state.knows("1999", now), "the oldest has ended");
        assert!(!state.knows("1999", now + SESSION + SESSION));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_of_failures_empties_with_time() {
        let (mut state, now) = (State::default(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(state.may_try(None, now), Ok(()));
            state.note_failure(None, now);
        }
        assert_eq!(state.may_try(None, now), Err(REFILL));
        assert_eq!(state.may_try(None, now + REFILL), Ok(()));
    }
}
