//! WebSocket, bare or with Engine.IO and Socket.IO on top of it.

use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use super::{Readiness, Stage};
use crate::frame::{self, Frame};
use crate::http;
use crate::link::Link;
use crate::options::{Options, Wire};
use crate::packing::{self, Packing};

pub(crate) struct WebSocket {
    link: Link,
    step: Step,
    is_socket_io: bool,
    offers_packing: bool,
    packing: Option<Packing>,
}

/// What the session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The answer to the HTTP request.
    Upgrade,
    /// Engine.IO `0{..}`.
    EngineOpen,
    /// Socket.IO `40{..}`.
    NamespaceOpen,
    Messages,
    /// The server's close frame.
    Close,
    Nothing,
}

impl WebSocket {
    pub(super) fn open(mut link: Link, options: &Options) -> Result<Self> {
        let is_socket_io = options.wire == Wire::Sio;
        let query = if is_socket_io { "?EIO=4&transport=websocket" } else { "" };
        let offer = options.deflate.then_some(packing::OFFER);
        let request = http::upgrade_request(options.addr, &format!("{}{query}", options.path()), offer);
        link.output().extend_from_slice(request.as_bytes());
        link.flush()?;
        Ok(Self { link, step: Step::Upgrade, is_socket_io, offers_packing: options.deflate, packing: None })
    }

    pub(super) fn ready(
        &mut self,
        readiness: Readiness,
        scratch: &mut [u8],
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        self.link.fill(scratch, readiness.hung_up)?;
        let input = self.link.take_input();
        let consumed = self.read(&input, deliver)?;
        self.link.put_back(input, consumed);
        if self.link.has_ended() {
            ensure!(matches!(self.step, Step::Close | Step::Nothing), "the server closed a connection");
            self.step = Step::Nothing;
            return Ok(());
        }
        self.link.flush()
    }

    pub(super) fn send(&mut self, text: &[u8]) {
        let out = self.link.output();
        match self.packing.as_ref().and_then(|_| packing::packed(text).ok()) {
            Some(packed) => frame::write(frame::PACKED | frame::TEXT, &packed, out),
            None => frame::write(frame::TEXT, text, out),
        }
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.link.flush()
    }

    pub(super) fn close(&mut self) -> Result<()> {
        self.step = Step::Close;
        frame::write(frame::CLOSE, &NORMAL_CLOSURE, self.link.output());
        self.link.flush()
    }

    pub(super) fn reset(&mut self) -> Result<()> {
        self.step = Step::Nothing;
        self.link.shutdown()
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn stage(&self) -> Stage {
        match self.step {
            Step::Upgrade | Step::EngineOpen | Step::NamespaceOpen => Stage::Opening,
            Step::Messages => Stage::Open,
            Step::Close => Stage::Closing,
            Step::Nothing => Stage::Closed,
        }
    }

    /// Reads everything complete in `input` and says how many bytes that was.
    fn read(&mut self, input: &[u8], deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>) -> Result<usize> {
        let mut consumed = 0;
        if self.step == Step::Upgrade {
            let Some(response) = http::read(input)? else { return Ok(0) };
            http::check_upgrade(&response)?;
            if self.offers_packing {
                self.packing = Some(Packing::agreed(response.header("sec-websocket-extensions"))?);
            }
            consumed = response.length;
            self.step = if self.is_socket_io { Step::EngineOpen } else { Step::Messages };
        }
        while let Some(frame) = frame::read(&input[consumed..], self.packing.is_some())? {
            consumed += frame.length;
            match &mut self.packing {
                Some(packing) if frame.is_packed => {
                    let payload = &packing.unpacked(frame.payload)?;
                    self.handle(&Frame { payload, ..frame }, deliver)?;
                }
                _ => self.handle(&frame, deliver)?,
            }
        }
        Ok(consumed)
    }

    fn handle(
        &mut self,
        frame: &Frame<'_>,
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        match (frame.opcode, self.step) {
            (frame::CLOSE, Step::Close) => self.step = Step::Nothing,
            (frame::CLOSE, _) => bail!("the server closed a connection: {}", close_reason(frame.payload)),
            (frame::PING, _) => frame::write(frame::PONG, frame.payload, self.link.output()),
            (frame::PONG, _) | (frame::TEXT, Step::Close | Step::Nothing) => {}
            (frame::TEXT, Step::EngineOpen) => {
                ensure!(
                    frame.payload.starts_with(b"0{"),
                    "no Engine.IO open packet: {}",
                    lossy(frame.payload)
                );
                self.send(b"40");
                self.step = Step::NamespaceOpen;
            }
            // socketioxide pings at once, before the namespace is open
            (frame::TEXT, _) if self.is_socket_io && frame.payload == b"2" => self.send(b"3"),
            (frame::TEXT, Step::NamespaceOpen) => {
                let accepted = frame.payload.starts_with(br#"40{"sid":"#);
                ensure!(accepted, "the namespace was refused: {}", lossy(frame.payload));
                self.step = Step::Messages;
            }
            (frame::TEXT, Step::Messages) => {
                deliver(frame.payload, self.link.read_at()).context("on a WebSocket")?;
            }
            (opcode, step) => bail!("unexpected frame with opcode {opcode} while waiting for {step:?}"),
        }
        Ok(())
    }
}

fn close_reason(payload: &[u8]) -> String {
    match payload {
        [high, low, text @ ..] => format!("{} {}", u16::from_be_bytes([*high, *low]), lossy(text)),
        _ => "without a code".to_owned(),
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// 1000
const NORMAL_CLOSURE: [u8; 2] = [0x03, 0xE8];
