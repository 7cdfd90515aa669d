//! What a connection is made of, whatever drives it: the ground that sessions and transports stand on.

pub(crate) mod buffers;
mod link;
mod outbox;
mod request;
mod stream;

pub(crate) use self::{
    link::{Carrier, Link, Order},
    outbox::{Frame, Out, Outbox, Taken},
    request::{PollReply, SessionRequest, Upgrade},
    stream::Stream,
};
