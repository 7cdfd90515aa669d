//! Why a connection ends.

/// Why a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The connection broke.
    TransportClose,
}
