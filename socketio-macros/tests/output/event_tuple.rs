// The expansion of:
//
//     #[derive(Event)]
//     #[event("chat:moved", from = server)]
//     struct Moved<T: Serialize>(i64, T);

#[automatically_derived]
#[allow(deprecated)]
impl<T: Serialize> ::socketio::private::Payload for Moved<T> {}
#[automatically_derived]
#[allow(deprecated)]
impl<
    '__e,
    __K: ::socketio::private::Carries,
    T: Serialize,
> ::socketio::private::FromEvent<'__e, __K> for Moved<T>
where
    Moved<T>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::private::ClientError;
    fn from_event(
        __cx: &mut ::socketio::private::EventContext<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::private::ClientError> {
        __cx.next_args()
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<T: Serialize> ::socketio::private::Arguments for Moved<T>
where
    for<'__s> &'__s i64: ::socketio::private::serde::Serialize,
    for<'__s> &'__s T: ::socketio::private::serde::Serialize,
{
    fn arity(&self) -> ::core::primitive::usize {
        2usize
    }
    fn write(
        &self,
        __args: &mut ::socketio::private::ArgsWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::private::EncodeError> {
        let _ = &__args;
        __args.arg(&&self.0)?;
        __args.arg(&&self.1)?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl<T: Serialize> ::socketio::private::Event for Moved<T> {
    const NAME: &'static ::core::primitive::str = "chat:moved";
    const DIRECTION: ::socketio::private::Direction = ::socketio::private::Direction::Server;
    type Answer = ::socketio::private::NotAcknowledged;
    type Kind = ::socketio::private::kind::CustomEvent;
}
#[automatically_derived]
#[allow(deprecated)]
impl<T: Serialize> ::socketio::private::Outgoing for Moved<T>
where
    for<'__s> &'__s i64: ::socketio::private::serde::Serialize,
    for<'__s> &'__s T: ::socketio::private::serde::Serialize,
{}
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::{check_declared as __check, open::*};
    {
        #[allow(unused_imports)]
        use crate::*;
        __check("chat:moved", &__SOCKETIO_EVENTS)
    }
};
::socketio::private::describe_event! {
    impl [< T : Serialize >] for [Moved < T >] where [] doc "", deprecated[],
    namespace[], args { [false i64] [false T] }, ack {}, bounds { [i64] [T] }, record {}
}
