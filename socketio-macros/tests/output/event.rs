// The expansion of:
//
//     #[derive(Event)]
//     #[event("chat:message", ack = Receipt)]
//     pub struct SendMessage<'a> {
//         #[serde(borrow)]
//         text: Cow<'a, str>,
//     }

#[automatically_derived]
impl<'a> ::socketio::private::Payload for SendMessage<'a> {}
#[automatically_derived]
impl<'__e, __K: ::socketio::private::Carries> ::socketio::private::FromEvent<'__e, __K>
for SendMessage<'__e>
where
    SendMessage<'__e>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::private::ClientError;
    fn from_event(
        cx: &mut ::socketio::private::EventContext<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::private::ClientError> {
        cx.next_arg()
    }
}
#[automatically_derived]
impl<'a> ::socketio::private::Arguments for SendMessage<'a>
where
    for<'__s> &'__s SendMessage<'a>: ::socketio::private::serde::Serialize,
{
    fn arity(&self) -> usize {
        1usize
    }
    fn write(
        &self,
        args: &mut ::socketio::private::ArgsWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::private::EncodeError> {
        args.arg(&self)?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<'a> ::socketio::private::Event for SendMessage<'a> {
    const NAME: &'static str = "chat:message";
    const DIRECTION: ::socketio::private::Direction = ::socketio::private::Direction::Both;
    type Answer = ::socketio::private::AcknowledgedWith<Receipt>;
}
#[automatically_derived]
impl<'a> ::socketio::private::Outgoing for SendMessage<'a>
where
    for<'__s> &'__s SendMessage<'a>: ::socketio::private::serde::Serialize,
{}
#[automatically_derived]
impl<'a> ::socketio::private::Acknowledged for SendMessage<'a> {
    type Ack = Receipt;
}
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::open::*;
    {
        #[allow(unused_imports)]
        use crate::*;
        ::socketio::private::check_declared("chat:message", &__SOCKETIO_EVENTS)
    }
};
