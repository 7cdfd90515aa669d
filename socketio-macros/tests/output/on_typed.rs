// The expansion of:
//
//     #[on(SendMessage)]
//     async fn send(message: SendMessage<'_>, State(db): State<Db>) -> Result<Receipt, ClientError> { db.send(message).await }

async fn send(
    message: SendMessage<'_>,
    State(db): State<Db>,
) -> Result<Receipt, ClientError> {
    db.send(message).await
}
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_send: &[::socketio::private::Handler] = {
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
        ::socketio::private::check_incoming(
            <SendMessage as ::socketio::private::Event>::NAME,
            <SendMessage as ::socketio::private::Event>::DIRECTION,
        );
        ::socketio::private::check_payload(
            <SendMessage as ::socketio::private::Event>::NAME,
            ::socketio::private::Probe::<SendMessage<'_>>::EVENT,
        );
        ::socketio::private::check_payload(
            <SendMessage as ::socketio::private::Event>::NAME,
            ::socketio::private::Probe::<State<Db>>::EVENT,
        );
        {
            const __TAKES: &[::socketio::private::Takes] = &[
                ::socketio::private::Probe::<SendMessage<'_>>::TAKES,
                ::socketio::private::Probe::<State<Db>>::TAKES,
            ];
            const __ACKS: &[::core::primitive::bool] = &[
                ::socketio::private::Probe::<SendMessage<'_>>::IS_ACK,
                ::socketio::private::Probe::<State<Db>>::IS_ACK,
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
                    SendMessage<'_>,
                    <SendMessage as ::socketio::private::Event>::Kind,
                >(&mut __cx) {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(0usize, __error);
                    }
                };
                let __arg1 = match ::socketio::private::extract::<
                    State<Db>,
                    <SendMessage as ::socketio::private::Event>::Kind,
                >(&mut __cx) {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(1usize, __error);
                    }
                };
                (__arg0, __arg1)
            };
            let __returned = send(__arg0, __arg1).await;
            #[allow(unused_imports)]
            use ::socketio::private::{
                AckParamFallback as _, AckTokenFallback as _, Pick as _,
                Probe as __Probe, With as _,
            };
            let __ack = <<SendMessage as ::socketio::private::Event>::Answer as ::socketio::private::Token>::NEW
                .pick(__Probe::<SendMessage<'_>>::NEW.ack_token())
                .pick(__Probe::<State<Db>>::NEW.ack_token());
            let __param = ::socketio::private::NoParam
                .pick(__Probe::<SendMessage<'_>>::NEW.ack_param())
                .pick(__Probe::<State<Db>>::NEW.ack_param());
            __Probe::<SendMessage<'_>>::NEW.ack_param().fits(&__ack);
            __Probe::<State<Db>>::NEW.ack_param().fits(&__ack);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::subject_of(
                <SendMessage as ::socketio::private::Event>::NAME,
                <SendMessage as ::socketio::private::Event>::DIRECTION,
            ),
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
                function: "send",
            },
            call: ::socketio::private::Call::Async(__call0),
            answers: {
                #[allow(unused_imports)]
                use ::socketio::private::{
                    AnswersFallback as _, IsAckFallback as _, Probe as __Probe,
                };
                ::socketio::private::answers(
                    __Probe::<Result<Receipt, ClientError>>::ANSWERS,
                    false || __Probe::<SendMessage<'_>>::IS_ACK
                        || __Probe::<State<Db>>::IS_ACK,
                )
            },
            needs_parts: false,
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<SendMessage<'_>>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<State<Db>>::NEEDS
                },
            ],
            described: ::socketio::private::describe_handler! {
                event SendMessage
            },
        },
    ];
    ::socketio::private::inventory::submit! {
        ::socketio::private::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
