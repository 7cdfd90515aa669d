//! What a connection is made of before anything carries it.

use std::sync::Arc;

use super::{ConnectRequest, Protocol};
use crate::{
    connection::{Link, Terms},
    hub::Seat,
    namespace::Lease,
};

/// A connection without its transport.
pub(crate) struct Opening {
    pub(crate) link: Arc<Link>,
    pub(crate) seat: Seat,
    pub(crate) protocol: Protocol,
    /// The one socket of a plain connection.
    pub(crate) first: Option<(Lease, ConnectRequest)>,
    /// What goes for the frames of its WebSocket, if that carries it from the start.
    pub(crate) terms: Terms,
}
