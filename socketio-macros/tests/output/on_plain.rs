// The expansion of:
//
//     #[on("chat:say", "chat:shout", priority = -1)]
//     pub fn say(socket: &Socket, text: Cow<'_, str>) { socket.broadcast().emit(&Said { text }); }

pub fn say(socket: &Socket, text: Cow<'_, str>) {
    socket.broadcast().emit(&Said { text });
}
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
pub const __on_attribute_of_say: &[::socketio::private::Handler] = {
    #[allow(unused_imports)]
    use ::socketio::private::{self as __p, fallbacks::*};
    #[allow(deprecated)]
    const _: () = {
        {
            #[allow(unused_imports)]
            use ::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("chat:say", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                __p::OURS,
                (
                    __p::Probe::<Cow<'_, str>>::EVENT,
                    __p::Probe::<Cow<'_, str>>::TAKES,
                    __p::Probe::<Cow<'_, str>>::IS_ACK,
                ),
            ];
            __p::check_argument("chat:say", __all, 1usize);
        }
        {
            #[allow(unused_imports)]
            use ::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("chat:shout", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                __p::OURS,
                (
                    __p::Probe::<Cow<'_, str>>::EVENT,
                    __p::Probe::<Cow<'_, str>>::TAKES,
                    __p::Probe::<Cow<'_, str>>::IS_ACK,
                ),
            ];
            __p::check_argument("chat:shout", __all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<&Socket, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<
            Cow<'_, str>,
            __p::kind::CustomEvent,
        >(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = say(__arg0, __arg1);
        let __ack = __p::Untyped.pick(__p::Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param0 = __p::Probe::<Cow<'_, str>>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param = __p::NoParam.pick(__param0);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    fn __call1(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<&Socket, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<
            Cow<'_, str>,
            __p::kind::CustomEvent,
        >(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = say(__arg0, __arg1);
        let __ack = __p::Untyped.pick(__p::Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param0 = __p::Probe::<Cow<'_, str>>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param = __p::NoParam.pick(__param0);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 2usize] = [
        __p::Handler {
            subject: __p::Subject::Event("chat:say"),
            namespace: {
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: -1,
            concurrent: false,
            location: __p::Location::new(
                __p::module_path!(),
                __p::here(),
                [0u32, 0u32, 7u32, 0u32],
                "say",
            ),
            call: __p::Call::Sync(__call0),
            answers: __p::answers(
                __p::Probe::<()>::ANSWERS,
                false || __p::Probe::<Cow<'_, str>>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<Cow<'_, str>>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["text" Cow < '_, str >]
                }, returns { () }
            },
        },
        __p::Handler {
            subject: __p::Subject::Event("chat:shout"),
            namespace: {
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: -1,
            concurrent: false,
            location: __p::Location::new(
                __p::module_path!(),
                __p::here(),
                [0u32, 0u32, 7u32, 0u32],
                "say",
            ),
            call: __p::Call::Sync(__call1),
            answers: __p::answers(
                __p::Probe::<()>::ANSWERS,
                false || __p::Probe::<Cow<'_, str>>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<Cow<'_, str>>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["text" Cow < '_, str >]
                }, returns { () }
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[1usize])
    }
    &__HANDLERS
};
