//! Hand-written HTTP/1.1: requests that libraries do not send.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::soon;

/// The answer to a request.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed the head: all of it if the server sent its length, else what was read so far.
    pub rest: Vec<u8>,
    /// The connection.
    pub stream: TcpStream,
}

impl Response {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The body.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.rest).into_owned()
    }
}

/// Sends bytes in one write, and reads the answer.
///
/// # Panics
/// If there is no answer.
pub async fn request(address: SocketAddr, bytes: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes).await.expect("it reads");
    let mut read = vec![];
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(&mut stream, &mut read).await;
    };
    let rest = read.split_off(end + 4);
    let head = String::from_utf8(read).expect("a head is text");
    let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status: status.expect("a status"), headers, rest, stream };
    let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while response.rest.len() < length {
        more(&mut response.stream, &mut response.rest).await;
    }
    response
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) {
    let count = soon("an answer", stream.read_buf(read)).await.expect("it answers");
    assert!(count > 0, "closed before the answer was complete: {:?}", String::from_utf8_lossy(read));
}

/// A request that opens a WebSocket. `headers` are added; one of the usual ones is replaced.
pub fn upgrade(path: &str, headers: &[(&str, &str)]) -> String {
    let usual = [
        ("Host", "127.0.0.1"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let kept = usual.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
    let mut head = format!("GET {path} HTTP/1.1\r\n");
    // an empty value leaves the header out
    for (name, value) in kept.chain(headers).filter(|(_, value)| !value.is_empty()) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

/// A client's frame with a text of at most 125 bytes.
pub fn text_frame(text: &str) -> Vec<u8> {
    assert!(text.len() <= 125, "a short text");
    // FIN and text; a mask of zeros
    let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}
