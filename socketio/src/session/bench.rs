//! What the micro-benchmarks of `benches/micro` call: the steps of an event, each alone, without sockets, tasks and clocks.

use std::{
    borrow::Cow,
    hint::black_box,
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Opening, Owner, Stage, slot::listeners};
use crate::{
    Socket, SocketIo,
    close::DisconnectReason,
    connection::{Amount, Carrier, Stream, buffers},
    handler::{Body, Job},
    hub::Seat,
    peer::Source,
    proto::{
        bus,
        engine::{
            self,
            payload::{self, Part},
        },
        packet,
    },
    transport::{Input, Next, Received, Transport, WebSocket},
    wire::Wire,
};

/// A connection in memory. Its client sends the same bytes again in every turn.
pub struct Connection(Owner);

impl Connection {
    /// A Socket.IO client that is in the namespace `/`.
    pub fn packets(io: &SocketIo, joins: Vec<u8>, sends: Vec<u8>) -> Self {
        let request = request("/socket.io/?EIO=4&transport=websocket");
        let opening = io.service().opening(seat(io), &request, Carrier::WebSocket);
        let mut connection = Self::new(opening, Client { joins: Some(joins), sends, sent: false });
        connection.receive();
        connection.take();
        connection
    }

    /// A client of the plain bus.
    pub fn plain(io: &SocketIo, sends: Vec<u8>) -> Self {
        Self::bus(io.websocket().opening(seat(io), request("/ws")), sends)
    }

    /// A client of the plain bus that sends messages, not envelopes.
    pub fn messages(io: &SocketIo, sends: Vec<u8>) -> Self {
        Self::bus(io.websocket().messages().opening(seat(io), request("/ws")), sends)
    }

    fn bus(mut opening: Opening, sends: Vec<u8>) -> Self {
        let first = opening.first.take();
        let mut connection = Self::new(opening, Client { joins: None, sends, sent: false });
        if let Some((lease, request)) = first {
            connection.0.desk.connect(&mut context(), lease, request);
        }
        connection
    }

    fn new(mut opening: Opening, client: Client) -> Self {
        let stream = Stream::Other(Box::new(client));
        let websocket = WebSocket::new(stream, vec![], opening.terms, opening.link.config());
        opening.first = None;
        Self(Owner::new(opening, Transport::WebSocket(websocket)))
    }

    /// The one socket of the connection.
    pub fn socket(&self) -> &Socket {
        &self.0.desk.slots.get(0).socket
    }

    /// From the bytes that the client sends to packets or envelopes that are checked. They go nowhere.
    pub fn decode(&mut self) {
        let Owner { desk, stage: Stage::Open(transport), .. } = &mut self.0 else { return };
        let link = desk.link();
        let mut input = Input::default();
        loop {
            match transport.next(&mut context(), &link.mailbox, &mut input) {
                Next::Received(Received::Text(text)) => {
                    assert!(decode(link.wire(), text.as_str()).is_ok());
                }
                Next::Idle => break,
                other => panic!("{other:?}"),
            }
        }
        transport.pause(&mut input);
    }

    /// From a decoded event to the end of its handler.
    pub fn dispatch(&mut self, event: &Decoded) {
        let slot = self.0.desk.slots.get_mut(0);
        let listeners = listeners(slot, Cow::Borrowed(&event.name));
        slot.receive(&mut context(), Job::Event { listeners, body: event.body.clone(), ack: None });
    }

    /// From the bytes that the client sends to the end of the handlers: what these emit is in the outbox.
    pub fn receive(&mut self) {
        self.0.desk.link().mailbox.outbox.begin_turn(Waker::noop());
        self.0.handle_and_read(&mut context());
    }

    /// Acknowledges an event.
    pub fn answer<T: Serialize>(&self, id: u64, value: &T) {
        assert!(self.socket().send_ack(id, value, false).is_ok());
    }

    /// Takes what waits in the outbox, as if it was written at once; returns how many messages that were.
    pub fn take(&mut self) -> u32 {
        let outbox = &self.0.desk.link().mailbox.outbox;
        let Some(taken) = outbox.take(Amount::default()) else { return 0 };
        let nothing = outbox.take(taken.amount());
        assert!(nothing.is_none());
        buffers::give(taken.own);
        taken.messages
    }
}

/// An event of a Socket.IO client.
pub struct Decoded {
    name: String,
    body: Body,
}

impl Decoded {
    /// Decodes it from the text of a frame.
    ///
    /// # Panics
    /// If that is not an event.
    pub fn new(frame: &str) -> Self {
        match packet::decode(frame, engine::MESSAGE_AT).map(|packet| packet.kind) {
            Ok(packet::Kind::Event { name, args, .. }) => {
                let body = Body::Json { frame: frame.into(), span: args };
                Self { name: name.into_owned(), body }
            }
            other => panic!("{frame} is not an event: {other:?}"),
        }
    }
}

/// The body of a POST, up to packets that are checked; returns how many.
pub fn payload(body: &str) -> usize {
    let (mut rest, mut packets) = (Some(body), 0);
    while let Some(payload) = rest {
        let (part, next) = payload::split_first(payload);
        let Ok(Part::Text(text)) = part else { return packets };
        if decode(Wire::Packet, text).is_err() {
            return packets;
        }
        packets += 1;
        rest = next;
    }
    packets
}

fn decode(wire: Wire, text: &str) -> Result<(), DisconnectReason> {
    if wire.is_bus() {
        black_box(bus::decode(text).map_err(DisconnectReason::protocol)?);
    } else {
        black_box(engine::decode(text, engine::Revision::V4).map_err(DisconnectReason::protocol)?);
        black_box(packet::decode(text, engine::MESSAGE_AT).map_err(DisconnectReason::protocol)?);
    }
    Ok(())
}

/// The other end of the stream.
struct Client {
    joins: Option<Vec<u8>>,
    sends: Vec<u8>,
    /// Everything of this turn was read: the next read of it finds nothing.
    sent: bool,
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.sent = !self.sent;
        if !self.sent {
            return Poll::Pending;
        }
        match self.joins.take() {
            Some(joins) => buffer.put_slice(&joins),
            // nothing at all would be the end of the stream
            None if self.sends.is_empty() => return Poll::Pending,
            None => buffer.put_slice(&self.sends),
        }
        Poll::Ready(Ok(()))
    }
}

/// Nothing is written: see [`Connection::take`].
impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

fn seat(io: &SocketIo) -> Seat {
    io.hub().seat(Source::default()).unwrap_or_else(|_| panic!("the server takes no connection"))
}

fn request(uri: &str) -> http::request::Parts {
    let mut request = http::Request::new(()).into_parts().0;
    // a path of ours
    request.uri = uri.parse().unwrap_or_default();
    request
}

/// A context whose waker does nothing.
fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
