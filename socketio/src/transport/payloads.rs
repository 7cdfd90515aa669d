//! The bodies of a session that polls, in the form of its revision.

use bytes::Bytes;

use crate::{
    connection::{Payload, PostBody, Taken},
    proto::engine::{
        self, Revision,
        packet::{self, PacketError},
        payload::{self, Part, v3},
    },
    transport::Received,
};

/// How the packets of a session are written into one body.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form {
    pub(super) revision: Revision,
    /// The client takes text only.
    pub(super) text_only: bool,
}

impl Form {
    /// These packets alone.
    pub(super) fn of(self, packets: &[&str]) -> Payload {
        let mut body = String::new();
        match self.revision {
            Revision::V4 => packets.iter().for_each(|packet| payload::append(&mut body, packet)),
            Revision::V3 => {
                let mut bytes = vec![];
                packets.iter().for_each(|packet| v3::append(&mut bytes, packet));
                return Payload::of(bytes);
            }
        }
        Payload::of(body)
    }

    /// The packets of everything that was taken.
    pub(super) fn taken(self, taken: &Taken) -> (Vec<u8>, bool) {
        let own = &taken.own[taken.own_at..];
        let frames = || std::iter::once(own).chain(taken.shared.iter().chain(&taken.rest).map(Bytes::as_ref));
        match self.revision {
            Revision::V4 => {
                let mut body = String::new();
                frames().for_each(|frames| payload::append_frames(&mut body, frames));
                (body.into(), false)
            }
            Revision::V3 => {
                let mut body = vec![];
                let is_bytes = !self.text_only && frames().any(v3::has_binary);
                let append = if is_bytes { v3::append_frames_as_bytes } else { v3::append_frames };
                frames().for_each(|frames| append(&mut body, frames));
                (body, is_bytes)
            }
        }
    }

    /// The packet of a POST that begins at this byte, and where the next one does, if there is one.
    pub(super) fn read(self, body: &PostBody, at: usize) -> (Result<Received, PacketError>, Option<usize>) {
        let (part, rest) = match body {
            PostBody::Text(text) => {
                let text = &text.as_str()[at..];
                let (part, rest) = match self.revision {
                    Revision::V4 => payload::split_first(text),
                    Revision::V3 => v3::split_first(text),
                };
                (part, rest.map(str::len))
            }
            PostBody::Bytes(bytes) => {
                let (part, rest) = v3::split_first_bytes(&bytes[at..]);
                (part, rest.map(<[u8]>::len))
            }
        };
        let received = part.and_then(|part| match part {
            Part::Binary(bytes) => Ok(Received::Binary(bytes.into())),
            // an unreadable packet ends the session at once; what is wrong inside one, in an orderly way
            Part::Text(text) => {
                engine::decode(text, self.revision)?;
                Ok(Received::Text(match body {
                    PostBody::Text(body) if body.len() == text.len() => body.clone(),
                    // a copy: a part of the body would keep all of it in memory
                    _ => text.to_owned().into(),
                }))
            }
        });
        (received, rest.map(|rest| body.len() - rest))
    }

    /// Does the client end the session in this POST?
    pub(super) fn has_close(self, body: &PostBody) -> bool {
        let mut at = Some(0);
        while let Some(start) = at {
            let (received, next) = self.read(body, start);
            match received {
                Ok(Received::Text(text)) if text.as_str() == packet::CLOSE_PACKET => return true,
                _ => at = next,
            }
        }
        false
    }
}
