//! The attacks. Each says how much it has sent, and what became of it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Child,
    time::{Duration, Instant},
};

use crate::peer::{Peer, frame};

pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What the server is.
    pub(crate) mode: &'static str,
    pub(crate) attack: fn(SocketAddr, &mut Child) -> io::Result<Attacked>,
}

pub(crate) struct Attacked {
    pub(crate) sent: usize,
    pub(crate) end: String,
}

const fn row(name: &'static str, attack: fn(SocketAddr, &mut Child) -> io::Result<Attacked>) -> Row {
    Row { name, mode: "attacked", attack }
}

const fn with(mode: &'static str, row: Row) -> Row {
    Row { mode, ..row }
}

pub(crate) const ROWS: &[Row] = &[
    row("malformed frames, a handler waits; 3 peers, 560 kB each", |at, _| {
        let malformed = frame(1, b"x").repeat(80_000);
        flood(at, 3, Peer::bus, &[r#"{"event":"wait"}"#], &malformed)
    }),
    row("`40`, `41` .. while connect handlers wait; 3 POSTs of 960 kB", |at, _| {
        posts(at, 3, 1, b"40/slow,\x1e41/slow,", b"\x1e", 960_000)
    }),
    row("`40/no,` refused; 100 POSTs of 960 kB, nothing is fetched", |at, _| {
        posts(at, 1, 100, b"40/no,", b"\x1e", 960_000)
    }),
    row("events of 14 bytes, each in a POST of 960 kB, a handler waits", |at, _| {
        let mut body = b"42[\"note\"]\x1e6".to_vec();
        body.resize(960_000, b'x');
        posts(at, 1, 64, &body, b"", 960_000)
    }),
    row("3 POSTs of 960 kB in chunks of one byte", |at, _| slow_body(at)),
    row("48 headers of 8 kB; 200 sessions", |at, _| headers(at)),
    row("12 000 handshakes from one connection; then a newcomer", |at, _| handshakes(at)),
    row("160 WebSockets take namespaces by pattern, 64 each; then a newcomer", |at, _| namespaces(at)),
    row("a script of another site (JSONP), and what may be sniffed", |at, _| script(at)),
    row("20 WebSockets that are turned away, then the server closes", turned_away),
    row("900 kB as the wrong type, 50 times", |at, _| {
        let payload =
            frame(1, format!(r#"{{"event":"value","data":"{}","id":1}}"#, "x".repeat(900_000)).as_bytes());
        flood(at, 1, Peer::bus, &[], &payload.repeat(50))
    }),
    row("5 000 requests of a foreign origin", |at, _| foreign(at)),
    row("800 half-open connections, 12 s later", |at, _| half_open(at)),
    // --- further ones ---
    row("answers to nothing, 20 MB", |at, _| {
        flood(at, 1, Peer::packets, &["40"], &frame(1, b"43123456[1]").repeat(1_100_000))
    }),
    row("rooms by the client: 100 000 joins", |at, _| {
        let joins: Vec<u8> =
            (0..100_000).flat_map(|n| frame(1, format!(r#"42["join","room {n}"]"#).as_bytes())).collect();
        flood(at, 1, Peer::packets, &["40"], &joins)
    }),
    with(
        "attacked-recovery",
        row("50 000 guesses of a private id", |at, _| {
            let guesses: Vec<u8> = (0..50_000)
                .flat_map(|n| {
                    let guess = frame(1, format!(r#"40{{"pid":"{n:020}","offset":"x"}}"#).as_bytes());
                    [guess, frame(1, b"41")].concat()
                })
                .collect();
            flood(at, 1, Peer::packets, &[], &guesses)
        }),
    ),
    row("2 000 upgrades that are tried and dropped", |at, _| probes(at)),
    row("binary placeholders: 100 packets of 25 000", |at, _| {
        let mut packet = frame(
            1,
            format!(r#"451-["note"{}]"#, r#",{"_placeholder":true,"num":0}"#.repeat(25_000)).as_bytes(),
        );
        packet.extend(frame(2, b"x"));
        flood(at, 1, Peer::packets, &["40"], &packet.repeat(100))
    }),
    row("attachments that never come; 200 connections", |at, _| {
        let mut peers = vec![];
        let mut sent = 0;
        for _ in 0..200 {
            let mut peer = Peer::packets(at)?;
            peer.text("40")?;
            peer.text(r#"4510-["note",{"_placeholder":true,"num":0}]"#)?;
            (0..9).try_for_each(|_| peer.write(&frame(2, &[0; 10_000])))?;
            sent += peer.sent;
            peers.push(peer);
        }
        Ok(Attacked { sent, end: "they wait".to_owned() })
    }),
    with(
        "attacked-msgpack",
        row("MessagePack: depth of 100 000, 200 times", |at, _| {
            let mut packet = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa4note".to_vec();
            packet.extend([0x91; 100_000]);
            flood_each(at, 200, &frame(2, &packet))
        }),
    ),
    with(
        "attacked-msgpack",
        row("MessagePack: lengths of 4 GiB, 5 000 times", |at, _| {
            let packet = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\xdd\xff\xff\xff\xff\xa4note";
            flood_each(at, 5000, &frame(2, packet))
        }),
    ),
    row("HTTP/2: 100 000 streams, each reset at once", |at, _| resets(at)),
    row("HTTP/2: 50 connections with 200 POSTs each that never end", |at, _| open_streams(at)),
    row("HTTP/2: a head that never ends, 20 MB", |at, _| endless_head(at)),
];

/// Some peers do the same, as much as is taken.
fn flood(
    address: SocketAddr,
    peers: usize,
    open: fn(SocketAddr) -> io::Result<Peer>,
    first: &[&str],
    bytes: &[u8],
) -> io::Result<Attacked> {
    let mut open: Vec<Peer> = (0..peers).map(|_| open(address)).collect::<Result<_, _>>()?;
    for peer in &mut open {
        first.iter().try_for_each(|text| peer.text(text))?;
        discard(peer)?;
    }
    let ends: Vec<_> = std::thread::scope(|scope| {
        let floods: Vec<_> = open
            .iter_mut()
            .map(|peer| scope.spawn(move || peer.flood(bytes, Duration::from_secs(3))))
            .collect();
        floods.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let ended = ends.iter().filter(|end| !matches!(end, Ok(Ok(())))).count();
    let sent = open.iter().map(|peer| peer.sent).sum();
    let all = open.iter().all(|peer| peer.sent >= bytes.len());
    let end = match (ended, all) {
        (0, true) => "all was read",
        (0, false) => "reading stopped",
        _ => "the connection was ended",
    };
    Ok(Attacked { sent, end: end.to_owned() })
}

/// What is answered is read and thrown away: the attacker is not a slow client.
fn discard(peer: &Peer) -> io::Result<()> {
    let mut stream = peer.stream.try_clone()?;
    stream.set_read_timeout(None)?;
    std::thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    });
    Ok(())
}

/// A connection for each.
fn flood_each(address: SocketAddr, count: usize, bytes: &[u8]) -> io::Result<Attacked> {
    let mut sent = 0;
    for _ in 0..count {
        let mut peer = Peer::packets(address)?;
        // it may be ended in the middle
        let _ = peer.write(bytes);
        sent += bytes.len();
    }
    Ok(Attacked { sent, end: "each connection was ended".to_owned() })
}

/// Sessions that post the same body; a handler of theirs waits. Nothing is fetched.
fn posts(
    address: SocketAddr,
    sessions: usize,
    posts: usize,
    piece: &[u8],
    between: &[u8],
    bytes: usize,
) -> io::Result<Attacked> {
    let mut body = piece.repeat(bytes / (piece.len() + between.len()));
    if !between.is_empty() {
        body = vec![piece; bytes / (piece.len() + between.len())].join(between);
    }
    let body = &body;
    let ends: Vec<io::Result<(usize, String)>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..sessions)
            .map(|_| {
                scope.spawn(move || {
                    let mut peer = Peer::connect(address)?;
                    let path = peer.session("")?;
                    peer.request("POST", &path, "", b"40")?;
                    peer.request("POST", &path, "", b"42[\"wait\"]")?;
                    peer.stream.set_read_timeout(Some(Duration::from_secs(5)))?;
                    for n in 0..posts {
                        match peer.request("POST", &path, "", body) {
                            Ok((200, _)) => {}
                            Ok((status, _)) => return Ok((peer.sent, format!("POST {}: {status}", n + 1))),
                            Err(_) => return Ok((peer.sent, format!("POST {} waits", n + 1))),
                        }
                    }
                    // what the server says when it has ended the session is fetched with the next poll
                    let last = peer.request("GET", &path, "", b"");
                    let is_over = last.is_ok_and(|(status, body)| status != 200 || body.ends_with("\x1e1"));
                    let end =
                        if is_over { "the session was ended" } else { "all was taken, the session lives" };
                    Ok((peer.sent, end.to_owned()))
                })
            })
            .collect();
        all.into_iter().filter_map(|one| one.join().ok()).collect()
    });
    let ends: Vec<_> = ends.into_iter().collect::<Result<_, _>>()?;
    let end = ends.last().map(|(_, end)| end.clone()).unwrap_or_default();
    Ok(Attacked { sent: ends.iter().map(|(sent, _)| sent).sum(), end })
}

fn slow_body(address: SocketAddr) -> io::Result<Attacked> {
    let mut sent = 0;
    let mut end = String::new();
    for _ in 0..3 {
        let mut peer = Peer::connect(address)?;
        let path = peer.session("")?;
        peer.write(
            format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes(),
        )?;
        peer.write(&b"1\r\n6\r\n".repeat(960_000))?;
        peer.write(b"0\r\n\r\n")?;
        end = format!("{}", peer.answer()?.0);
        sent += peer.sent;
    }
    Ok(Attacked { sent, end })
}

fn headers(address: SocketAddr) -> io::Result<Attacked> {
    let headers: String = (0..48).map(|n| format!("x-{n}: {}\r\n", "h".repeat(8000))).collect();
    let (mut sent, mut opened, mut end) = (0, 0, String::new());
    for _ in 0..200 {
        let mut peer = Peer::connect(address)?;
        match peer.session(&headers) {
            Ok(_) => opened += 1,
            Err(error) => end = error.to_string().chars().take(3).collect(),
        }
        sent += peer.sent;
    }
    Ok(Attacked { sent, end: format!("{opened} of 200 were opened {end}") })
}

fn handshakes(address: SocketAddr) -> io::Result<Attacked> {
    let mut peer = Peer::connect(address)?;
    let (mut opened, mut refused) = (0, 0);
    for _ in 0..12_000 {
        match peer.request("GET", "/socket.io/?EIO=4&transport=polling", "", b"")? {
            (200, _) => opened += 1,
            _ => refused += 1,
        }
    }
    let newcomer = from_elsewhere(address)?;
    Ok(Attacked {
        sent: peer.sent,
        end: format!("{opened} opened, {refused} refused; somebody else gets {newcomer}"),
    })
}

/// Another address of the same machine.
fn from_elsewhere(address: SocketAddr) -> io::Result<u16> {
    // the standard library binds no address before it connects: curl does
    let url = format!("http://{address}/socket.io/?EIO=4&transport=polling");
    let command = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--interface", "127.0.0.2", &url];
    let output = std::process::Command::new("curl").args(command).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_default())
}

fn namespaces(address: SocketAddr) -> io::Result<Attacked> {
    let (mut peers, mut joined, mut sent) = (vec![], 0, 0);
    for n in 0..160 {
        let mut peer = Peer::packets(address)?;
        let _ = peer.frame()?;
        for name in 0..64 {
            peer.text(&format!("40/org/{n}-{name},"))?;
        }
        for _ in 0..64 {
            joined += usize::from(peer.frame()?.1.starts_with(b"40"));
        }
        sent += peer.sent;
        peers.push(peer);
    }
    let mut newcomer = Peer::packets(address)?;
    let _ = newcomer.frame()?;
    newcomer.text("40/org/mine,")?;
    let answer = String::from_utf8_lossy(&newcomer.frame()?.1).chars().take(2).collect::<String>();
    // it asks again and again
    let start = Instant::now();
    for n in 0..2000 {
        newcomer.text(&format!("40/org/x{n},"))?;
        let joined = newcomer.frame()?.1.starts_with(b"40");
        if joined {
            newcomer.text(&format!("41/org/x{n},"))?;
        }
    }
    let time = start.elapsed().as_secs_f64() / 2000.0 * 1e6;
    Ok(Attacked {
        sent,
        end: format!("{joined} taken; a newcomer gets `{answer}`, each further CONNECT {time:.0} us"),
    })
}

fn script(address: SocketAddr) -> io::Result<Attacked> {
    let mut peer = Peer::connect(address)?;
    let head = b"GET /socket.io/?EIO=4&transport=polling&j=0 HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\nsec-fetch-dest: script\r\nconnection: close\r\n\r\n";
    peer.write(head)?;
    let mut answer = String::new();
    peer.stream.read_to_string(&mut answer)?;
    let status: String = answer.chars().skip(9).take(3).collect();
    let sniffing = if answer.to_ascii_lowercase().contains("nosniff") { "nosniff" } else { "may be sniffed" };
    Ok(Attacked { sent: peer.sent, end: format!("{status}, {sniffing}") })
}

fn turned_away(address: SocketAddr, server: &mut Child) -> io::Result<Attacked> {
    let path = "/socket.io/?EIO=4&transport=polling";
    let peers: Vec<Peer> = (0..20).map(|_| Peer::websocket(address, path, "")).collect::<Result<_, _>>()?;
    std::process::Command::new("kill").args(["-INT", &server.id().to_string()]).status()?;
    let start = Instant::now();
    while server.try_wait()?.is_none() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let sent = peers.iter().map(|peer| peer.sent).sum();
    Ok(Attacked { sent, end: format!("closed after {:.1} s", start.elapsed().as_secs_f64()) })
}

fn foreign(address: SocketAddr) -> io::Result<Attacked> {
    let mut peer = Peer::connect(address)?;
    let mut status = 0;
    for n in 0..5000 {
        let path = "/socket.io/?EIO=4&transport=polling";
        (status, _) = peer.request("GET", path, &format!("origin: https://evil-{n}.example\r\n"), b"")?;
    }
    Ok(Attacked { sent: peer.sent, end: status.to_string() })
}

fn half_open(address: SocketAddr) -> io::Result<Attacked> {
    let mut peers = vec![];
    for n in 0..800 {
        let mut peer = Peer::connect(address)?;
        let half: &[u8] = [&b"GET /socket.io/ HTTP/1.1\r\nhost: x\r\nx: "[..], b"P", b""][n % 3];
        peer.write(half)?;
        peers.push(peer);
    }
    std::thread::sleep(Duration::from_secs(12));
    let mut there = 0;
    for peer in &mut peers {
        peer.stream.set_nonblocking(true)?;
        let mut buffer = [0; 1024];
        loop {
            match peer.stream.read(&mut buffer) {
                Ok(0) => break,
                // an answer, 408 say
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    there += 1;
                    break;
                }
                Err(_) => break,
            }
        }
    }
    Ok(Attacked { sent: peers.iter().map(|peer| peer.sent).sum(), end: format!("{there} are still there") })
}

fn probes(address: SocketAddr) -> io::Result<Attacked> {
    let mut polling = Peer::connect(address)?;
    let path = polling.session("")?;
    polling.request("POST", &path, "", b"40")?;
    let path = path.replace("polling", "websocket");
    let (mut sent, mut tried) = (0, 0);
    for _ in 0..2000 {
        // while one is tried, the next is turned away
        if let Ok(mut peer) = Peer::websocket(address, &path, "") {
            let _ = peer.text("2probe");
            sent += peer.sent;
            tried += 1;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    let path = path.replace("websocket", "polling");
    let (status, _) = polling.request("POST", &path, "", b"42[\"note\"]")?;
    Ok(Attacked { sent, end: format!("{tried} were answered; the session: {status}") })
}

// --- HTTP/2, by hand ---

fn http2(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
    stream.write_all(&h2(4, 0, 0, &[]))?;
    stream.set_write_timeout(Some(Duration::from_secs(3)))?;
    let mut answers = stream.try_clone()?;
    std::thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while answers.read(&mut buffer).is_ok_and(|read| read > 0) {}
    });
    Ok(stream)
}

fn h2(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = payload.len() as u32;
    let mut frame = len.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `:method`, `:scheme`, `:path`, `:authority`, in the static table or as they are.
fn h2_head(is_post: bool) -> Vec<u8> {
    let path = b"/socket.io/?EIO=4&transport=polling";
    let mut head = vec![if is_post { 0x83 } else { 0x82 }, 0x86, 0x04, path.len() as u8];
    head.extend(path);
    head.extend(b"\x01\x01x");
    head
}

fn resets(address: SocketAddr) -> io::Result<Attacked> {
    let mut stream = http2(address)?;
    let (mut sent, mut streams) = (0, 0);
    for n in 0..100_000_u32 {
        let id = 2 * n + 1;
        let both = [h2(1, 5, id, &h2_head(false)), h2(3, 0, id, &8_u32.to_be_bytes())].concat();
        if stream.write_all(&both).is_err() {
            break;
        }
        sent += both.len();
        streams += 1;
    }
    Ok(Attacked { sent, end: format!("{streams} streams, then the connection was ended") })
}

fn open_streams(address: SocketAddr) -> io::Result<Attacked> {
    let (mut open, mut sent) = (vec![], 0);
    for _ in 0..50 {
        let mut stream = http2(address)?;
        for n in 0..200 {
            let frame = h2(1, 4, 2 * n + 1, &h2_head(true));
            sent += frame.len();
            if stream.write_all(&frame).is_err() {
                break;
            }
        }
        open.push(stream);
    }
    std::thread::sleep(Duration::from_secs(2));
    Ok(Attacked { sent, end: "they wait".to_owned() })
}

fn endless_head(address: SocketAddr) -> io::Result<Attacked> {
    let mut stream = http2(address)?;
    let mut sent = 0;
    let first = h2(1, 0, 1, &h2_head(false));
    stream.write_all(&first)?;
    let mut field = b"\x00\x04long\x7f\x81\x7f".to_vec();
    field.resize(16_000, b'x');
    let more = h2(9, 0, 1, &field);
    for _ in 0..1250 {
        if stream.write_all(&more).is_err() {
            return Ok(Attacked { sent, end: "the connection was ended".to_owned() });
        }
        sent += more.len();
    }
    Ok(Attacked { sent, end: "all was read".to_owned() })
}
