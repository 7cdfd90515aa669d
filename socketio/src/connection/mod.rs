//! What a connection is made of, whatever drives it: the ground that sessions and transports stand on.

pub(crate) mod buffers;
mod link;
mod mailbox;
mod outbox;
mod pace;
pub(crate) mod packing;
mod payload;
mod request;
mod stream;

pub(crate) use self::{
    link::Link,
    mailbox::{Carrier, Mailbox, Order, Posting},
    outbox::{Amount, Frame, Out, Outbox, Taken},
    pace::{Pace, Progress},
    packing::Packing,
    payload::{Account, Payload},
    request::{PollReply, PostBody, SessionRequest, Terms, Upgrade},
    stream::Stream,
};
