// The expansion of:
//
//     #[on("chat:say", "chat:shout", priority = -1)]
//     pub fn say(socket: &Socket, text: Cow<'_, str>) { socket.broadcast().emit(&Said { text }); }

pub fn say(socket: &Socket, text: Cow<'_, str>) {
    socket.broadcast().emit(&Said { text });
}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, missing_docs, missing_debug_implementations)]
pub struct say {}
#[doc(hidden)]
const _: () = {
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
        {
            #[allow(unused_imports)]
            use ::socketio::private::open::*;
            {
                #[allow(unused_imports)]
                use crate::*;
                ::socketio::private::check_name("chat:say", &__SOCKETIO_EVENTS)
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
            const __ACKS: &[bool] = &[
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
            use ::socketio::private::open::*;
            {
                #[allow(unused_imports)]
                use crate::*;
                ::socketio::private::check_name("chat:shout", &__SOCKETIO_EVENTS)
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
            const __ACKS: &[bool] = &[
                ::socketio::private::Probe::<&Socket>::IS_ACK,
                ::socketio::private::Probe::<Cow<'_, str>>::IS_ACK,
            ];
            ::socketio::private::check_place(__TAKES, 0usize);
            ::socketio::private::check_ack(__ACKS, 0usize);
            ::socketio::private::check_place(__TAKES, 1usize);
            ::socketio::private::check_ack(__ACKS, 1usize);
        }
    };
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
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(0usize, error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Cow<'_, str>,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(1usize, error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = say(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe, With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(Probe::<&Socket>::NEW.ack_token())
            .pick(Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(Probe::<&Socket>::NEW.ack_param())
            .pick(Probe::<Cow<'_, str>>::NEW.ack_param());
        Probe::<&Socket>::NEW.ack_param().fits(&__ack);
        Probe::<Cow<'_, str>>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
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
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(0usize, error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Cow<'_, str>,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(1usize, error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = say(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe, With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(Probe::<&Socket>::NEW.ack_token())
            .pick(Probe::<Cow<'_, str>>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(Probe::<&Socket>::NEW.ack_param())
            .pick(Probe::<Cow<'_, str>>::NEW.ack_param());
        Probe::<&Socket>::NEW.ack_param().fits(&__ack);
        Probe::<Cow<'_, str>>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    static __HANDLERS: [::socketio::private::Handler; 2usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:say"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    __SOCKETIO_NAMESPACE
                }
            },
            priority: -1,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                function: "say",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe,
                };
                ::socketio::private::answers(
                    Probe::<()>::ANSWERS,
                    false || Probe::<&Socket>::IS_ACK || Probe::<Cow<'_, str>>::IS_ACK,
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
        },
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:shout"),
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    __SOCKETIO_NAMESPACE
                }
            },
            priority: -1,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                function: "say",
            },
            call: ::socketio::private::Call::Sync(__call1),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe,
                };
                ::socketio::private::answers(
                    Probe::<()>::ANSWERS,
                    false || Probe::<&Socket>::IS_ACK || Probe::<Cow<'_, str>>::IS_ACK,
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
        },
    ];
    impl ::socketio::private::Registered for say {
        fn handlers() -> &'static [::socketio::private::Handler] {
            &__HANDLERS
        }
    }
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[1usize])
    }
};
