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
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
        {
            #[allow(unused_imports)]
            use ::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("say", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "say",
            ::socketio::private::Probe::<String>::EVENT,
        );
        ::socketio::private::check_payload(
            "say",
            ::socketio::private::Probe::<u8>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<String>::TAKES,
                ::socketio::private::Probe::<u8>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<String>::IS_ACK,
                ::socketio::private::Probe::<u8>::IS_ACK,
            ];
            ::socketio::private::check_place(__TAKES, 0usize);
            ::socketio::private::check_ack(__ACKS, 0usize);
            ::socketio::private::check_place(__TAKES, 1usize);
            ::socketio::private::check_ack(__ACKS, 1usize);
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
        ::socketio::private::check_payload(
            "shout",
            ::socketio::private::Probe::<String>::EVENT,
        );
        ::socketio::private::check_payload(
            "shout",
            ::socketio::private::Probe::<u8>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<String>::TAKES,
                ::socketio::private::Probe::<u8>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<String>::IS_ACK,
                ::socketio::private::Probe::<u8>::IS_ACK,
            ];
            ::socketio::private::check_place(__TAKES, 0usize);
            ::socketio::private::check_ack(__ACKS, 0usize);
            ::socketio::private::check_place(__TAKES, 1usize);
            ::socketio::private::check_ack(__ACKS, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &::socketio::private::Incoming) -> ::socketio::private::Outcome {
        let (__arg0, __arg1) = {
            #[allow(unused_imports)]
            use ::socketio::private::PartsFallback as _;
            let mut __cx = __in.cx();
            let _ = &mut __cx;
            let __arg0 = match ::socketio::private::extract::<
                String,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                u8,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(1usize, __error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = say(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe,
            With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(__Probe::<String>::NEW.ack_token())
            .pick(__Probe::<u8>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<String>::NEW.ack_param())
            .pick(__Probe::<u8>::NEW.ack_param());
        __Probe::<String>::NEW.ack_param().fits(&__ack);
        __Probe::<u8>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    fn __call1(__in: &::socketio::private::Incoming) -> ::socketio::private::Outcome {
        let (__arg0, __arg1) = {
            #[allow(unused_imports)]
            use ::socketio::private::PartsFallback as _;
            let mut __cx = __in.cx();
            let _ = &mut __cx;
            let __arg0 = match ::socketio::private::extract::<
                String,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                u8,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(1usize, __error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = say(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe,
            With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(__Probe::<String>::NEW.ack_token())
            .pick(__Probe::<u8>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<String>::NEW.ack_param())
            .pick(__Probe::<u8>::NEW.ack_param());
        __Probe::<String>::NEW.ack_param().fits(&__ack);
        __Probe::<u8>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 2usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("say"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                block: (::socketio::private::line!(), ::socketio::private::column!()),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                written: [0u32, 0u32, 7u32, 0u32],
                function: "say",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<()>::ANSWERS,
                    false || __Probe::<String>::IS_ACK || __Probe::<u8>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<String>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<u8>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] ["volume" u8] }, returns {
                () }
            },
        },
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("shout"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                block: (::socketio::private::line!(), ::socketio::private::column!()),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                written: [0u32, 0u32, 7u32, 0u32],
                function: "say",
            },
            call: ::socketio::private::Call::Sync(__call1),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<()>::ANSWERS,
                    false || __Probe::<String>::IS_ACK || __Probe::<u8>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<String>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<u8>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] ["volume" u8] }, returns {
                () }
            },
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[1usize])
    }
    &__HANDLERS
};
#[cfg(all(feature = "chat", not(feature = "loud")))]
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_say: &[::socketio::private::Handler] = {
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
        {
            #[allow(unused_imports)]
            use ::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("say", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "say",
            ::socketio::private::Probe::<String>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<String>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<String>::IS_ACK,
            ];
            ::socketio::private::check_place(__TAKES, 0usize);
            ::socketio::private::check_ack(__ACKS, 0usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &::socketio::private::Incoming) -> ::socketio::private::Outcome {
        let (__arg0,) = {
            #[allow(unused_imports)]
            use ::socketio::private::PartsFallback as _;
            let mut __cx = __in.cx();
            let _ = &mut __cx;
            let __arg0 = match ::socketio::private::extract::<
                String,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            (__arg0,)
        };
        let __returned = say(__arg0);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe,
            With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(__Probe::<String>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<String>::NEW.ack_param());
        __Probe::<String>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("say"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                block: (::socketio::private::line!(), ::socketio::private::column!()),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                written: [0u32, 0u32, 7u32, 0u32],
                function: "say",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<()>::ANSWERS,
                    false || __Probe::<String>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<String>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["text" String] }, returns { () }
            },
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
