// The expansion of:
//
//     #[derive(Event)]
//     #[event("chat:moved", from = server)]
//     struct Moved<T: Serialize>(i64, T);

#[automatically_derived]
impl<T: Serialize> ::socketio::Payload for Moved<T> {}
#[automatically_derived]
impl<'__e, __K: ::socketio::Carries, T: Serialize> ::socketio::FromEvent<'__e, __K>
for Moved<T>
where
    Moved<T>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::ClientError;
    fn from_event(
        cx: &mut ::socketio::Cx<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::ClientError> {
        cx.next_args()
    }
}
#[automatically_derived]
impl<T: Serialize> ::socketio::Arguments for Moved<T>
where
    for<'__s> &'__s i64: ::socketio::private::serde::Serialize,
    for<'__s> &'__s T: ::socketio::private::serde::Serialize,
{
    fn arity(&self) -> usize {
        2usize
    }
    fn write(
        &self,
        args: &mut ::socketio::ArgsWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::EncodeError> {
        args.arg(&&self.0)?;
        args.arg(&&self.1)?;
        ::core::result::Result::Ok(())
    }
}
#[automatically_derived]
impl<T: Serialize> ::socketio::Event for Moved<T> {
    const NAME: &'static str = "chat:moved";
    const DIRECTION: ::socketio::Direction = ::socketio::Direction::Server;
    type Answer = ::socketio::private::NotAcknowledged;
}
#[automatically_derived]
impl<T: Serialize> ::socketio::Outgoing for Moved<T>
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
