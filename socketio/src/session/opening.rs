//! What a connection is made of before anything carries it.

use std::sync::Arc;

use super::{ConnectRequest, Protocol};
use crate::{connection::Link, hub::Seat, namespace::Lease};

/// A connection without its transport.
pub(crate) struct Opening {
    pub(crate) link: Arc<Link>,
    pub(crate) seat: Seat,
    pub(crate) protocol: Protocol,
    /// The one socket of a plain connection.
    pub(crate) first: Option<(Lease, ConnectRequest)>,
    /// The client takes text only.
    pub(crate) base64: bool,
}
