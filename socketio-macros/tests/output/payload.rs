// The expansion of:
//
//     #[derive(Payload)]
//     struct Page<T> { items: Vec<T> }

#[automatically_derived]
#[allow(deprecated)]
impl<T> ::socketio::private::Payload for Page<T> {}
#[automatically_derived]
#[allow(deprecated)]
impl<
    '__e,
    __K: ::socketio::private::Carries,
    T,
> ::socketio::private::FromEvent<'__e, __K> for Page<T>
where
    Page<T>: ::socketio::private::serde::Deserialize<'__e>,
{
    type Rejection = ::socketio::private::ClientError;
    fn from_event(
        __cx: &mut ::socketio::private::EventContext<'__e>,
    ) -> ::core::result::Result<Self, ::socketio::private::ClientError> {
        __cx.next_arg()
    }
}
