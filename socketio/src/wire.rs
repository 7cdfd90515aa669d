//! The protocols that a connection may speak.

use crate::proto::frame;

/// Which protocol a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The plain event bus over WebSocket.
    Bus,
    /// The plain event bus over Engine.IO.
    Engine,
    /// Socket.IO.
    Packet,
    /// Socket.IO with the MessagePack parser.
    MessagePack,
}

/// All of them: `WIRES[wire as usize] == wire`.
pub(crate) const WIRES: [Wire; 4] = [Wire::Bus, Wire::Engine, Wire::Packet, Wire::MessagePack];

impl Wire {
    /// Does it carry the plain bus: bare messages, or envelopes?
    pub(crate) fn is_bus(self) -> bool {
        matches!(self, Self::Bus | Self::Engine)
    }

    /// Do the frames of this wire carry Engine.IO packets?
    pub(crate) fn is_engine(self) -> bool {
        self != Self::Bus
    }

    /// The opcode of the frame that a packet starts with.
    pub(crate) fn opcode(self) -> u8 {
        if self == Self::MessagePack { frame::BINARY } else { frame::TEXT }
    }
}
