// The expansion of:
//
//     #[on("say")]
//     #[cfg(feature = "chat")]
//     #[cfg_attr(feature = "loud", inline, on("shout"))]
//     fn say(text: String, #[cfg(feature = "loud")] volume: u8) {}

#[cfg(feature = "chat")]
#[cfg_attr(feature = "loud", inline)]
fn say(text: String, #[cfg(feature = "loud")] volume: u8) {}
#[cfg(all(feature = "chat", feature = "loud"))]
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_say: &[::socketio::private::Handler] = {
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
                __check("say", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<String>::EVENT,
                    __p::Probe::<String>::TAKES,
                    __p::Probe::<String>::IS_ACK,
                ),
                (
                    __p::Probe::<u8>::EVENT,
                    __p::Probe::<u8>::TAKES,
                    __p::Probe::<u8>::IS_ACK,
                ),
            ];
            __p::check_argument("say", __all, 0usize);
            __p::check_argument("say", __all, 1usize);
        }
        {
            #[allow(unused_imports)]
            use ::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("shout", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<String>::EVENT,
                    __p::Probe::<String>::TAKES,
                    __p::Probe::<String>::IS_ACK,
                ),
                (
                    __p::Probe::<u8>::EVENT,
                    __p::Probe::<u8>::TAKES,
                    __p::Probe::<u8>::IS_ACK,
                ),
            ];
            __p::check_argument("shout", __all, 0usize);
            __p::check_argument("shout", __all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<String, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<u8, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = say(__arg0, __arg1);
        let __ack = __p::Untyped
            .pick(__p::Probe::<String>::NEW.ack_token())
            .pick(__p::Probe::<u8>::NEW.ack_token());
        let __param0 = __p::Probe::<String>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param1 = __p::Probe::<u8>::NEW.ack_param();
        __param1.fits(&__ack);
        let __param = __p::NoParam.pick(__param0).pick(__param1);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    fn __call1(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<String, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<u8, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = say(__arg0, __arg1);
        let __ack = __p::Untyped
            .pick(__p::Probe::<String>::NEW.ack_token())
            .pick(__p::Probe::<u8>::NEW.ack_token());
        let __param0 = __p::Probe::<String>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param1 = __p::Probe::<u8>::NEW.ack_param();
        __param1.fits(&__ack);
        let __param = __p::NoParam.pick(__param0).pick(__param1);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 2usize] = [
        __p::Handler {
            subject: __p::Subject::Event("say"),
            namespace: {
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
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
                false || __p::Probe::<String>::IS_ACK || __p::Probe::<u8>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<String>::NEEDS, __p::Probe::<u8>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] ["volume" u8] }, returns {
                () }
            },
        },
        __p::Handler {
            subject: __p::Subject::Event("shout"),
            namespace: {
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
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
                false || __p::Probe::<String>::IS_ACK || __p::Probe::<u8>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<String>::NEEDS, __p::Probe::<u8>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] ["volume" u8] }, returns {
                () }
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
#[cfg(all(feature = "chat", not(feature = "loud")))]
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_say: &[::socketio::private::Handler] = {
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
                __check("say", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<String>::EVENT,
                    __p::Probe::<String>::TAKES,
                    __p::Probe::<String>::IS_ACK,
                ),
            ];
            __p::check_argument("say", __all, 0usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<String, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __returned = say(__arg0);
        let __ack = __p::Untyped.pick(__p::Probe::<String>::NEW.ack_token());
        let __param0 = __p::Probe::<String>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param = __p::NoParam.pick(__param0);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Event("say"),
            namespace: {
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
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
                false || __p::Probe::<String>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<String>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] }, returns { () }
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
