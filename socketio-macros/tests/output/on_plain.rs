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
                __check("chat:say", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "chat:say",
            ::socketio::private::Probe::<&Socket>::EVENT,
        );
        ::socketio::private::check_payload(
            "chat:say",
            ::socketio::private::Probe::<Cow<'_, str>>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<&Socket>::TAKES,
                ::socketio::private::Probe::<Cow<'_, str>>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<&Socket>::IS_ACK,
                ::socketio::private::Probe::<Cow<'_, str>>::IS_ACK,
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
                __check("chat:shout", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "chat:shout",
            ::socketio::private::Probe::<&Socket>::EVENT,
        );
        ::socketio::private::check_payload(
            "chat:shout",
            ::socketio::private::Probe::<Cow<'_, str>>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<&Socket>::TAKES,
                ::socketio::private::Probe::<Cow<'_, str>>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<&Socket>::IS_ACK,
                ::socketio::private::Probe::<Cow<'_, str>>::IS_ACK,
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
                &Socket,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Cow<'_, str>,
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
            .pick(__Probe::<&Socket>::NEW.ack_token())
            .pick(__Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<&Socket>::NEW.ack_param())
            .pick(__Probe::<Cow<'_, str>>::NEW.ack_param());
        __Probe::<&Socket>::NEW.ack_param().fits(&__ack);
        __Probe::<Cow<'_, str>>::NEW.ack_param().fits(&__ack);
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
                &Socket,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Cow<'_, str>,
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
            .pick(__Probe::<&Socket>::NEW.ack_token())
            .pick(__Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<&Socket>::NEW.ack_param())
            .pick(__Probe::<Cow<'_, str>>::NEW.ack_param());
        __Probe::<&Socket>::NEW.ack_param().fits(&__ack);
        __Probe::<Cow<'_, str>>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 2usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:say"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: -1,
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
                    false || __Probe::<&Socket>::IS_ACK
                        || __Probe::<Cow<'_, str>>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<&Socket>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<Cow<'_, str>>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["text" Cow < '_, str >]
                }, returns { () }
            },
        },
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:shout"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: -1,
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
                    false || __Probe::<&Socket>::IS_ACK
                        || __Probe::<Cow<'_, str>>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<&Socket>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<Cow<'_, str>>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["text" Cow < '_, str >]
                }, returns { () }
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
