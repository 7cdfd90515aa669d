// The expansion of:
//
//     #[derive(Payload)]
//     struct Page<T> { items: Vec<T> }

#[automatically_derived]
impl<T> ::socketio::Payload for Page<T> {}
#[automatically_derived]
impl<'__e, __K: ::socketio::Carries, T> ::socketio::FromEvent<'__e, __K> for Page<T>
where
    Page<T>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::ClientError;
    fn from_event(
        cx: &mut ::socketio::Cx<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::ClientError> {
        cx.next_arg()
    }
}
