// The expansion of:
//
//     #[on(connect, namespace = "/chat")]
//     fn connected(socket: &Socket, Auth(who): Auth<Credentials>) -> Result<(), ClientError> { Ok(()) }

fn connected(socket: &Socket, Auth(who): Auth<Credentials>) -> Result<(), ClientError> {
    Ok(())
}
#[doc(hidden)]
#[allow(dead_code, non_upper_case_globals, unreachable_pub)]
const __on_attribute_of_connected: &[::socketio::private::Handler] = {
    #[allow(unused_imports)]
    use ::socketio::private::{self as __p, fallbacks::*};
    #[allow(deprecated)]
    const _: () = {};
    #[allow(deprecated)]
    fn __call0(__in: __p::Incoming, __parts: __p::ConnectParts) -> __p::BoxFuture {
        __p::pin(async move {
            let __in = __in;
            let mut __parts = __parts;
            let _ = &mut __parts;
            let (__arg0, __arg1) = {
                let mut __cx = __in.cx();
                let __arg0 = match __p::Via::<'_, &Socket>::NEW
                    .via()
                    .extract::<&Socket>(&mut __cx, &mut __parts)
                    .await
                {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(0usize, __error),
                };
                let __arg1 = match __p::Via::<'_, Auth<Credentials>>::NEW
                    .via()
                    .extract::<Auth<Credentials>>(&mut __cx, &mut __parts)
                    .await
                {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(1usize, __error),
                };
                (__arg0, __arg1)
            };
            let __returned = connected(__arg0, __arg1);
            let __ack = __p::NotAcknowledged;
            let __param = __p::NoParam;
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [__p::Handler; 1usize] = [
        __p::Handler {
            subject: __p::Subject::Lifecycle(__p::Lifecycle::Connect),
            namespace: ("/chat", &[]),
            priority: 0,
            concurrent: false,
            location: __p::Location::new(
                __p::module_path!(),
                __p::here(),
                [0u32, 0u32, 7u32, 0u32],
                "connected",
            ),
            call: __p::Call::Connect(__call0),
            answers: __p::Answers::Nothing,
            needs_parts: false || __p::Via::<'_, &Socket>::NEEDS_PARTS
                || __p::Via::<'_, Auth<Credentials>>::NEEDS_PARTS,
            needs: &[__p::Probe::<Auth<Credentials>>::NEEDS],
            described: __p::UNDESCRIBED,
        },
    ];
    __p::inventory::submit! {
        __p::Submitted(& __HANDLERS[0usize])
    }
    &__HANDLERS
};
