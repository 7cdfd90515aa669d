//! What a connection is made of, whatever drives it: the ground that sessions and transports stand on.

mod account;
pub(crate) mod buffers;
mod charge;
mod guarded;
mod link;
mod mailbox;
mod outbox;
mod pace;
pub(crate) mod packing;
mod payload;
mod place;
mod request;
mod stream;

pub(crate) use self::{
    account::{Account, Room},
    charge::{Awaited, Charge},
    guarded::Guarded,
    link::Link,
    mailbox::{Carrier, Mailbox, Order, Posting},
    outbox::{Amount, Frame, Out, Outbox, Taken},
    pace::{Pace, Progress},
    packing::Packing,
    payload::{Outbound, Payload},
    place::Places,
    request::{Framing, PollReply, PostBody, SessionRequest, Terms, Upgrade},
    stream::Stream,
};
