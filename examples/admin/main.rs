//! The official Admin UI: `cargo run -p examples --bin admin [PORT [MODE [DIST]]]`.
//!
//! MODE is `development` or `production`, `read-only` (which is development without commands), or `cluster`: two nodes, of which
//! the page shows both; the second one listens on a port of its own. DIST is `ui/dist` of the npm
//! package `@socket.io/admin-ui`: its page is served at `/ui/`. Log in as `admin` with the password `secret`.

use std::{env, error::Error, fs, net::SocketAddr, path::PathBuf};

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use socketio::{Socket, SocketIo, cluster::Memory, event, on};
use socketio_admin::Admin;
use tokio::net::TcpListener;

#[on("say")]
fn say(socket: &Socket, text: String) {
    socket.join("talkers");
    socket.io().emit(event!("said", text));
}

/// A file of the page.
fn file(dist: &std::path::Path, name: &str) -> impl IntoResponse + use<> {
    let name = if name.is_empty() { "index.html" } else { name };
    let content_type = match name.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    // no way up
    let is_inside = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    let read = fs::read(dist.join(name)).ok().filter(|_| is_inside).ok_or(StatusCode::NOT_FOUND);
    read.map(|bytes| ([(CONTENT_TYPE, content_type)], bytes))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let port: u16 = args.next().map_or(Ok(3000), |port| port.parse())?;
    let mode = args.next().unwrap_or_else(|| "development".to_owned());
    let dist = args.next().map(PathBuf::from);
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    // in a cluster of one process; `socketio-redis` has the real one
    let cluster = Memory::new();
    let io = server(&mode, &cluster)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("admin on http://{}", listener.local_addr()?);
    if mode == "cluster" {
        let second = server(&mode, &cluster)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("second node on http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, Router::new().merge(second.router())).await });
    }
    let mut app = Router::new().merge(io.router());
    if let Some(dist) = dist {
        let index = dist.clone();
        app = app
            .route("/ui/", get(async move || file(&index, "")))
            .route("/ui/{*name}", get(async move |Path(name): Path<String>| file(&dist, &name)));
    }
    // with the addresses of clients: failed log-ins are counted for each
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            tokio::signal::ctrl_c().await.ok();
            io.close().await;
        })
        .await?;
    Ok(())
}

fn server(mode: &str, cluster: &Memory) -> Result<SocketIo, Box<dyn Error>> {
    // in a program it comes from where its secrets are
    let hash = "$2b$08$rM/ZyR72LZ/E0AUWfCmxL.q.5Bb4wF2uMW5yXqVx8P3BzjmSl2isO";
    let mut admin = Admin::with_user("admin", hash)?;
    if mode != "production" {
        admin = admin.development();
    }
    if mode == "read-only" {
        admin = admin.read_only();
    }
    let builder = SocketIo::builder().discover().plugin(admin);
    Ok(if mode == "cluster" { builder.cluster(cluster.node()) } else { builder }.build()?)
}
