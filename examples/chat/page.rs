//! The page: three files that are part of the program, and the official client's, if there is one.
//!
//! `page/client.js` is the bundle of the TypeScript next to it: `npm run chat`, in the folder of the examples.

use std::{io, path::Path};

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Reads the official client from the folder of its files.
pub(crate) fn official_client(folder: &str) -> io::Result<String> {
    let path = Path::new(folder).join("socket.io.esm.min.js");
    std::fs::read_to_string(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

pub(crate) fn routes(client: Option<String>) -> Router {
    let mut routes = Router::new()
        .route("/", get(async || file(HTML, include_str!("index.html"))))
        .route("/style.css", get(async || file(CSS, include_str!("style.css"))))
        .route("/client.js", get(async || file(SCRIPT, include_str!("page/client.js"))));
    if let Some(client) = client {
        routes = routes.route("/socket.io.js", get(async move || file(SCRIPT, client.clone())));
    }
    routes
}

fn file(kind: &'static str, content: impl IntoResponse) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], content)
}
