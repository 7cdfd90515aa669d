//! The page: three files that are part of the program.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || file("text/html; charset=utf-8", include_str!("../../../chat/index.html"))))
        .route(
            "/style.css",
            get(async || file("text/css; charset=utf-8", include_str!("../../../chat/style.css"))),
        )
        .route(
            "/client.js",
            get(async || file("text/javascript; charset=utf-8", include_str!("../../../chat/client.js"))),
        )
}

fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], content)
}
