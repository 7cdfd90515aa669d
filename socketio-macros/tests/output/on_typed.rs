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
    #[allow(unused_imports)]
    use ::socketio::private::{self as __p, fallbacks::*};
    #[allow(deprecated)]
    const _: () = {
        __p::check_incoming(
            <SendMessage as __p::Event>::NAME,
            <SendMessage as __p::Event>::DIRECTION,
        );
        {
            let __all: &[__p::AboutArgument] = &[
                (
                    __p::Probe::<SendMessage<'_>>::EVENT,
                    __p::Probe::<SendMessage<'_>>::TAKES,
                    __p::Probe::<SendMessage<'_>>::IS_ACK,
                ),
                (
                    __p::Probe::<State<Db>>::EVENT,
                    __p::Probe::<State<Db>>::TAKES,
                    __p::Probe::<State<Db>>::IS_ACK,
                ),
            ];
            __p::check_argument(<SendMessage as __p::Event>::NAME, __all, 0usize);
            __p::check_argument(<SendMessage as __p::Event>::NAME, __all, 1usize);
        }
    };
    #[allow(deprecated)]
    fn __call0(__in: __p::Incoming) -> __p::BoxFuture {
        __p::pin(async move {
            let __in = __in;
            let (__arg0, __arg1) = {
                let mut __cx = __in.cx();
                let __arg0 = match __p::extract::<
                    SendMessage<'_>,
                    <SendMessage as __p::Event>::Kind,
                >(&mut __cx) {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(0usize, __error),
                };
                let __arg1 = match __p::extract::<
                    State<Db>,
                    <SendMessage as __p::Event>::Kind,
                >(&mut __cx) {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(1usize, __error),
                };
                (__arg0, __arg1)
            };
            let __returned = send(__arg0, __arg1).await;
            let __ack = <<SendMessage as __p::Event>::Answer as __p::Token>::NEW;
            let __param0 = __p::Probe::<State<Db>>::NEW.ack_param();
            __param0.fits(&__ack);
            let __param = __p::NoParam.pick(__param0);
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::subject_of(
                <SendMessage as __p::Event>::NAME,
                <SendMessage as __p::Event>::DIRECTION,
            ),
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
                "send",
            ),
            call: __p::Call::Async(__call0),
            answers: __p::answers(
                __p::Probe::<Result<Receipt, ClientError>>::ANSWERS,
                false || __p::Probe::<State<Db>>::IS_ACK,
            ),
            needs_parts: false,
            needs: &[__p::Probe::<State<Db>>::NEEDS],
            described: ::socketio::private::describe_handler! {
                event SendMessage
            },
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
