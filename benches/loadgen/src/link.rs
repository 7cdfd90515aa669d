//! One TCP socket that never blocks, with what was read and not yet understood, and what is not yet written.

use std::io::{ErrorKind, Read, Write};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr};
use std::time::Instant;

use anyhow::{Context, Result};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

pub(crate) struct Link {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    /// `0 <= written <= output.len()`
    written: usize,
    ended: bool,
    read_at: Instant,
    bytes_read: u64,
}

/// How one socket differs from the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) addr: SocketAddr,
    /// Number of the connection since the start; spreads loopback connections over source addresses.
    pub(crate) serial: usize,
    /// A receive buffer so small that a reader who stops is felt at once.
    pub(crate) small_window: bool,
}

impl Link {
    /// Begins to connect; the outcome shows as the first event of the socket.
    pub(crate) fn connect(settings: Settings, registry: &Registry, token: Token) -> Result<Self> {
        let socket = Socket::new(Domain::for_address(settings.addr), Type::STREAM, Some(Protocol::TCP))
            .context("no socket left: is RLIMIT_NOFILE high enough?")?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if settings.small_window {
            socket.set_recv_buffer_size(SMALL_WINDOW)?;
        }
        if settings.addr.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            // one address has about 28 000 ports, and closed connections keep theirs for a while
            let last = 1 + (settings.serial % SOURCES) as u8;
            socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)).into())?;
        }
        match socket.connect(&settings.addr.into()) {
            Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => return Err(error).context("connect"),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            input: Vec::new(),
            output: Vec::new(),
            written: 0,
            ended: false,
            read_at: Instant::now(),
            bytes_read: 0,
        })
    }

    /// Where to append what the next `flush` writes.
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Writes as much as the socket takes; the rest follows when it becomes writable.
    pub(crate) fn flush(&mut self) -> Result<()> {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(length) => self.written += length,
                // not connected: it is still connecting
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("write"),
            }
        }
        self.output.clear();
        self.output.shrink_to(KEPT);
        self.written = 0;
        Ok(())
    }

    /// Reads until the socket is empty. `hung_up`: the event said that the peer has closed its side.
    pub(crate) fn fill(&mut self, scratch: &mut [u8], hung_up: bool) -> Result<()> {
        while !self.ended {
            match self.stream.read(scratch) {
                Ok(0) => self.ended = true,
                Ok(length) => {
                    self.input.extend_from_slice(&scratch[..length]);
                    self.bytes_read += length as u64;
                    // a short read has emptied the socket, and new bytes are a new event (epoll(7));
                    // the end of the stream is not, if it came with the bytes
                    if length < scratch.len() && !hung_up {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("read"),
            }
        }
        self.read_at = Instant::now();
        Ok(())
    }

    /// Takes the input out, so that it can be read while output is written; give the rest back with `put_back`.
    pub(crate) fn take_input(&mut self) -> Vec<u8> {
        mem::take(&mut self.input)
    }

    pub(crate) fn put_back(&mut self, mut input: Vec<u8>, consumed: usize) {
        input.drain(..consumed);
        if input.is_empty() {
            input.shrink_to(KEPT);
        }
        self.input = input;
    }

    /// Both directions end.
    pub(crate) fn shutdown(&self) -> Result<()> {
        self.stream.shutdown(Shutdown::Both).context("shutdown")
    }

    pub(crate) fn local_addr(&self) -> Result<SocketAddr> {
        self.stream.local_addr().context("no address")
    }

    /// The peer has closed its side and everything before that was read.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// All bytes that were read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// When the bytes of the last `fill` were here.
    pub(crate) fn read_at(&self) -> Instant {
        self.read_at
    }
}

/// `EINPROGRESS`, for which `ErrorKind` has no stable name.
const IN_PROGRESS: i32 = 115;
const SMALL_WINDOW: usize = 4096;
/// Room that a buffer keeps when it is empty, so that a large message does not stay in memory on every link.
const KEPT: usize = 64 * 1024;
const SOURCES: usize = 64;
