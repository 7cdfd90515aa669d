//! What the end-to-end tests share: servers, programs, node scripts, clients. Everything has a time limit.

mod authority;
mod client;
mod front;
mod http2;
mod node;
mod program;
mod proxy;
mod python;
mod redis;
mod request;
mod server;

use std::{path::PathBuf, time::Duration};

use tokio::time::timeout;

pub use self::{
    authority::Authority,
    client::Client,
    front::Front,
    http2::{Answer, Http2, Http2Client},
    node::{example, example_client, node},
    program::{Program, executable},
    proxy::Proxy,
    python::python,
    redis::{NodeServer, RedisServer},
    request::{Response, request, text_frame, upgrade},
    server::{Server, serve},
};

/// How long a test waits for anything that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what should happen at once.
///
/// # Panics
/// If it does not happen.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// The folder of the workspace.
fn workspace() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect()
}
