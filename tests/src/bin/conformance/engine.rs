//! `engine` and `engine-client`: the plain bus over Engine.IO, as the suites of the protocol and of the official
//! client expect their server.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State as AppState},
    http::{HeaderMap, HeaderValue, Method, header::SET_COOKIE},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use socketio::{Message, Socket, SocketIo, State, error::Refused, on};

use crate::Made;

mod echo {
    use super::{Message, Socket, on};

    #[on("message")]
    fn message(socket: &Socket, message: Message) {
        socket.emit(message);
    }
}

/// `engine`
pub(crate) fn protocol() -> Made {
    let config = crate::config()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .any_origin();
    let io = SocketIo::builder().discover_in(concat!(module_path!(), "::echo")).config(config).build()?;
    let app = Router::new().route_service("/engine.io/", io.engine());
    Ok((io, app))
}

/// The headers of the last POST.
#[derive(Clone, Default)]
struct LastHeaders(Arc<Mutex<BTreeMap<String, String>>>);

mod client {
    use super::{LastHeaders, Message, PoisonError, Socket, State, on};

    #[on(connect)]
    fn connected(socket: &Socket) {
        socket.emit(Message::text("hi"));
    }

    #[on("message")]
    fn message(socket: &Socket, message: Message, State(last): State<LastHeaders>) {
        let answer = match message.as_text() {
            Some("give binary") => Message::binary(vec![0, 1, 2, 3, 4]),
            Some("give utf8") => Message::text("пойду спать всем спокойной ночи"),
            Some("sendHeaders") => {
                let headers = last.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Message::text(serde_json::json!(headers).to_string())
            }
            _ => message,
        };
        socket.emit(answer);
    }
}

/// `engine-client`
pub(crate) fn client() -> Made {
    let last = LastHeaders::default();
    let config = crate::config()
        .ping_interval(Duration::from_millis(500))
        .ping_timeout(Duration::from_secs(20))
        .max_payload(100)
        .any_origin();
    let io = SocketIo::builder()
        .discover_in(concat!(module_path!(), "::client"))
        .state(last.clone())
        .config(config)
        .allow_request(|parts| async move {
            let query = parts.uri.query().unwrap_or_default();
            if query.split('&').any(|pair| pair.starts_with("deny")) {
                Err(Refused::default())
            } else {
                Ok(())
            }
        })
        .response_headers(|headers, answering| {
            if answering.is_first {
                set_cookies(headers);
            }
        })
        .build()?;
    let app =
        Router::new().route_service("/engine.io/", io.engine()).layer(from_fn_with_state(last, note_headers));
    Ok((io, app))
}

fn set_cookies(headers: &mut HeaderMap) {
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    for cookie in [
        "1=1; Max-Age=86400".to_owned(),
        "2=2; Path=/; HttpOnly; Secure; SameSite=Strict".to_owned(),
        "3=3; Max-Age=0".to_owned(),
        format!("4=4; Expires={now}"),
    ] {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}

async fn note_headers(AppState(last): AppState<LastHeaders>, request: Request, next: Next) -> Response {
    if request.method() == Method::POST {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        *last.0.lock().unwrap_or_else(PoisonError::into_inner) = headers;
    }
    next.run(request).await
}
