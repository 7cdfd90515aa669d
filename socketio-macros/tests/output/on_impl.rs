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
                __check("chat:join", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                __p::OURS,
                (
                    __p::Probe::<String>::EVENT,
                    __p::Probe::<String>::TAKES,
                    __p::Probe::<String>::IS_ACK,
                ),
            ];
            __p::check_argument("chat:join", __all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<&Socket, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<String, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = <Chat>::join(__arg0, __arg1);
        let __ack = __p::Untyped.pick(__p::Probe::<String>::NEW.ack_token());
        let __param0 = __p::Probe::<String>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param = __p::NoParam.pick(__param0);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Event("chat:join"),
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
                    "Chat::join",
                )
                .in_block_at(__p::here()),
            call: __p::Call::Sync(__call0),
            answers: __p::answers(
                __p::Probe::<()>::ANSWERS,
                false || __p::Probe::<String>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<String>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["socket" & Socket] ["room" String] },
                returns { () }
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
};
#[doc(hidden)]
const _: () = {
    #[allow(unused_imports)]
    use facade::socketio::private::{self as __p, fallbacks::*};
    #[allow(deprecated)]
    const _: () = {
        {
            #[allow(unused_imports)]
            use facade::socketio::private::{check_name as __check, open::*};
            {
                #[allow(unused_imports)]
                use crate::*;
                __check("chat:leave", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<Room>::EVENT,
                    __p::Probe::<Room>::TAKES,
                    __p::Probe::<Room>::IS_ACK,
                ),
            ];
            __p::check_argument("chat:leave", __all, 0usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: __p::Incoming) -> __p::BoxFuture {
        __p::pin(async move {
            let __in = __in;
            let (__arg0,) = {
                let mut __cx = __in.cx();
                let __arg0 = match __p::extract::<
                    Room,
                    __p::kind::CustomEvent,
                >(&mut __cx) {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(0usize, __error),
                };
                (__arg0,)
            };
            let __returned = <Chat>::leave(__arg0).await;
            let __ack = __p::Untyped.pick(__p::Probe::<Room>::NEW.ack_token());
            let __param0 = __p::Probe::<Room>::NEW.ack_param();
            __param0.fits(&__ack);
            let __param = __p::NoParam.pick(__param0);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Event("chat:leave"),
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
                    [0u32, 0u32, 7u32, 1u32],
                    "Chat::leave",
                )
                .in_block_at(__p::here()),
            call: __p::Call::Async(__call0),
            answers: __p::answers(
                __p::Probe::<Chat>::ANSWERS,
                false || __p::Probe::<Room>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<Room>::NEEDS],
            described: facade::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["" Room] }, returns { Chat }
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
};
