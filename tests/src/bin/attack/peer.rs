//! Raw sockets: HTTP by hand, frames by hand.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// One connection, and how much was sent over it.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    pub(crate) sent: usize,
    read: Vec<u8>,
}

impl Peer {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream, sent: 0, read: vec![] })
    }

    /// A WebSocket of the plain bus.
    pub(crate) fn bus(address: SocketAddr) -> io::Result<Self> {
        Self::websocket(address, "/ws", "")
    }

    /// Socket.IO over WebSocket, before it joins anything.
    pub(crate) fn packets(address: SocketAddr) -> io::Result<Self> {
        Self::websocket(address, "/socket.io/?EIO=4&transport=websocket", "")
    }

    pub(crate) fn websocket(address: SocketAddr, path: &str, headers: &str) -> io::Result<Self> {
        let mut peer = Self::connect(address)?;
        peer.write(
            format!(
                "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                 sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
            )
            .as_bytes(),
        )?;
        let head = peer.head()?;
        if !head.starts_with("HTTP/1.1 101") {
            return Err(io::Error::other(head.lines().next().unwrap_or("no answer").to_owned()));
        }
        Ok(peer)
    }

    /// As much as the server takes: it may stop reading.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.sent += bytes.len();
        Ok(())
    }

    /// Writes until nothing was taken for this time; returns how the server has ended it, if it has.
    pub(crate) fn flood(&mut self, mut bytes: &[u8], time: Duration) -> Result<(), io::Error> {
        self.stream.set_write_timeout(Some(time))?;
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(0) => break,
                Ok(written) => {
                    self.sent += written;
                    bytes = &bytes[written..];
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.write(&frame(1, text.as_bytes()))
    }

    /// A question and its answer: how long that took.
    pub(crate) fn ask(&mut self) -> io::Result<Duration> {
        let start = Instant::now();
        self.write(&frame(9, b"?"))?;
        // a pong, or whatever else came
        while self.frame()?.0 != 0x8a {}
        Ok(start.elapsed())
    }

    /// The next frame of the server.
    pub(crate) fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        loop {
            if let [first, len, ..] = self.read[..] {
                let (at, len) = match len {
                    126 if self.read.len() >= 4 => {
                        (4, usize::from(self.read[2]) << 8 | usize::from(self.read[3]))
                    }
                    126 | 127 => (usize::MAX, 0),
                    len => (2, usize::from(len)),
                };
                if at != usize::MAX && self.read.len() >= at + len {
                    let payload = self.read[at..at + len].to_vec();
                    self.read.drain(..at + len);
                    return Ok((first, payload));
                }
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            read => {
                self.read.extend_from_slice(&buffer[..read]);
                Ok(())
            }
        }
    }

    fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.read[..at]).into_owned();
                self.read.drain(..at + 4);
                return Ok(head);
            }
            self.fill()?;
        }
    }

    /// A request on a connection that is kept: status and body.
    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<(u16, String)> {
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        self.write(head.as_bytes())?;
        self.write(body)?;
        self.answer()
    }

    pub(crate) fn answer(&mut self) -> io::Result<(u16, String)> {
        let head = self.head()?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let len: usize = len.and_then(|len| len.trim().parse().ok()).unwrap_or_default();
        while self.read.len() < len {
            self.fill()?;
        }
        let body: Vec<u8> = self.read.drain(..len).collect();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Opens a session that polls; returns the path of its requests.
    pub(crate) fn session(&mut self, headers: &str) -> io::Result<String> {
        let (status, body) = self.request("GET", "/socket.io/?EIO=4&transport=polling", headers, b"")?;
        let sid = body.split('"').nth(3).filter(|_| status == 200);
        let sid = sid.ok_or_else(|| io::Error::other(format!("{status} {body}")))?;
        Ok(format!("/socket.io/?EIO=4&transport=polling&sid={sid}"))
    }
}

/// A frame of a client, whose mask is zero.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | len as u8),
        len @ ..0x1_0000 => frame.extend([0xfe, (len >> 8) as u8, len as u8]),
        len => {
            frame.push(0xff);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
