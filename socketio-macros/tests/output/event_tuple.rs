// The expansion of:
//
//     #[derive(Event)]
//     #[event("chat:moved", from = server)]
//     struct Moved<T: Serialize>(i64, T);

#[automatically_derived]
impl<T: Serialize> ::socketio::private::Payload for Moved<T> {}
#[automatically_derived]
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
        cx: &mut ::socketio::private::EventContext<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::private::ClientError> {
        cx.next_args()
    }
}
#[automatically_derived]
impl<T: Serialize> ::socketio::private::Arguments for Moved<T>
where
    for<'__s> &'__s i64: ::socketio::private::serde::Serialize,
    for<'__s> &'__s T: ::socketio::private::serde::Serialize,
{
    fn arity(&self) -> usize {
        2usize
    }
    fn write(
        &self,
        args: &mut ::socketio::private::ArgsWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::private::EncodeError> {
        args.arg(&&self.0)?;
        args.arg(&&self.1)?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T: Serialize> ::socketio::private::Event for Moved<T> {
    const NAME: &'static str = "chat:moved";
    const DIRECTION: ::socketio::private::Direction = ::socketio::private::Direction::Server;
    type Answer = ::socketio::private::NotAcknowledged;
}
#[automatically_derived]
impl<T: Serialize> ::socketio::private::Outgoing for Moved<T>
where
    for<'__s> &'__s i64: ::socketio::private::serde::Serialize,
    for<'__s> &'__s T: ::socketio::private::serde::Serialize,
{}
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::open::*;
    {
        #[allow(unused_imports)]
        use crate::*;
        ::socketio::private::check_declared("chat:moved", &__SOCKETIO_EVENTS)
    }
};
