//! From a value to a finished frame: for each wire, the right writer of [`proto`](crate::proto).

mod arguments;
mod draft;
mod packed;

use bytes::Bytes;
use serde::Serialize;

pub use self::arguments::{ArgsWriter, Arguments};
use self::packed::{Loose, append_framed};
pub(crate) use self::{
    arguments::{local_args, packed_event, packed_value},
    draft::Draft,
    packed::Finished,
};
use crate::{
    config::Deflate,
    connection::{Frame, Packing, buffers::Encoder, packing::Packer},
    error::{ClientError, EncodeError, EncodeFault},
    proto::{
        bus,
        deflate::MAX_WINDOW,
        engine, frame,
        packet::{self, Type, msgpack},
    },
    wire::Wire,
};

/// What goes before the arguments of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) wire: Wire,
    pub(crate) namespace: &'a str,
    /// Asks for an acknowledgement with this id.
    pub(crate) ack: Option<u64>,
    /// Leaves the packet open for an offset as the last argument: see [`Encoded::into_draft`].
    pub(crate) open: bool,
}

/// A packet in the thread's buffer: one frame, and its attachments.
pub(crate) struct Encoded<'a> {
    buffer: &'a mut Encoder,
    opcode: u8,
    attachments: Vec<Vec<u8>>,
    /// Bytes of the program, which may be compressed already: not a packet.
    is_bytes: bool,
    /// It may be compressed, as far as the program is concerned.
    compress: bool,
}

impl Encoded<'_> {
    /// The program says whether it may be compressed. If it says nothing, it may.
    pub(crate) fn compress(self, compress: bool) -> Self {
        Self { compress, ..self }
    }

    /// Hands out what is pushed to an outbox: a packet with attachments is one piece, so that nothing comes
    /// between them and no policy tears them apart.
    #[inline]
    pub(crate) fn with_frame<R>(self, push: impl FnOnce(Frame<'_>) -> R) -> R {
        if self.attachments.is_empty() {
            push(Frame::Own(self.buffer.finish(self.opcode)))
        } else {
            push(Frame::Shared(&self.into_bytes()))
        }
    }

    /// The same for one outbox, compressed if that is agreed on and saves something.
    #[inline]
    pub(crate) fn with_frame_for<R>(
        self,
        packing: Option<Packing<'_>>,
        push: impl FnOnce(Frame<'_>) -> R,
    ) -> R {
        match packing {
            None => self.with_frame(push),
            Some(packing) => self.with_packed(packing, push),
        }
    }

    fn with_packed<R>(mut self, packing: Packing<'_>, push: impl FnOnce(Frame<'_>) -> R) -> R {
        let Packing { settings, window } = packing;
        let (opcode, loose) = (self.opcode | frame::RSV1, self.loose());
        if !loose.attachments.is_empty() {
            return match loose.pack(settings, window) {
                Some(packed) => push(Frame::Shared(&packed.frames)),
                None => self.with_frame(push),
            };
        }
        if !loose.is_worth_it(settings, window) {
            return self.with_frame(push);
        }
        match Packer::take(settings).message(frame::MAX_HEADER, loose.payload) {
            // from the compressor's buffer to the outbox: it is copied once
            Some(frame) => {
                let start = frame::fill_gap(frame, opcode);
                push(Frame::Own(&frame[start..]))
            }
            None => self.with_frame(push),
        }
    }

    /// The frames, one after another; with settings, compressed as well.
    pub(crate) fn into_finished(mut self, settings: Option<&Deflate>) -> Finished {
        let packed = settings.and_then(|settings| self.loose().pack(settings, MAX_WINDOW));
        Finished::new(self.into_bytes(), packed)
    }

    fn loose(&mut self) -> Loose<'_> {
        let Self { opcode, is_bytes, compress, .. } = *self;
        let payload = &self.buffer.payload()[frame::MAX_HEADER..];
        Loose { opcode, payload, attachments: &self.attachments, is_bytes, compress }
    }

    fn into_bytes(self) -> Bytes {
        let frame = self.buffer.finish(self.opcode);
        if self.attachments.is_empty() {
            return Bytes::copy_from_slice(frame);
        }
        let mut frames = Vec::with_capacity(frame.len() + framed_len(&self.attachments));
        frames.extend_from_slice(frame);
        append_framed(&mut frames, &self.attachments);
        frames.into()
    }

    /// A packet that was left [open](Head::open); with settings, compressed as well.
    pub(crate) fn into_draft(mut self, settings: Option<&Deflate>) -> Draft {
        let packed = settings.and_then(|settings| self.loose().pack_draft(settings));
        let mut attachments = Vec::with_capacity(framed_len(&self.attachments));
        append_framed(&mut attachments, &self.attachments);
        Draft::new(self.buffer.payload(), self.opcode, attachments, packed)
    }
}

fn framed_len(attachments: &[Vec<u8>]) -> usize {
    attachments.iter().map(|bytes| frame::MAX_HEADER + bytes.len()).sum()
}

/// An event.
pub(crate) fn event<R>(
    head: Head<'_>,
    name: &str,
    args: &dyn Arguments,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let arity = args.arity();
    packet(
        head.wire,
        |out, attachments| {
            let mut writer = ArgsWriter::new(out, head.wire, attachments);
            match head.wire {
                Wire::Bus | Wire::Engine => {
                    writer.begin_bus();
                    bus::begin_event(writer.out, name, arity)?;
                    args.write(&mut writer)?;
                    bus::end(writer.out, arity, head.ack);
                }
                Wire::Packet => {
                    packet::begin_event(writer.out, head.namespace, head.ack);
                    writer.arg(name)?;
                    args.write(&mut writer)?;
                    if !head.open {
                        packet::end_args(writer.out);
                    }
                }
                Wire::MessagePack => {
                    msgpack::begin(writer.out, Type::Event, head.namespace, head.ack, true);
                    let len = 1 + arity + usize::from(head.open);
                    msgpack::begin_args(writer.out, u16::try_from(len).map_err(|_| EncodeFault::Arguments)?);
                    writer.arg(name)?;
                    args.write(&mut writer)?;
                }
            }
            Ok(())
        },
        take,
    )
}

/// An acknowledgement with one value, or with none. A value that spreads is an array of the arguments.
pub(crate) fn ack<T: Serialize + ?Sized, R>(
    head: Head<'_>,
    value: Option<&T>,
    spreads: bool,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let id = head.ack.unwrap_or_default();
    // the array itself is all arguments
    let spreads = spreads && value.is_some();
    let arity = usize::from(value.is_some());
    packet(
        head.wire,
        |out, attachments| {
            let mut writer = ArgsWriter::new(out, head.wire, attachments);
            match head.wire {
                Wire::Bus | Wire::Engine => {
                    writer.begin_bus();
                    bus::begin_ack(writer.out, id, arity, spreads);
                    value.map_or(Ok(()), |value| writer.arg(value))?;
                    bus::end(writer.out, arity, None);
                }
                Wire::Packet => {
                    packet::begin_ack(writer.out, head.namespace, id, spreads);
                    value.map_or(Ok(()), |value| writer.arg(value))?;
                    if !spreads {
                        packet::end_args(writer.out);
                    }
                }
                Wire::MessagePack => {
                    msgpack::begin(writer.out, Type::Ack, head.namespace, Some(id), true);
                    if !spreads {
                        msgpack::begin_args(writer.out, arity as u16);
                    }
                    value.map_or(Ok(()), |value| writer.arg(value))?;
                }
            }
            Ok(())
        },
        take,
    )
}

/// An acknowledgement that is an error.
pub(crate) fn ack_error<R>(
    head: Head<'_>,
    error: &ClientError,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    #[derive(Serialize)]
    struct ErrorPayload<'a> {
        error: &'a ClientError,
    }
    if !head.wire.is_bus() {
        return ack(head, Some(&ErrorPayload { error }), false, take);
    }
    packet(
        head.wire,
        |out, attachments| {
            ArgsWriter::new(out, head.wire, attachments).begin_bus();
            Ok(bus::ack_error(out, head.ack.unwrap_or_default(), error)?)
        },
        take,
    )
}

/// A packet of Socket.IO's own: the reply to CONNECT, DISCONNECT, CONNECT_ERROR.
pub(crate) fn control<T: Serialize, R>(
    wire: Wire,
    kind: Type,
    namespace: &str,
    payload: Option<&T>,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    packet(
        wire,
        |out, attachments| {
            if wire == Wire::MessagePack {
                msgpack::begin(out, kind, namespace, None, payload.is_some());
            } else {
                packet::begin(out, kind, namespace);
            }
            let mut writer = ArgsWriter::new(out, wire, attachments);
            payload.map_or(Ok(()), |payload| writer.arg(payload))
        },
        take,
    )
}

/// A message of the plain bus, as it is.
pub(crate) fn message<R>(wire: Wire, text: bool, bytes: &[u8], take: impl FnOnce(Encoded<'_>) -> R) -> R {
    let mut buffer = Encoder::take();
    let out = buffer.payload();
    if text && wire == Wire::Engine {
        engine::packet::begin_message(out);
    }
    out.extend_from_slice(bytes);
    let opcode = if text { frame::TEXT } else { frame::BINARY };
    take(Encoded { buffer: &mut buffer, opcode, attachments: vec![], is_bytes: !text, compress: true })
}

/// Writes a packet into the thread's buffer.
fn packet<R>(
    wire: Wire,
    write: impl FnOnce(&mut Vec<u8>, &mut Vec<Vec<u8>>) -> Result<(), EncodeError>,
    take: impl FnOnce(Encoded<'_>) -> R,
) -> Result<R, EncodeError> {
    let mut attachments = vec![];
    let list = &mut attachments;
    let mut buffer = Encoder::take();
    write(buffer.payload(), list)?;
    if !attachments.is_empty() {
        if attachments.len() > packet::MAX_ATTACHMENTS {
            return Err(EncodeFault::Attachments.into());
        }
        // only now is their number known, and that the packet is of another type
        packet::make_binary(buffer.payload(), frame::MAX_HEADER, attachments.len());
    }
    let opcode = wire.opcode();
    Ok(take(Encoded { buffer: &mut buffer, opcode, attachments, is_bytes: false, compress: true }))
}

#[cfg(test)]
#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path is not general enough over its lifetime"
)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{
        Bytes as Binary,
        emit::{Rest, Value},
        message::with_attachments,
        value::Args,
    };

    const PACKET: Head<'_> = Head { wire: Wire::Packet, namespace: "/", ack: None, open: false };

    fn frames(encoded: Encoded<'_>) -> Vec<u8> {
        encoded.into_bytes().to_vec()
    }

    fn text(payload: &str) -> Vec<u8> {
        let mut out = vec![];
        frame::append(&mut out, frame::TEXT, payload.as_bytes());
        out
    }

    #[test]
    fn bytes_follow_the_packet_in_depth_first_order() {
        let args = Args((json!({"a": 1}), vec![Binary::from(vec![1, 2]), Binary::from(vec![3])]));
        let mut expected =
            text(r#"452-/x,7["e",{"a":1},[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]"#);
        frame::append(&mut expected, frame::BINARY, &[1, 2]);
        frame::append(&mut expected, frame::BINARY, &[3]);
        let head = Head { namespace: "/x", ack: Some(7), ..PACKET };
        assert_eq!(event(head, "e", &args, frames).expect("encodes"), expected);
        let answer = ack(Head { ack: Some(9), ..PACKET }, Some(&Binary::from(vec![9])), false, frames);
        let mut expected = text(r#"461-9[{"_placeholder":true,"num":0}]"#);
        frame::append(&mut expected, frame::BINARY, &[9]);
        assert_eq!(answer.expect("encodes"), expected);
    }

    #[test]
    fn more_attachments_than_a_client_accepts_are_refused() {
        let eleven: Vec<Binary> = (0..11).map(|i| Binary::from(vec![i])).collect();
        assert!(event(PACKET, "e", &Args((eleven,)), frames).is_err());
    }

    /// The offset follows the arguments, whatever its length, and attachments follow the packet.
    #[test]
    fn an_offset_is_the_last_argument() {
        let head = Head { open: true, ..PACKET };
        for offset in ["1", "abcdefghijkl", "1700000000000-18446744073709551615", &"x".repeat(200)] {
            let draft = event(head, "e", &Args((1,)), |encoded| encoded.into_draft(None)).expect("encodes");
            assert_eq!(*draft.finish(offset).for_window(0), text(&format!(r#"42["e",1,"{offset}"]"#)));
            let bytes = Args((Binary::from(vec![1, 2, 3]),));
            let draft = event(head, "e", &bytes, |encoded| encoded.into_draft(None)).expect("encodes");
            let mut expected = text(&format!(r#"451-["e",{{"_placeholder":true,"num":0}},"{offset}"]"#));
            frame::append(&mut expected, frame::BINARY, &[1, 2, 3]);
            assert_eq!(*draft.finish(offset).for_window(0), expected);
        }
    }

    proptest! {
        /// What is written as a packet is read as it was: name, namespace, id, arguments, and bytes in their places.
        #[test]
        fn events_are_read_as_they_are_written(
            name in "[^\u{0}]{1,20}",
            namespace in "/[a-z0-9/]{0,10}",
            ack in prop::option::of(0..u64::from(u32::MAX)),
            texts in prop::collection::vec(".{0,20}", 0..5),
            binaries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..10),
        ) {
            prop_assume!(!packet::RESERVED.contains(&&*name));
            let sent: Vec<Value> = texts.iter().map(|text| Value::Text(text.clone())).collect();
            let bytes: Vec<Value> = binaries.iter().map(|bytes| Value::Binary(bytes.clone().into())).collect();
            let args = Rest(sent.into_iter().chain([Value::List(bytes)]).collect());
            let head = Head { wire: Wire::Packet, namespace: &namespace, ack, open: false };
            let frames = event(head, &name, &args, frames).expect("encodes");
            let (_, text, mut rest) = frame::split_first(&frames).expect("a text");
            let text = str::from_utf8(text).expect("UTF-8");
            let mut attachments = vec![];
            while let Some((opcode, bytes, next)) = frame::split_first(rest) {
                prop_assert_eq!(opcode, frame::BINARY);
                attachments.push(Bytes::copy_from_slice(bytes));
                rest = next;
            }
            let read = packet::decode(text, 1).expect("a packet");
            prop_assert_eq!((read.namespace, read.attachments), (&*namespace, binaries.len()));
            let packet::Kind::Event { id, name: read_name, args: range } = read.kind else {
                return Err(TestCaseError::fail("another kind"));
            };
            prop_assert_eq!((id, &*read_name), (ack, &*name));
            let array = format!("[{}]", text[range.range()].trim_start_matches(','));
            let read: Rest = with_attachments(&attachments, || serde_json::from_str(&array)).expect("JSON");
            prop_assert_eq!(read, args);
        }
    }

    #[cfg(feature = "msgpack")]
    #[test]
    fn message_pack_is_a_map_whose_last_value_is_the_data() {
        let head = Head { wire: Wire::MessagePack, namespace: "/x", ack: Some(3), open: true };
        let draft = event(head, "e", &Args((Binary::from(vec![7]), 1)), |encoded| encoded.into_draft(None))
            .expect("encodes");
        let payload =
            b"\x84\xa4type\x02\xa3nsp\xa2/x\xa2id\x03\xa4data\x94\xa1e\xc4\x01\x07\x01\xacabcdefghijkl";
        let mut expected = vec![];
        frame::append(&mut expected, frame::BINARY, payload);
        assert_eq!(*draft.finish("abcdefghijkl").for_window(0), expected);
    }
}
