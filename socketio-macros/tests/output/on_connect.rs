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
    #[allow(deprecated)]
    const _: () = {
        #[allow(unused_imports)]
        use ::socketio::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
    };
    #[allow(deprecated)]
    fn __call0(
        __in: ::socketio::private::Incoming,
        __parts: ::socketio::private::ConnectParts,
    ) -> ::socketio::private::BoxFuture {
        ::socketio::private::pin(async move {
            let __in = __in;
            let mut __parts = __parts;
            let _ = &mut __parts;
            let (__arg0, __arg1) = {
                #[allow(unused_imports)]
                use ::socketio::private::PartsFallback as _;
                let mut __cx = __in.cx();
                let _ = &mut __cx;
                let __arg0 = match ::socketio::private::Via::<'_, &Socket>::NEW
                    .via()
                    .extract::<&Socket>(&mut __cx, &mut __parts)
                    .await
                {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(0usize, __error);
                    }
                };
                let __arg1 = match ::socketio::private::Via::<'_, Auth<Credentials>>::NEW
                    .via()
                    .extract::<Auth<Credentials>>(&mut __cx, &mut __parts)
                    .await
                {
                    ::socketio::private::Result::Ok(__value) => __value,
                    ::socketio::private::Result::Err(__error) => {
                        return __in.reject(1usize, __error);
                    }
                };
                (__arg0, __arg1)
            };
            let __returned = connected(__arg0, __arg1);
            #[allow(unused_imports)]
            use ::socketio::private::{
                AckParamFallback as _, AckTokenFallback as _, Pick as _,
                Probe as __Probe, With as _,
            };
            let __ack = ::socketio::private::NotAcknowledged;
            let __param = ::socketio::private::NoParam;
            __ack.with(__param).answer(__returned, &__in)
        })
    }
    #[allow(deprecated)]
    static __HANDLERS: [::socketio::private::Handler; 1usize] = [
        ::socketio::private::Handler {
            subject: ::socketio::private::Subject::Lifecycle(
                ::socketio::private::Lifecycle::Connect,
            ),
            namespace: ("/chat", &[]),
            priority: 0,
            concurrent: false,
            location: ::socketio::private::Location {
                module: ::socketio::private::module_path!(),
                file: ::socketio::private::file!(),
                block: (::socketio::private::line!(), ::socketio::private::column!()),
                line: ::socketio::private::line!(),
                column: ::socketio::private::column!(),
                written: [0u32, 0u32, 7u32, 0u32],
                function: "connected",
            },
            call: ::socketio::private::Call::Connect(__call0),
            answers: ::socketio::private::Answers::Nothing,
            needs_parts: {
                #[allow(unused_imports)]
                use ::socketio::private::PartsFallback as _;
                false || ::socketio::private::Via::<'_, &Socket>::NEEDS_PARTS
                    || ::socketio::private::Via::<'_, Auth<Credentials>>::NEEDS_PARTS
            },
            needs: &[
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<&Socket>::NEEDS
                },
                {
                    #[allow(unused_imports)]
                    use ::socketio::private::StateNeedFallback as _;
                    ::socketio::private::Probe::<Auth<Credentials>>::NEEDS
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
