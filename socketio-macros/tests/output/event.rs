// The expansion of:
//
//     #[derive(Event)]
//     #[event("chat:message", ack = Receipt)]
//     pub struct SendMessage<'a> {
//         #[serde(borrow)]
//         text: Cow<'a, str>,
//     }

#[automatically_derived]
#[allow(deprecated)]
impl<'a> ::socketio::private::Payload for SendMessage<'a> {}
#[automatically_derived]
#[allow(deprecated)]
impl<'__e, __K: ::socketio::private::Carries> ::socketio::private::FromEvent<'__e, __K>
for SendMessage<'__e>
where
    SendMessage<'__e>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::private::ClientError;
    fn from_event(
        __cx: &mut ::socketio::private::EventContext<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::private::ClientError> {
        __cx.next_arg()
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<'a> ::socketio::private::Arguments for SendMessage<'a>
where
    for<'__s> &'__s SendMessage<'a>: ::socketio::private::serde::Serialize,
{
    fn arity(&self) -> ::core::primitive::usize {
        1usize
    }
    fn write(
        &self,
        __args: &mut ::socketio::private::ArgsWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::private::EncodeError> {
        let _ = &__args;
        __args.arg(&self)?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<'a> ::socketio::private::Event for SendMessage<'a> {
    const NAME: &'static ::core::primitive::str = "chat:message";
    const DIRECTION: ::socketio::private::Direction = ::socketio::private::Direction::Both;
    type Answer = ::socketio::private::AcknowledgedWith<Receipt>;
    type Kind = ::socketio::private::kind::CustomEvent;
}
#[automatically_derived]
#[allow(deprecated)]
impl<'a> ::socketio::private::Outgoing for SendMessage<'a>
where
    for<'__s> &'__s SendMessage<'a>: ::socketio::private::serde::Serialize,
{}
#[automatically_derived]
#[allow(deprecated)]
impl<'a> ::socketio::private::Acknowledged for SendMessage<'a> {
    type Ack = Receipt;
}
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::{check_declared as __check, open::*};
    {
        #[allow(unused_imports)]
        use crate::*;
        __check("chat:message", &__SOCKETIO_EVENTS)
    }
};
::socketio::private::describe_event! {
    impl [< 'a >] for [SendMessage < 'a >] where [] doc "", deprecated[], namespace[],
    args { [false SendMessage < 'a >] }, ack { [Receipt] }, bounds {}, record {
    [SendMessage < 'static >] }
}
