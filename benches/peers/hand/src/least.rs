//! The floor under a connection on tokio: what echoes, can be reached by others, and notices that the peer is silent, and
//! nothing else. It echoes small whole frames; whatever else comes ends the connection.

use std::{
    collections::HashMap,
    future::poll_fn,
    io,
    pin::pin,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

/// How others reach the connections.
static CONNECTIONS: LazyLock<Mutex<HashMap<u64, Arc<Mailbox>>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Mailbox(Mutex<Mail>);

#[derive(Default)]
struct Mail {
    frames: Vec<u8>,
    owner: Option<Waker>,
}

pub(crate) async fn serve(stream: TcpStream) {
    let mailbox = Arc::new(Mailbox::default());
    let id = {
        let mut connections = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
        // none is taken out before the program ends
        let id = connections.len() as u64;
        connections.insert(id, Arc::clone(&mailbox));
        id
    };
    let mut silent = pin!(sleep_until(Instant::now() + SILENCE));
    let _ended = poll_fn(|cx| step(cx, &stream, &mailbox, silent.as_mut())).await;
    if let Some(mailbox) = CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&id) {
        *mailbox = Arc::default();
    }
}

fn step(
    cx: &mut Context<'_>,
    stream: &TcpStream,
    mailbox: &Mailbox,
    mut silent: std::pin::Pin<&mut Sleep>,
) -> Poll<io::Result<()>> {
    let mut mail = mailbox.0.lock().unwrap_or_else(PoisonError::into_inner);
    if !mail.frames.is_empty() {
        write(stream, &std::mem::take(&mut mail.frames))?;
    }
    if mail.owner.as_ref().is_none_or(|owner| !owner.will_wake(cx.waker())) {
        mail.owner = Some(cx.waker().clone());
    }
    drop(mail);
    // sixteen messages of the usual size
    let mut buffer = [0; 4096];
    while stream.poll_read_ready(cx)?.is_ready() {
        let length = match stream.try_read(&mut buffer) {
            Ok(0) => return Poll::Ready(Ok(())),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let Some(length) = echo(&mut buffer[..length]) else { return Poll::Ready(Ok(())) };
        write(stream, &buffer[..length])?;
        silent.as_mut().reset(Instant::now() + SILENCE);
    }
    silent.poll(cx).map(|()| Ok(()))
}

/// Makes answers of masked frames, in place. `None`: one is not a whole text of up to 64 KiB.
fn echo(buffer: &mut [u8]) -> Option<usize> {
    let (mut at, mut to) = (0, 0);
    while at < buffer.len() {
        let head = if buffer.get(at + 1)? & 127 == 126 { 4 } else { 2 };
        let length = match head {
            2 => usize::from(buffer[at + 1] & 127),
            _ => usize::from(u16::from_be_bytes([*buffer.get(at + 2)?, *buffer.get(at + 3)?])),
        };
        if buffer[at] != TEXT || buffer[at + 1] & 128 == 0 || buffer.len() < at + head + 4 + length {
            return None;
        }
        let mask: [u8; 4] = buffer[at + head..at + head + 4].try_into().ok()?;
        buffer[at + 1] &= 127;
        buffer.copy_within(at..at + head, to);
        let payload = at + head + 4;
        unmask(&mut buffer[payload..payload + length], mask);
        buffer.copy_within(payload..payload + length, to + head);
        (at, to) = (payload + length, to + head + length);
    }
    Some(to)
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut();
    let twice = u64::from(u32::from_ne_bytes(mask)) * 0x1_0000_0001;
    words.iter_mut().for_each(|word| *word = (u64::from_ne_bytes(*word) ^ twice).to_ne_bytes());
    rest.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
}

/// A peer that does not read is not waited for.
fn write(stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    if stream.try_write(bytes)? == bytes.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// A whole text.
const TEXT: u8 = 0x81;

const SILENCE: Duration = Duration::from_secs(45);
