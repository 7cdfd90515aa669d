//! The texts of requests and of the replies they must get.
//!
//! A reply is never parsed: it is written down as it must be and compared byte by byte, so nothing wrong passes.

use std::io::Write;

use crate::words::WORDS;

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
pub(crate) struct Dialect {
    pub(crate) envelope: Envelope,
    pub(crate) filling: Filling,
}

/// What the texts are made of, after their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    /// `xxxx`
    Marks,
    /// Records of a log as JSON, escaped as it is in a string: what compresses as programs' messages do.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
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
        match self.envelope {
            Envelope::Bus if request.is_acknowledged() => {
                out.extend_from_slice(br#"{"event":""#);
                out.extend_from_slice(request.event());
                out.extend_from_slice(br#"","data":""#);
                self.body(request, id, size, out);
                out.extend_from_slice(br#"","id":"#);
                plain_number(id.number, out);
                out.push(b'}');
            }
            Envelope::SocketIo if request.is_acknowledged() => {
                out.extend_from_slice(b"42");
                plain_number(id.number, out);
                out.extend_from_slice(br#"[""#);
                out.extend_from_slice(request.event());
                out.extend_from_slice(br#"",""#);
                self.body(request, id, size, out);
                out.extend_from_slice(br#""]"#);
            }
            _ => self.event(request, id, size, out),
        }
    }

    /// Appends the text that must be returned, to `out`.
    pub(crate) fn reply(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
        match self.envelope {
            Envelope::Bus if request.is_acknowledged() => {
                out.extend_from_slice(br#"{"ack":"#);
                plain_number(id.number, out);
                out.extend_from_slice(br#","data":""#);
                self.body(request, id, size, out);
                out.extend_from_slice(br#""}"#);
            }
            Envelope::SocketIo if request.is_acknowledged() => {
                out.extend_from_slice(b"43");
                plain_number(id.number, out);
                out.extend_from_slice(br#"[""#);
                self.body(request, id, size, out);
                out.extend_from_slice(br#""]"#);
            }
            _ => self.event(request, id, size, out),
        }
    }

    /// An event that looks the same in both directions.
    fn event(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
        let (open, between, close): (&[u8], &[u8], &[u8]) = match self.envelope {
            Envelope::Plain => return self.body(request, id, size, out),
            Envelope::Bus => (br#"{"event":""#, br#"","data":""#, br#""}"#),
            Envelope::SocketIo => (br#"42[""#, br#"",""#, br#""]"#),
        };
        for part in [open, request.event(), between] {
            out.extend_from_slice(part);
        }
        self.body(request, id, size, out);
        out.extend_from_slice(close);
    }

    /// `size` bytes, different for every message: `m00042-0000001234-xxxx`; a broadcast begins with `B`, a join is the room.
    fn body(self, request: Request, id: Id, size: usize, out: &mut Vec<u8>) {
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
        match self.filling {
            Filling::Marks => out.resize(end, b'x'),
            Filling::Json => records(id, end, out),
        }
    }
}

/// Fills the body with records of a log, and with single words once the next record would be too long. Client and message number seed
/// the choice, so that the same message always has the same body.
fn records(id: Id, end: usize, out: &mut Vec<u8>) {
    let mut state = (id.client as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ id.number.wrapping_add(1) << 20;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut record = Vec::new();
    loop {
        record.clear();
        // writing into a Vec cannot fail
        let _infallible = write!(
            record,
            r#"{{\"id\":{},\"name\":\"{} {}\",\"at\":{},\"text\":\""#,
            next(1_000_000),
            WORDS[next(WORDS.len())],
            WORDS[next(WORDS.len())],
            1_790_000_000_000_u64 + next(1_000_000_000) as u64
        );
        for _ in 0..4 + next(8) {
            record.extend_from_slice(WORDS[next(WORDS.len())].as_bytes());
            record.push(b' ');
        }
        record.extend_from_slice(br#"\"},"#);
        if out.len() + record.len() > end {
            break;
        }
        out.extend_from_slice(&record);
    }
    // nothing of this is escaped, so that it may end anywhere
    while out.len() < end {
        out.extend_from_slice(WORDS[next(WORDS.len())].as_bytes());
        out.push(b' ');
    }
    out.truncate(end);
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

    fn of(envelope: Envelope) -> Dialect {
        Dialect { envelope, filling: Filling::Marks }
    }

    #[test]
    fn socket_io_texts() {
        let dialect = of(Envelope::SocketIo);
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
        let dialect = of(Envelope::Bus);
        let ack = text(|out| dialect.request(Request::Ack, ID, 18, out));
        assert_eq!(ack, r#"{"event":"ack","data":"m00007-0000000012-","id":12}"#);
        let answer = text(|out| dialect.reply(Request::Ack, ID, 18, out));
        assert_eq!(answer, r#"{"ack":12,"data":"m00007-0000000012-"}"#);
    }

    #[test]
    fn a_plain_broadcast_begins_with_b() {
        let broadcast = text(|out| of(Envelope::Plain).request(Request::Broadcast, ID, 19, out));
        assert_eq!(broadcast, "B00007-0000000012-x");
    }
    #[test]
    fn json_is_a_string_of_records_that_differ() {
        let dialect = Dialect { envelope: Envelope::SocketIo, filling: Filling::Json };
        let packets = [12, 13]
            .map(|number| text(|out| dialect.request(Request::Echo, Id { client: 7, number }, 1024, out)));
        for packet in &packets {
            let [_, body]: [String; 2] = serde_json::from_str(&packet[2..]).expect("a packet");
            assert!(
                packet.len() == r#"42["echo",""]"#.len() + 1024 && body.contains(r#""text":""#),
                "{packet}"
            );
        }
        assert_ne!(packets[0][200..], packets[1][200..]);
    }
}
