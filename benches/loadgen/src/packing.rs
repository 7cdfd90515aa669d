//! permessage-deflate (RFC 7692), as a browser speaks it: whatever it sends is compressed.

use std::cell::RefCell;

use anyhow::{Context, Result, ensure};
use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush};

/// What is offered.
pub(crate) const OFFER: &str = "permessage-deflate";

pub(crate) struct Packing {
    /// Of this connection, if the server goes on with its window; otherwise that of all of them is used.
    window: Option<Box<Inflate>>,
}

impl Packing {
    /// What the server has answered to [`OFFER`].
    pub(crate) fn agreed(answer: Option<&str>) -> Result<Self> {
        let answer = answer.context("the server does not compress")?;
        let mut words = answer.split(';').map(str::trim);
        ensure!(words.next() == Some(OFFER), "another extension: {answer}");
        let keeps_window = !answer.contains("server_no_context_takeover");
        Ok(Self { window: keeps_window.then(|| Box::new(new_inflate())) })
    }

    /// Reads a compressed message.
    pub(crate) fn unpacked(&mut self, payload: &[u8]) -> Result<Vec<u8>> {
        match &mut self.window {
            Some(window) => inflated(window, payload),
            None => INFLATE.with_borrow_mut(|inflate| {
                inflate.reset(false);
                inflated(inflate, payload)
            }),
        }
    }
}

/// Compresses a message, without what went before: a server that keeps the window takes that as well.
pub(crate) fn packed(message: &[u8]) -> Result<Vec<u8>> {
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        let mut out = vec![0; message.len() + message.len() / 8 + 64];
        deflate.compress(message, &mut out, DeflateFlush::SyncFlush).ok().context("deflate")?;
        out.truncate(deflate.total_out() as usize);
        ensure!(out.ends_with(&FLUSHED), "deflate did not end");
        out.truncate(out.len() - FLUSHED.len());
        Ok(out)
    })
}

fn inflated(inflate: &mut Inflate, payload: &[u8]) -> Result<Vec<u8>> {
    let (mut out, start) = (vec![0; payload.len() * 4 + 256], inflate.total_out());
    for input in [payload, &FLUSHED] {
        let mut rest = input;
        while !rest.is_empty() {
            let (read, wrote) = (inflate.total_in(), (inflate.total_out() - start) as usize);
            if wrote == out.len() {
                out.resize(2 * wrote, 0);
            }
            let status = inflate.decompress(rest, &mut out[wrote..], InflateFlush::SyncFlush);
            status.ok().context("the server's message cannot be inflated")?;
            rest = &rest[(inflate.total_in() - read) as usize..];
        }
    }
    out.truncate((inflate.total_out() - start) as usize);
    Ok(out)
}

fn new_inflate() -> Inflate {
    Inflate::new(false, WINDOW)
}

thread_local! {
    static DEFLATE: RefCell<Deflate> = RefCell::new(Deflate::new(LEVEL, false, WINDOW));
    static INFLATE: RefCell<Inflate> = RefCell::new(new_inflate());
}

const WINDOW: u8 = 15;
/// The fastest: what the load generator sends is not what is measured.
const LEVEL: i32 = 1;
/// The end of a flush, which is not sent (RFC 7692, section 7.2.1).
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in() {
        for answer in ["permessage-deflate", "permessage-deflate; server_no_context_takeover"] {
            let mut packing = Packing::agreed(Some(answer)).expect("known");
            for message in [&b""[..], b"Hello", &[b'x'; 100_000], &[7; 300]] {
                assert_eq!(packing.unpacked(&packed(message).expect("packed")).expect("whole"), message);
            }
        }
        assert!(Packing::agreed(None).is_err() && Packing::agreed(Some("other")).is_err());
    }

    #[test]
    fn a_server_may_go_on_with_its_window() {
        let mut server = Deflate::new(6, false, WINDOW);
        let mut packing = Packing::agreed(Some("permessage-deflate")).expect("known");
        let mut lengths = vec![];
        for _ in 0..3 {
            let (mut out, before) = (vec![0; 200], server.total_out());
            server.compress(b"a message that comes again", &mut out, DeflateFlush::SyncFlush).expect("room");
            out.truncate((server.total_out() - before) as usize - FLUSHED.len());
            assert_eq!(packing.unpacked(&out).expect("whole"), b"a message that comes again");
            lengths.push(out.len());
        }
        assert!(lengths[1] < lengths[0] / 2, "{lengths:?}");
    }
}
