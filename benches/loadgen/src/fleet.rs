//! All sessions of a run and the event loop that moves them.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mio::{Events, Poll, Token};

use crate::link::Settings;
use crate::options::Options;
use crate::session::{Readiness, Session, Stage};

/// What is done with the sessions. All calls come from one thread, between two waits for events.
pub(crate) trait Workload {
    /// A complete message is here.
    fn received(&mut self, client: usize, text: &[u8], at: Instant) -> Result<()>;

    /// The client has been read empty: the moment to send more.
    fn refill(&mut self, _client: usize, _session: &mut Session) -> Result<()> {
        Ok(())
    }

    /// All clients that were ready have been read.
    fn turn_done(&mut self, _fleet: &mut Fleet<'_>) -> Result<()> {
        Ok(())
    }
}

/// For times when nobody has asked for anything.
pub(crate) struct Silence;

impl Workload for Silence {
    fn received(&mut self, _: usize, text: &[u8], _: Instant) -> Result<()> {
        bail!("a message nobody asked for: {}", String::from_utf8_lossy(text))
    }
}

pub(crate) struct Fleet<'a> {
    options: &'a Options,
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    sessions: Vec<Session>,
    /// Sessions from this number on are left unread once they are open.
    readers: usize,
    /// Connections begun since the start.
    serial: usize,
    /// Bytes that came since the start, on all of them.
    bytes_read: u64,
}

impl<'a> Fleet<'a> {
    pub(crate) fn new(options: &'a Options) -> Result<Self> {
        Ok(Self {
            options,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            scratch: vec![0; 64 * 1024],
            sessions: Vec::new(),
            readers: usize::MAX,
            serial: 0,
            bytes_read: 0,
        })
    }

    /// Opens `readers` sessions, then `sleepers` that are never read, and returns when all of them are open.
    pub(crate) fn open_all(&mut self, readers: usize, sleepers: usize) -> Result<()> {
        self.readers = readers;
        let mut opening = Vec::new();
        let mut progress = Instant::now();
        while self.sessions.len() < readers + sleepers || !opening.is_empty() {
            while self.sessions.len() < readers + sleepers && opening.len() < OPENING {
                let client = self.sessions.len();
                opening.push(client);
                self.open(client)?;
            }
            self.turn(&mut Silence, TICK)?;
            let before = opening.len();
            opening.retain(|client| self.sessions[*client].stage() == Stage::Opening);
            if opening.len() < before {
                progress = Instant::now();
            }
            let is_stuck = progress.elapsed() > self.options.timeout();
            ensure!(!is_stuck, "{} connections do not open ({} began)", opening.len(), self.sessions.len());
        }
        Ok(())
    }

    /// Begins to open the next client, or the one in the place of a closed one.
    pub(crate) fn open(&mut self, client: usize) -> Result<()> {
        let settings = Settings {
            addr: self.options.addr_of(client),
            serial: self.serial,
            small_window: client >= self.readers,
        };
        self.serial += 1;
        let first = Token(client * Session::LINKS);
        let session = Session::open(self.options, settings, self.poll.registry(), first)?;
        match self.sessions.get_mut(client) {
            Some(closed) => *closed = session,
            None => self.sessions.push(session),
        }
        Ok(())
    }

    /// Waits for events once and serves them all.
    pub(crate) fn turn(&mut self, workload: &mut impl Workload, wait: Duration) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &self.events {
            let client = event.token().0 / Session::LINKS;
            let readiness = Readiness {
                link: event.token().0 % Session::LINKS,
                hung_up: event.is_read_closed() || event.is_error(),
            };
            let session = &mut self.sessions[client];
            if client >= self.readers && session.stage() == Stage::Open {
                continue;
            }
            let before = session.bytes_read();
            session
                .ready(readiness, &mut self.scratch, &mut |text, at| workload.received(client, text, at))
                .with_context(|| format!("client {client}"))?;
            self.bytes_read += session.bytes_read() - before;
            if session.stage() == Stage::Open {
                workload.refill(client, session).with_context(|| format!("client {client}"))?;
            }
        }
        workload.turn_done(self)
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    pub(crate) fn sessions(&mut self) -> &mut [Session] {
        &mut self.sessions
    }

    /// How many of the sessions that nobody reads the server has given up.
    pub(crate) fn dropped_sleepers(&mut self) -> usize {
        let everything = Readiness { link: 0, hung_up: true };
        let mut moved_at = Instant::now();
        loop {
            let mut dropped = 0;
            for session in &mut self.sessions[self.readers..] {
                let mut heard = |_: &[u8], at| {
                    moved_at = at;
                    Ok(())
                };
                dropped += usize::from(session.ready(everything, &mut self.scratch, &mut heard).is_err());
            }
            // the end comes after megabytes in the network, which pass through the small window bit by bit
            if self.readers + dropped == self.sessions.len() || moved_at.elapsed() > QUIET {
                return dropped;
            }
            thread::sleep(Duration::from_micros(100));
        }
    }
}

/// The longest wait for events, so that clocks are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// A sleeper for whom nothing has come for so long was not dropped.
const QUIET: Duration = Duration::from_millis(500);
/// Sessions being opened at a time: fewer than any server's accept queue.
const OPENING: usize = 64;
