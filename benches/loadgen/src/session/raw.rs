//! Raw TCP: every `size` bytes are a message.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::{Readiness, Stage};
use crate::link::Link;

pub(crate) struct Raw {
    link: Link,
    size: usize,
    stage: Stage,
}

impl Raw {
    pub(super) fn open(link: Link, size: usize) -> Self {
        Self { link, size, stage: Stage::Opening }
    }

    pub(super) fn ready(
        &mut self,
        readiness: Readiness,
        scratch: &mut [u8],
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        self.link.fill(scratch, readiness.hung_up)?;
        // the first event says that the socket is connected; a refusal has failed in `fill`
        self.stage = Stage::Open;
        let input = self.link.take_input();
        let messages = input.chunks_exact(self.size);
        let consumed = input.len() - messages.remainder().len();
        for message in messages {
            deliver(message, self.link.read_at())?;
        }
        self.link.put_back(input, consumed);
        ensure!(!self.link.has_ended(), "the server closed a connection");
        self.link.flush()
    }

    pub(super) fn send(&mut self, text: &[u8]) {
        self.link.output().extend_from_slice(text);
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.link.flush()
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }
}
