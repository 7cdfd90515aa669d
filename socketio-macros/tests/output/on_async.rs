// The expansion of:
//
//     #[on("chat:sum")]
//     async fn sum(a: i64, b: i64) -> i64 { a + b }

async fn sum(a: i64, b: i64) -> i64 {
    a + b
}
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_sum: &[::socketio::private::Handler] = {
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
                __check("chat:sum", &__SOCKETIO_EVENTS)
            }
        }
        ::socketio::private::check_payload(
            "chat:sum",
            ::socketio::private::Probe::<i64>::EVENT,
        );
        ::socketio::private::check_payload(
            "chat:sum",
            ::socketio::private::Probe::<i64>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<i64>::TAKES,
                ::socketio::private::Probe::<i64>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<i64>::IS_ACK,
                ::socketio::private::Probe::<i64>::IS_ACK,
            ];
            ::socketio::private::check_place(__TAKES, 0usize);
            ::socketio::private::check_ack(__ACKS, 0usize);
            ::socketio::private::check_place(__TAKES, 1usize);
            ::socketio::private::check_ack(__ACKS, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: ::socketio::private::Incoming) -> ::socketio::private::BoxFuture {
        ::socketio::private::pin(async move {
            let __in = __in;
            let (__arg0, __arg1) = {
                #[allow(unused_imports)]
                use ::socketio::private::PartsFallback as _;
                let mut __cx = __in.cx();
                let _ = &mut __cx;
                let __arg0 = match ::socketio::private::extract::<
                    i64,
                    ::socketio::private::kind::CustomEvent,
                >(&mut __cx) {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(0usize, __error);
                    }
                };
                let __arg1 = match ::socketio::private::extract::<
                    i64,
                    ::socketio::private::kind::CustomEvent,
                >(&mut __cx) {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(1usize, __error);
                    }
                };
                (__arg0, __arg1)
            };
            let __returned = sum(__arg0, __arg1).await;
            #[allow(unused_imports)]
            use ::socketio::private::{
                AckParamFallback as _, AckTokenFallback as _, Pick as _,
                Probe as __Probe, With as _,
            };
            let __ack = ::socketio::private::Untyped
                .pick(__Probe::<i64>::NEW.ack_token())
                .pick(__Probe::<i64>::NEW.ack_token());
            let __param = ::socketio::private::NoParam
                .pick(__Probe::<i64>::NEW.ack_param())
                .pick(__Probe::<i64>::NEW.ack_param());
            __Probe::<i64>::NEW.ack_param().fits(&__ack);
            __Probe::<i64>::NEW.ack_param().fits(&__ack);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Event("chat:sum"),
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
                function: "sum",
            },
            call: ::socketio::private::Call::Async(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<i64>::ANSWERS,
                    false || __Probe::<i64>::IS_ACK || __Probe::<i64>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<i64>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<i64>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["a" i64] ["b" i64] }, returns { i64 }
            },
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
