// The expansion of:
//
//     events! { pub EVENTS = [SendMessage<'_>, "chat:clear", use other::EVENTS] }

#[allow(dead_code)]
pub const EVENTS: ::socketio::private::EventSet = __SOCKETIO_EVENTS;
#[doc(hidden)]
#[allow(deprecated)]
pub(crate) const __SOCKETIO_EVENTS: ::socketio::private::EventSet = {
    const __NAMES: &[&::core::primitive::str] = &[
        <SendMessage<'_> as ::socketio::private::Event>::NAME,
        "chat:clear",
    ];
    const __INCOMING: &[::core::primitive::bool] = &[
        ::core::matches!(
            < SendMessage < '_ > as ::socketio::private::Event > ::DIRECTION,
            ::socketio::private::Direction::Both | ::socketio::private::Direction::Client
        ),
        true,
    ];
    const __TABLE: &[::core::primitive::u16] = &::socketio::private::table::<
        4usize,
    >(__NAMES);
    ::socketio::private::event_set(__NAMES, __INCOMING, __TABLE, &[&other::EVENTS])
};
#[doc(hidden)]
#[allow(unused_imports)]
pub(crate) use ::socketio::private::listed::*;
const _: () = {
    #[allow(unused_imports)]
    use ::socketio::private::{check_in_root as __check, open::*};
    {
        #[allow(unused_imports)]
        use crate::*;
        __check(&__SOCKETIO_EVENTS)
    }
};
const _: () = ::socketio::private::check_first(0usize, &__SOCKETIO_EVENTS);
const _: () = ::socketio::private::check_first(1usize, &__SOCKETIO_EVENTS);
