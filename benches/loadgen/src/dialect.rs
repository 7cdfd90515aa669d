//! The texts of requests and of the replies they must get.
//!
//! A reply is never parsed: it is written down as it must be and compared byte by byte, so nothing wrong passes.

use std::io::Write;

/// What a message asks of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Echo,
    Ack,
    Broadcast,
    /// Enter the room; acknowledged with its name.
    Join,
    /// A broadcast to the room.
    BroadcastRoom,
}

impl Request {
    fn event(self) -> &'static [u8] {
        match self {
            Self::Echo => b"echo",
            Self::Ack => b"ack",
            Self::Broadcast => b"broadcast",
            Self::Join => b"join",
            Self::BroadcastRoom => b"broadcast_room",
        }
    }

    fn is_acknowledged(self) -> bool {
        matches!(self, Self::Ack | Self::Join)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The text and nothing else; a broadcast begins with `B`.
    Plain,
    /// `{"event":..,"data":..}`
    Bus,
    /// `42["event",..]`
    SocketIo,
}

/// Identifies one message of one client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id {
    pub(crate) client: usize,
    pub(crate) number: u64,
}

/// The shortest body: a letter, the client, the number, and two marks between them.
pub(crate) const MIN_SIZE: usize = 1 + CLIENT_DIGITS + 1 + NUMBER_DIGITS + 1;

impl Dialect {
    /// Appends the text of a request to `out`.
    pub(crate) fn request(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
        match self {
            Self::Bus if request.is_acknowledged() => {
                out.extend_from_slice(br#"{"event":""#);
                out.extend_from_slice(request.event());
                out.extend_from_slice(br#"","data":""#);
                body(request, id, size, out);
                out.extend_from_slice(br#"","id":"#);
                plain_number(id.number, out);
                out.push(b'}');
            }
            Self::SocketIo if request.is_acknowledged() => {
                out.extend_from_slice(b"42");
                plain_number(id.number, out);
                out.extend_from_slice(br#"[""#);
                out.extend_from_slice(request.event());
                out.extend_from_slice(br#"",""#);
                body(request, id, size, out);
                out.extend_from_slice(br#""]"#);
            }
            _ => self.event(request, id, size, out),
        }
    }

    /// Appends the text that must be returned, to `out`.
    pub(crate) fn reply(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
        match self {
            Self::Bus if request.is_acknowledged() => {
                out.extend_from_slice(br#"{"ack":"#);
                plain_number(id.number, out);
                out.extend_from_slice(br#","data":""#);
                body(request, id, size, out);
                out.extend_from_slice(br#""}"#);
            }
            Self::SocketIo if request.is_acknowledged() => {
                out.extend_from_slice(b"43");
                plain_number(id.number, out);
                out.extend_from_slice(br#"[""#);
                body(request, id, size, out);
                out.extend_from_slice(br#""]"#);
            }
            _ => self.event(request, id, size, out),
        }
    }

    /// An event that looks the same in both directions.
    fn event(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
        let (open, between, close): (&[u8], &[u8], &[u8]) = match self {
            Self::Plain => return body(request, id, size, out),
            Self::Bus => (br#"{"event":""#, br#"","data":""#, br#""}"#),
            Self::SocketIo => (br#"42[""#, br#"",""#, br#""]"#),
        };
        for part in [open, request.event(), between] {
            out.extend_from_slice(part);
        }
        body(request, id, size, out);
        out.extend_from_slice(close);
    }
}

/// `size` bytes, different for every message: `m00042-0000001234-xxxx`; a broadcast begins with `B`, a join is the room.
fn body(request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
    let end = out.len() + size;
    out.push(match request {
        Request::Echo | Request::Ack => b'm',
        Request::Broadcast | Request::BroadcastRoom => b'B',
        Request::Join => return out.extend_from_slice(ROOM),
    });
    digits::<CLIENT_DIGITS>(id.client as u64, out);
    out.push(b'-');
    digits::<NUMBER_DIGITS>(id.number, out);
    out.push(b'-');
    out.resize(end, b'x');
}

fn digits<const COUNT: usize>(mut number: u64, out: &mut Vec<u8>) {
    let mut text = [b'0'; COUNT];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text);
}

fn plain_number(number: u64, out: &mut Vec<u8>) {
    // writing into a Vec cannot fail
    let _infallible = write!(out, "{number}");
}

/// The room that `BroadcastRoom` goes to.
const ROOM: &[u8] = b"room";
const CLIENT_DIGITS: usize = 5;
const NUMBER_DIGITS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("all parts are ASCII")
    }

    const ID: Id = Id { client: 7, number: 12 };

    #[test]
    fn socket_io_texts() {
        let dialect = Dialect::SocketIo;
        let echo = text(|out| dialect.request(Request::Echo, ID, 20, out));
        assert_eq!(echo, r#"42["echo","m00007-0000000012-xx"]"#);
        let ack = text(|out| dialect.request(Request::Ack, ID, 18, out));
        assert_eq!(ack, r#"4212["ack","m00007-0000000012-"]"#);
        let answer = text(|out| dialect.reply(Request::Ack, ID, 18, out));
        assert_eq!(answer, r#"4312["m00007-0000000012-"]"#);
        let join = text(|out| dialect.request(Request::Join, ID, 18, out));
        assert_eq!(join, r#"4212["join","room"]"#);
        let joined = text(|out| dialect.reply(Request::Join, ID, 18, out));
        assert_eq!(joined, r#"4312["room"]"#);
        let broadcast = text(|out| dialect.reply(Request::BroadcastRoom, ID, 18, out));
        assert_eq!(broadcast, r#"42["broadcast_room","B00007-0000000012-"]"#);
    }

    #[test]
    fn bus_texts() {
        let dialect = Dialect::Bus;
        let ack = text(|out| dialect.request(Request::Ack, ID, 18, out));
        assert_eq!(ack, r#"{"event":"ack","data":"m00007-0000000012-","id":12}"#);
        let answer = text(|out| dialect.reply(Request::Ack, ID, 18, out));
        assert_eq!(answer, r#"{"ack":12,"data":"m00007-0000000012-"}"#);
    }

    #[test]
    fn a_plain_broadcast_begins_with_b() {
        let broadcast = text(|out| Dialect::Plain.request(Request::Broadcast, ID, 19, out));
        assert_eq!(broadcast, "B00007-0000000012-x");
    }
}
