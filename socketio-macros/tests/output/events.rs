// The expansion of:
//
//     events! { pub EVENTS = [SendMessage<'_>, "chat:clear", use other::EVENTS] }

#[allow(dead_code)]
pub const EVENTS: ::socketio::private::EventSet = __SOCKETIO_EVENTS;
#[doc(hidden)]
pub(crate) const __SOCKETIO_EVENTS: ::socketio::private::EventSet = {
    const NAMES: &[&str] = &[
        <SendMessage<'_> as ::socketio::private::Event>::NAME,
        "chat:clear",
    ];
    const INCOMING: &[bool] = &[
        !::core::matches!(
            < SendMessage < '_ > as ::socketio::private::Event > ::DIRECTION,
            ::socketio::private::Direction::Server
        ),
        true,
    ];
    const TABLE: &[u16] = &::socketio::private::table::<4usize>(NAMES);
    ::socketio::private::event_set(NAMES, INCOMING, TABLE, &[&other::EVENTS])
};
#[doc(hidden)]
#[allow(unused_imports)]
pub(crate) use ::socketio::private::listed::*;
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::open::*;
    {
        #[allow(unused_imports)]
        use crate::*;
        ::socketio::private::check_in_root(&__SOCKETIO_EVENTS)
    }
};
const _: () = ::socketio::private::check_first(0usize, &__SOCKETIO_EVENTS);
const _: () = ::socketio::private::check_first(1usize, &__SOCKETIO_EVENTS);
