//! The peer's compressor: zlib's, used as a client uses it.

use std::cell::RefCell;

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

/// A message as a client compresses it.
pub(crate) fn deflated(message: &[u8]) -> Vec<u8> {
    thread_local! {
        // a new one takes longer than the message
        static STREAM: RefCell<Deflate> = RefCell::new(Deflate::new(6, false, 15));
    }
    STREAM.with_borrow_mut(|stream| {
        stream.reset();
        let mut out = vec![0; message.len() + message.len() / 8 + 64];
        stream.compress(message, &mut out, DeflateFlush::SyncFlush).expect("compressed");
        out.truncate(usize::try_from(stream.total_out()).expect("short") - 4);
        out
    })
}

/// What a client with a window of this many bits reads. It inflates piece by piece, so that nothing outside the window is
/// there to be referred to.
pub(crate) fn inflated(payload: &[u8], window: u8) -> Vec<u8> {
    let mut stream = Inflate::new(false, window);
    let mut message = vec![];
    let input = [payload, &[0, 0, 0xff, 0xff]].concat();
    let mut rest = &input[..];
    loop {
        let (mut out, read, wrote) = ([0; 32], stream.total_in(), stream.total_out());
        let status = stream.decompress(rest, &mut out, InflateFlush::SyncFlush).expect("well formed");
        assert_ne!(status, Status::StreamEnd, "no final block is ever sent: undici loses what follows it");
        rest = &rest[(stream.total_in() - read) as usize..];
        let wrote = (stream.total_out() - wrote) as usize;
        message.extend_from_slice(&out[..wrote]);
        if rest.is_empty() && wrote < out.len() {
            return message;
        }
    }
}

/// A file of gzip, with its checksum and its length.
pub(crate) fn gunzipped(file: &[u8]) -> Vec<u8> {
    let mut stream = Inflate::new(true, 16 + 15);
    // as long as it says, modulo 2^32
    let len = file.last_chunk().map_or(0, |len| u32::from_le_bytes(*len));
    let mut out = vec![0; len as usize + 1];
    let status = stream.decompress(file, &mut out, InflateFlush::Finish);
    assert_eq!((status, stream.total_in() as usize), (Ok(Status::StreamEnd), file.len()));
    out.truncate(usize::try_from(stream.total_out()).expect("short"));
    out
}
