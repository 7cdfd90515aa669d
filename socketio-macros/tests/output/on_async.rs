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
                __check("chat:sum", &__SOCKETIO_EVENTS)
            }
        }
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<i64>::EVENT,
                    __p::Probe::<i64>::TAKES,
                    __p::Probe::<i64>::IS_ACK,
                ),
                (
                    __p::Probe::<i64>::EVENT,
                    __p::Probe::<i64>::TAKES,
                    __p::Probe::<i64>::IS_ACK,
                ),
            ];
            __p::check_argument("chat:sum", __all, 0usize);
            __p::check_argument("chat:sum", __all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: __p::Incoming) -> __p::BoxFuture {
        __p::pin(async move {
            let __in = __in;
            let (__arg0, __arg1) = {
                let mut __cx = __in.cx();
                let __arg0 = match __p::extract::<
                    i64,
                    __p::kind::CustomEvent,
                >(&mut __cx) {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(0usize, __error),
                };
                let __arg1 = match __p::extract::<
                    i64,
                    __p::kind::CustomEvent,
                >(&mut __cx) {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(1usize, __error),
                };
                (__arg0, __arg1)
            };
            let __returned = sum(__arg0, __arg1).await;
            let __ack = __p::Untyped
                .pick(__p::Probe::<i64>::NEW.ack_token())
                .pick(__p::Probe::<i64>::NEW.ack_token());
            let __param0 = __p::Probe::<i64>::NEW.ack_param();
            __param0.fits(&__ack);
            let __param1 = __p::Probe::<i64>::NEW.ack_param();
            __param1.fits(&__ack);
            let __param = __p::NoParam.pick(__param0).pick(__param1);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Event("chat:sum"),
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
                "sum",
            ),
            call: __p::Call::Async(__call0),
            answers: __p::answers(
                __p::Probe::<i64>::ANSWERS,
                false || __p::Probe::<i64>::IS_ACK || __p::Probe::<i64>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<i64>::NEEDS, __p::Probe::<i64>::NEEDS],
            described: ::socketio::private::describe_handler! {
                doc "", deprecated[], args { ["a" i64] ["b" i64] }, returns { i64 }
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
