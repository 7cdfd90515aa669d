// The expansion of:
//
//     #[on]
//     impl Chat {
//         #[on("chat:join")]
//         fn join(socket: &Socket, room: String) { socket.join(Self::polite(room)); }
//     
//         #[on("chat:leave", crate = facade::socketio)]
//         async fn leave(_: Room) -> Self { Self }
//     
//         fn polite(room: String) -> String { room }
//     }

impl Chat {
    fn join(socket: &Socket, room: String) {
        socket.join(Self::polite(room));
    }
    async fn leave(_: Room) -> Self {
        Self
    }
    fn polite(room: String) -> String {
        room
    }
}
#[doc(hidden)]
const _: () = {
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
                __check("chat:join", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "chat:join",
            ::socketio::private::Probe::<&Socket>::EVENT,
        );
        ::socketio::private::check_payload(
            "chat:join",
            ::socketio::private::Probe::<String>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<&Socket>::TAKES,
                ::socketio::private::Probe::<String>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<&Socket>::IS_ACK,
                ::socketio::private::Probe::<String>::IS_ACK,
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
                String,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(1usize, __error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = <Chat>::join(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe,
            With as _,
        };
        let __ack = ::socketio::private::Untyped
            .pick(__Probe::<&Socket>::NEW.ack_token())
            .pick(__Probe::<String>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<&Socket>::NEW.ack_param())
            .pick(__Probe::<String>::NEW.ack_param());
        __Probe::<&Socket>::NEW.ack_param().fits(&__ack);
        __Probe::<String>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:join"),
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
                function: "Chat::join",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<()>::ANSWERS,
                    false || __Probe::<&Socket>::IS_ACK || __Probe::<String>::IS_ACK,
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
                    ::socketio::private::Probe::<String>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["room" String] },
                returns { () }
            },
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
};
#[doc(hidden)]
const _: () = {
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use facade::socketio::private::{
            IsAckFallback as _, NoEvent as _, TakesNothing as _,
        };
        {
            #[allow(unused_imports)]
            use facade::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("chat:leave", &__SOCKETIO_EVENTS)
            }
        }
        facade::socketio::private::check_payload(
            "chat:leave",
            facade::socketio::private::Probe::<Room>::EVENT,
        );
        {
            const __TAKES: &[facade::socketio::private::Takes] = &[
                facade::socketio::private::Probe::<Room>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                facade::socketio::private::Probe::<Room>::IS_ACK,
            ];
            facade::socketio::private::check_place(__TAKES, 0usize);
            facade::socketio::private::check_ack(__ACKS, 0usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(
        __in: facade::socketio::private::Incoming,
    ) -> facade::socketio::private::BoxFuture {
        facade::socketio::private::pin(async move {
            let __in = __in;
            let (__arg0,) = {
                #[allow(unused_imports)]
                use facade::socketio::private::PartsFallback as _;
                let mut __cx = __in.cx();
                let _ = &mut __cx;
                let __arg0 = match facade::socketio::private::extract::<
                    Room,
                    facade::socketio::private::kind::CustomEvent,
                >(&mut __cx) {
                    facade::socketio::private::Result::Ok(__value) => __value,
                    facade::socketio::private::Result::Err(__error) => {
                        return __in.reject(0usize, __error);
                    }
                };
                (__arg0,)
            };
            let __returned = <Chat>::leave(__arg0).await;
            #[allow(unused_imports)]
            use facade::socketio::private::{
                AckParamFallback as _, AckTokenFallback as _, Pick as _,
                Probe as __Probe, With as _,
            };
            let __ack = facade::socketio::private::Untyped
                .pick(__Probe::<Room>::NEW.ack_token());
            let __param = facade::socketio::private::NoParam
                .pick(__Probe::<Room>::NEW.ack_param());
            __Probe::<Room>::NEW.ack_param().fits(&__ack);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [facade::socketio::private::Handler; 1usize] = [
        facade::socketio::private::Handler {
            subject: facade::socketio::private::Subject::Event("chat:leave"),
            namespace: {
                #[allow(unused_imports)]
                use facade::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            },
            priority: 0,
            concurrent: false,
            location: facade::socketio::private::Location {
                module: facade::socketio::private::module_path!(),
                file: facade::socketio::private::file!(),
                block: (
                    facade::socketio::private::line!(),
                    facade::socketio::private::column!(),
                ),
                line: facade::socketio::private::line!(),
                column: facade::socketio::private::column!(),
                written: [0u32, 0u32, 7u32, 1u32],
                function: "Chat::leave",
            },
            call: facade::socketio::private::Call::Async(__call0),
            answers: {
                #[allow(unused_imports)]
                use facade::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                facade::socketio::private::answers(
                    __Probe::<Chat>::ANSWERS,
                    false || __Probe::<Room>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use facade::socketio::private::StateNeedFallback as _;
                    facade::socketio::private::Probe::<Room>::NEEDS
                },
            ],
            described: facade::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["" Room] }, returns { Chat }
            },
        },
    ];
    facade::socketio::private::inventory::submit! {
        facade::socketio::private::Submitted(& __HANDLERS[0usize])
    }
};
