//! As much HTTP/1.1 as a WebSocket upgrade and long polling need.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};

/// One complete response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
    /// Bytes of the whole response, head included.
    pub(crate) length: usize,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

pub(crate) fn upgrade_request(host: SocketAddr, path: &str, extensions: Option<&str>) -> String {
    let extensions =
        extensions.map_or(String::new(), |offer| format!("Sec-WebSocket-Extensions: {offer}\r\n"));
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{extensions}\r\n"
    )
}

pub(crate) fn check_upgrade(response: &Response) -> Result<()> {
    ensure!(
        response.status == 101,
        "upgrade refused: {}{}",
        response.head,
        String::from_utf8_lossy(&response.body)
    );
    ensure!(
        response.header("sec-websocket-accept") == Some(ACCEPT),
        "wrong Sec-WebSocket-Accept: {}",
        response.head
    );
    Ok(())
}

pub(crate) fn get(host: SocketAddr, target: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
}

pub(crate) fn post(host: SocketAddr, target: &str, body: &[u8], out: &mut Vec<u8>) {
    let length = body.len();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain;charset=UTF-8\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body);
}

/// The first response of `input`; `None` if it is not complete yet.
pub(crate) fn read(input: &[u8]) -> Result<Option<Response>> {
    let Some(end) = find(input, b"\r\n\r\n") else { return Ok(None) };
    let start = end + 4;
    let head = std::str::from_utf8(&input[..end]).context("the head of a response is not text")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status: u16 = status.with_context(|| format!("no status: {head}"))?;
    let rest = &input[start..];
    let (body, length) = if status == 101 {
        (Vec::new(), 0)
    } else if let Some(length) = header(head, "content-length") {
        let length: usize = length.parse().context("content-length")?;
        let Some(body) = rest.get(..length) else { return Ok(None) };
        (body.to_vec(), length)
    } else if header(head, "transfer-encoding") == Some("chunked") {
        let Some(whole) = chunks(rest)? else { return Ok(None) };
        whole
    } else {
        bail!("a response without a length: {head}");
    };
    Ok(Some(Response { status, head: head.to_owned(), body, length: start + length }))
}

/// A chunked body and the bytes it took; `None` if it is not complete yet.
fn chunks(input: &[u8]) -> Result<Option<(Vec<u8>, usize)>> {
    let mut body = Vec::new();
    let mut at = 0;
    while let Some(line) = find(&input[at..], b"\r\n") {
        let size = std::str::from_utf8(&input[at..at + line]).context("chunk size")?;
        let size = usize::from_str_radix(size, 16).with_context(|| format!("chunk size {size:?}"))?;
        let start = at + line + 2;
        let Some(chunk) = input.get(start..start + size + 2) else { return Ok(None) };
        body.extend_from_slice(&chunk[..size]);
        at = start + size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
    Ok(None)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The example of RFC 6455, section 1.3, so that its answer needs no SHA-1 here.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_by_length_and_in_chunks() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
        let response = read(plain).expect("valid").expect("complete");
        assert_eq!((response.status, response.body.as_slice(), response.length), (200, b"ok".as_slice(), 40));

        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        let response = read(chunked).expect("valid").expect("complete");
        assert_eq!((response.body.as_slice(), response.length), (b"ok".as_slice(), chunked.len()));
        assert!(read(&chunked[..chunked.len() - 1]).expect("valid").is_none());
    }
}
