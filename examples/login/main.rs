//! A login that lasts for a time, and may be renewed: `cargo run -p examples --bin login [PORT]`.

use std::{collections::HashMap, env, error::Error, sync::Arc, time::Duration};

use axum::{Router, extract, routing::post};
use serde::Deserialize;
use socketio::{Auth, ClientError, Socket, SocketIo, State, event, extract::Extension, on};
use tokio::{net::TcpListener, sync::Mutex, time::Instant};

/// The tokens that were given out, each with its user and the time until which it is valid. A signed token (JWT) says both itself.
#[derive(Clone, Default)]
struct Tokens(Arc<Mutex<HashMap<String, (String, Instant)>>>);

impl Tokens {
    async fn give(&self, name: String) -> String {
        let mut tokens = self.0.lock().await;
        let token = format!("{name}-{}", tokens.len());
        tokens.insert(token.clone(), (name, Instant::now() + Duration::from_secs(1)));
        token
    }

    async fn check(&self, token: &str) -> Result<(String, Instant), ClientError> {
        let known = self.0.lock().await.get(token).filter(|(_, until)| *until > Instant::now()).cloned();
        known.ok_or_else(|| ClientError::new("unauthorized", "the token is not valid"))
    }
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
}

struct User(String);

#[on(connect)]
async fn connected(
    Auth(credentials): Auth<Credentials>,
    State(tokens): State<Tokens>,
    socket: &Socket,
) -> Result<(), ClientError> {
    let (name, until) = tokens.check(&credentials.token).await?;
    socket.extensions().insert(User(name));
    // for a JWT: Expiry::unix(claims.exp)
    socket.expires_at(until);
    Ok(())
}

/// The token is over: the client may show another. Without this handler the socket ends at that time.
#[on(expired)]
async fn expired(
    socket: &Socket,
    user: Extension<User>,
    State(tokens): State<Tokens>,
) -> Result<(), ClientError> {
    let token: String = socket.ask(event!("token")).await?;
    let (name, until) = tokens.check(&token).await?;
    if name == user.0.0 {
        socket.expires_at(until);
    }
    Ok(())
}

#[on("whoami")]
fn whoami(user: Extension<User>) -> String {
    user.0.0.clone()
}

/// Stands for a form with a password.
async fn log_in(extract::State(tokens): extract::State<Tokens>, name: String) -> String {
    tokens.give(name).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let tokens = Tokens::default();
    let io = SocketIo::builder().discover().state(tokens.clone()).build()?;
    let app = Router::new().route("/login", post(log_in)).with_state(tokens).merge(io.router());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("login on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
