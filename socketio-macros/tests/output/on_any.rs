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
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
        ::socketio::private::check_any_payload(
            ::socketio::private::Probe::<EventName<'_>>::EVENT,
        );
        ::socketio::private::check_any_payload(
            ::socketio::private::Probe::<Rest>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<EventName<'_>>::TAKES,
                ::socketio::private::Probe::<Rest>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<EventName<'_>>::IS_ACK,
                ::socketio::private::Probe::<Rest>::IS_ACK,
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
                EventName<'_>,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(0usize, __error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Rest,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(__value) => __value,
                ::socketio::private::Result::Err(__error) => {
                    return __in.reject(1usize, __error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = log(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe,
            With as _,
        };
        let __ack = ::socketio::private::NeverAnswers
            .pick(__Probe::<EventName<'_>>::NEW.ack_token())
            .pick(__Probe::<Rest>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(__Probe::<EventName<'_>>::NEW.ack_param())
            .pick(__Probe::<Rest>::NEW.ack_param());
        __Probe::<EventName<'_>>::NEW.ack_param().fits(&__ack);
        __Probe::<Rest>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Any,
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
                function: "log",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<()>::ANSWERS,
                    false || __Probe::<EventName<'_>>::IS_ACK || __Probe::<Rest>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<EventName<'_>>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<Rest>::NEEDS
                },
            ],
            described: ::socketio::private::UNDESCRIBED,
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
