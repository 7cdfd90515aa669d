//! Streams that others bring, as those of WebTransport: the request that each belongs to is checked like any other, and its first
//! packet says what it is for.

use std::future::poll_fn;

use http::{header, request::Parts};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::timeout,
};

use super::{
    SocketIoService, engine::Panicked, head, origin::check_origin, peer::source, upgrade::check_length,
};
use crate::{
    connection::{Carrier, Framing, SessionRequest, Stream, Upgrade, buffers},
    error::StreamError,
    hooks::Refused,
    hub::Unavailable,
    observe,
    proto::engine::{
        Query, Revision,
        stream::{First, Packet, PacketReader},
    },
    session::Session,
    socket::SessionId,
};

/// A request for a stream that was [accepted](SocketIoService::admit).
#[derive(Debug, Clone)]
#[must_use = "it is the stream that becomes a connection: give it to `open`"]
pub struct StreamRequest {
    service: SocketIoService,
    parts: Parts,
}

impl SocketIoService {
    /// Checks the request that a stream belongs to, before it is answered: its origin, its length, and
    /// [`allow_request`](crate::SocketIoBuilder::allow_request). [`SocketIo::open_stream`](crate::SocketIo::open_stream)
    /// does both steps.
    ///
    /// # Errors
    /// Why it is refused; [`StreamError::status`] is the answer.
    ///
    /// # Cancel safety
    /// Nothing is kept if the future is dropped.
    pub async fn admit(&self, mut parts: Parts) -> Result<StreamRequest, StreamError> {
        head::settle(&mut parts);
        let config = self.hub.config();
        if check_origin(&parts.headers, config).is_err() {
            let origin = parts.headers.get(header::ORIGIN);
            let origin = origin.map(|origin| String::from_utf8_lossy(origin.as_bytes()));
            self.hub.observer().foreign_origin(origin.as_deref().unwrap_or("unknown"));
            return Err(StreamError::ForeignOrigin);
        }
        if Query::new(parts.uri.query().unwrap_or_default()).revision == Some(Revision::V3) {
            return Err(StreamError::Version);
        }
        check_length(&parts, config).map_err(|_| StreamError::TooLong)?;
        if self.hub.is_draining() {
            return Err(StreamError::Draining);
        }
        match self.ask_program(&parts).await {
            Ok(allowed) => allowed.map_err(StreamError::Forbidden)?,
            Err(Panicked) => return Err(StreamError::Forbidden(Refused::new("internal error"))),
        }
        Ok(StreamRequest { service: self.clone(), parts })
    }
}

impl StreamRequest {
    /// Reads the first packet of the stream and makes a connection of it, or hands it to the session that it names.
    ///
    /// # Errors
    /// As [`SocketIo::open_stream`](crate::SocketIo::open_stream).
    ///
    /// # Cancel safety
    /// If the future is dropped, so is the stream, unless the connection is open already.
    pub async fn open<S>(self, stream: S) -> Result<(), StreamError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self { service, parts } = self;
        let hub = &service.hub;
        let mut stream = Stream::Other(Box::new(stream));
        let limit = hub.config().upgrade_timeout;
        let first = hub.until_closed(timeout(limit, first_packet(&mut stream))).await;
        let (packet, early) = first.ok_or(StreamError::Draining)?.map_err(|_| StreamError::Late)??;
        match First::of(&packet).ok_or(StreamError::Malformed)? {
            First::Open => {
                let seat =
                    hub.seat(source(&parts, hub.config())).map_err(|unavailable| match unavailable {
                        Unavailable::Draining => StreamError::Draining,
                        Unavailable::TooMany => StreamError::Full,
                    })?;
                let opening = service.opening(seat, &parts, Carrier::Packets);
                hub.spawn(Session::over_packets(opening, stream, early));
            }
            First::Upgrade(sid) => {
                let mailbox = SessionId::parse(sid.as_bytes()).and_then(|id| hub.session(&id));
                let mailbox = mailbox.filter(|mailbox| {
                    service.serves(mailbox.wire())
                        && mailbox.revision() == Revision::V4
                        && mailbox.begin_upgrade()
                });
                let mailbox = mailbox.ok_or(StreamError::Session)?;
                let upgrade = Upgrade { stream, early, framing: Framing::Packets };
                if !mailbox.submit(SessionRequest::Upgrade(Box::new(upgrade))) {
                    if mailbox.carrier() == Carrier::Upgrading {
                        mailbox.set_carrier(Carrier::Polling);
                    }
                    return Err(StreamError::Session);
                }
            }
        }
        Ok(())
    }
}

/// The first packet of a stream, and what was read after it.
async fn first_packet(stream: &mut Stream) -> Result<(Packet, Vec<u8>), StreamError> {
    let mut reader = PacketReader::default();
    loop {
        let read = poll_fn(|cx| {
            buffers::with_scratch(|scratch| {
                let mut buffer = ReadBuf::new(scratch);
                stream.poll_read(cx, &mut buffer).map_ok(|()| {
                    let mut rest = buffer.filled();
                    let is_end = rest.is_empty();
                    let packet = reader.next(&mut rest, MAX_FIRST).map_err(|_| StreamError::Malformed)?;
                    let packet = packet.map(|packet| (packet, rest.to_vec()));
                    if packet.is_none() && is_end { Err(StreamError::Ended) } else { Ok(packet) }
                })
            })
        });
        match read.await {
            Ok(read) => {
                if let Some(first) = read? {
                    return Ok(first);
                }
            }
            Err(error) => {
                observe::stream_broken(&error);
                return Err(StreamError::Ended);
            }
        }
    }
}

/// The first packet is `0` and the id of a session at the most, with room for keys that come later.
const MAX_FIRST: usize = 1024;
