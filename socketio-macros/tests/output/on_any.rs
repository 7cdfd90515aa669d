// The expansion of:
//
//     #[on(any)]
//     fn log(EventName(name): EventName<'_>, rest: Rest) { println!("{name}"); }

fn log(EventName(name): EventName<'_>, rest: Rest) {
    println!("{name}");
}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code, missing_docs, missing_debug_implementations)]
struct log {}
#[doc(hidden)]
const _: () = {
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
            const __ACKS: &[bool] = &[
                ::socketio::private::Probe::<EventName<'_>>::IS_ACK,
                ::socketio::private::Probe::<Rest>::IS_ACK,
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
                EventName<'_>,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(0usize, error);
                }
            };
            let __arg1 = match ::socketio::private::extract::<
                Rest,
                ::socketio::private::kind::CustomEvent,
            >(&mut __cx) {
                ::socketio::private::Result::Ok(value) => value,
                ::socketio::private::Result::Err(error) => {
                    return __in.reject(1usize, error);
                }
            };
            (__arg0, __arg1)
        };
        let __returned = log(__arg0, __arg1);
        #[allow(unused_imports)]
        use ::socketio::private::{
            AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe, With as _,
        };
        let __ack = ::socketio::private::NeverAnswers
            .pick(Probe::<EventName<'_>>::NEW.ack_token())
            .pick(Probe::<Rest>::NEW.ack_token());
        let __param = ::socketio::private::NoParam
            .pick(Probe::<EventName<'_>>::NEW.ack_param())
            .pick(Probe::<Rest>::NEW.ack_param());
        Probe::<EventName<'_>>::NEW.ack_param().fits(&__ack);
        Probe::<Rest>::NEW.ack_param().fits(&__ack);
        __ack.with(__param).answer(__returned, &__in)
    }
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Any,
            namespace: {
                #[allow(unused_imports)]
                use ::socketio::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    __SOCKETIO_NAMESPACE
                }
            },
            priority: 0,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                function: "log",
            },
            call: ::socketio::private::Call::Sync(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe,
                };
                ::socketio::private::answers(
                    Probe::<()>::ANSWERS,
                    false || Probe::<EventName<'_>>::IS_ACK || Probe::<Rest>::IS_ACK,
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
        },
    ];
    impl ::socketio::private::Registered for log {
        fn handlers() -> &'static [::socketio::private::Handler] {
            &__HANDLERS
        }
    }
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
};
