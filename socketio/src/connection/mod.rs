//! What a connection is made of, whatever drives it: the ground that sessions and transports stand on.

pub(crate) mod buffers;
mod link;
mod mailbox;
mod outbox;
mod request;
mod stream;

pub(crate) use self::{
    link::Link,
    mailbox::{Carrier, Mailbox, Order},
    outbox::{Amount, Frame, Out, Outbox, Taken},
    request::{PollReply, SessionRequest, Upgrade},
    stream::Stream,
};
