// The expansion of:
//
//     #[on(any)]
//     fn log(EventName(name): EventName<'_>, rest: Rest) { println!("{name}"); }

fn log(EventName(name): EventName<'_>, rest: Rest) {
    println!("{name}");
}
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_log: &[::socketio::private::Handler] = {
    #[allow(unused_imports)]
    use ::socketio::private::{self as __p, fallbacks::*};
    #[allow(deprecated)]
    const _: () = {
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<EventName<'_>>::EVENT,
                    __p::Probe::<EventName<'_>>::TAKES,
                    __p::Probe::<EventName<'_>>::IS_ACK,
                ),
                (
                    __p::Probe::<Rest>::EVENT,
                    __p::Probe::<Rest>::TAKES,
                    __p::Probe::<Rest>::IS_ACK,
                ),
            ];
            __p::check_argument_of_any(__all, 0usize);
            __p::check_argument_of_any(__all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: &__p::Incoming) -> __p::Outcome {
        let mut __cx = __in.cx();
        let __arg0 = match __p::extract::<
            EventName<'_>,
            __p::kind::CustomEvent,
        >(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(0usize, __error),
        };
        let __arg1 = match __p::extract::<Rest, __p::kind::CustomEvent>(&mut __cx) {
            __p::Result::Ok(__value) => __value,
            __p::Result::Err(__error) => return __in.reject(1usize, __error),
        };
        let __returned = log(__arg0, __arg1);
        let __ack = __p::NeverAnswers
            .pick(__p::Probe::<EventName<'_>>::NEW.ack_token())
            .pick(__p::Probe::<Rest>::NEW.ack_token());
        let __param0 = __p::Probe::<EventName<'_>>::NEW.ack_param();
        __param0.fits(&__ack);
        let __param1 = __p::Probe::<Rest>::NEW.ack_param();
        __param1.fits(&__ack);
        let __param = __p::NoParam.pick(__param0).pick(__param1);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Any,
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
                "log",
            ),
            call: __p::Call::Sync(__call0),
            answers: __p::answers(
                __p::Probe::<()>::ANSWERS,
                false || __p::Probe::<EventName<'_>>::IS_ACK
                    || __p::Probe::<Rest>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<EventName<'_>>::NEEDS, __p::Probe::<Rest>::NEEDS],
            described: __p::UNDESCRIBED,
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
