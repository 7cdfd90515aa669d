//! Socket.IO over HTTP long polling: one socket on which a GET always waits, one for the POSTs.

use std::mem;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::{Readiness, Stage};
use crate::http::{self, Response};
use crate::link::Link;
use crate::options::Options;

pub(crate) struct Polling {
    down: Link,
    up: Link,
    host: SocketAddr,
    /// Path and query of every request; gets `&sid=` once there is one.
    target: String,
    step: Step,
    /// Packets for the next POST, with separators between them.
    outgoing: Vec<u8>,
    /// Engine.IO allows one POST at a time.
    is_posting: bool,
}

/// What the next packet has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    EngineOpen,
    NamespaceOpen,
    Messages,
}

impl Polling {
    pub(super) fn open(down: Link, up: Link, options: &Options) -> Result<Self> {
        let target = format!("{}?EIO=4&transport=polling", options.path());
        let host = options.addr;
        let step = Step::EngineOpen;
        let mut polling = Self { down, up, host, target, step, outgoing: Vec::new(), is_posting: false };
        polling.poll()?;
        Ok(polling)
    }

    pub(super) fn ready(
        &mut self,
        readiness: Readiness,
        scratch: &mut [u8],
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        let is_down = readiness.link == DOWN;
        let link = if is_down { &mut self.down } else { &mut self.up };
        link.fill(scratch, readiness.hung_up)?;
        let input = link.take_input();
        let response = http::read(&input)?;
        let consumed = response.as_ref().map_or(0, |response| response.length);
        // requests do not overlap on a socket, so neither do responses
        ensure!(consumed == 0 || consumed == input.len(), "bytes after a response");
        link.put_back(input, consumed);
        ensure!(!link.has_ended(), "the server closed a connection");
        link.flush()?;
        match response {
            Some(response) if is_down => self.polled(&response, deliver),
            Some(response) => self.posted(&response),
            None => Ok(()),
        }
    }

    pub(super) fn send(&mut self, packet: &[u8]) {
        if !self.outgoing.is_empty() {
            self.outgoing.push(SEPARATOR);
        }
        self.outgoing.extend_from_slice(packet);
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        if self.is_posting || self.outgoing.is_empty() {
            return Ok(());
        }
        self.is_posting = true;
        http::post(self.host, &self.target, &mem::take(&mut self.outgoing), self.up.output());
        self.up.flush()
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.down.bytes_read() + self.up.bytes_read()
    }

    pub(super) fn link(&self) -> &Link {
        &self.down
    }

    pub(super) fn stage(&self) -> Stage {
        if self.step == Step::Messages { Stage::Open } else { Stage::Opening }
    }

    fn poll(&mut self) -> Result<()> {
        http::get(self.host, &self.target, self.down.output());
        self.down.flush()
    }

    fn polled(
        &mut self,
        response: &Response,
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        ensure!(response.status == 200, "GET answered {}: {}", response.status, lossy(&response.body));
        let at = self.down.read_at();
        for packet in response.body.split(|byte| *byte == SEPARATOR) {
            match (packet, self.step) {
                ([b'0', open @ ..], Step::EngineOpen) => {
                    self.target.push_str("&sid=");
                    self.target.push_str(&session_id(open)?);
                    self.send(b"40");
                    self.step = Step::NamespaceOpen;
                }
                ([b'4', b'0', b'{', ..], Step::NamespaceOpen) => self.step = Step::Messages,
                (b"2", _) => self.send(b"3"),
                (b"6", _) => {}
                ([b'4', ..], Step::Messages) => deliver(packet, at).context("on long polling")?,
                (other, step) => bail!("unexpected packet at {step:?}: {}", lossy(other)),
            }
        }
        self.poll()?;
        self.flush()
    }

    fn posted(&mut self, response: &Response) -> Result<()> {
        let is_ok = response.status == 200 && response.body == b"ok";
        ensure!(is_ok, "POST answered {}: {}", response.status, lossy(&response.body));
        self.is_posting = false;
        self.flush()
    }
}

fn session_id(open: &[u8]) -> Result<String> {
    let open: serde_json::Value = serde_json::from_slice(open).context("the Engine.IO open packet")?;
    Ok(open["sid"].as_str().context("no sid in the Engine.IO open packet")?.to_owned())
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Number of the socket that polls.
const DOWN: usize = 0;
/// Engine.IO 4: packets of one payload are separated by this byte.
const SEPARATOR: u8 = 0x1E;
