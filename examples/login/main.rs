//! A login by a signed token (JWT) that is valid for a time, and may be renewed: `cargo run -p examples --bin login [PORT]`.

use std::{env, error::Error, sync::Arc, time::Duration};

use axum::{Router, extract, routing::post};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
    get_current_timestamp,
};
use serde::{Deserialize, Serialize};
use socketio::{
    Auth, ClientError, Expiry, Socket, SocketIo, State, error::code, event, extract::Extension, on,
};
use tokio::net::TcpListener;

/// What a token says. Nobody can change it without the key.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// The user.
    sub: String,
    /// Until when it is valid: seconds since 1970.
    exp: u64,
}

/// Signs tokens, and looks at those that clients show.
#[derive(Clone)]
struct Tokens(Arc<Keys>);

struct Keys {
    sign: EncodingKey,
    check: DecodingKey,
    rules: Validation,
}

const LIFE: Duration = Duration::from_secs(2);

impl Tokens {
    fn new(secret: &[u8]) -> Result<Self, jsonwebtoken::errors::Error> {
        // one algorithm: a token does not choose how it is checked
        let mut rules = Validation::new(Algorithm::HS256);
        // not the minute that the crate gives by default: the socket ends at `exp`
        rules.leeway = 0;
        let (sign, check) = (EncodingKey::from_secret(secret)?, DecodingKey::from_secret(secret)?);
        Ok(Self(Arc::new(Keys { sign, check, rules })))
    }

    fn give(&self, sub: String) -> Result<String, ClientError> {
        let claims = Claims { sub, exp: get_current_timestamp() + LIFE.as_secs() };
        encode(&Header::default(), &claims, &self.0.sign).map_err(ClientError::internal)
    }

    fn check(&self, token: &str) -> Result<Claims, ClientError> {
        match decode(token, &self.0.check, &self.0.rules) {
            Ok(token) => Ok(token.claims),
            Err(error) if *error.kind() == ErrorKind::ExpiredSignature => {
                Err(ClientError::new(code::EXPIRED, "the token is not valid any more"))
            }
            // which of the checks has failed is nobody's business
            Err(_) => Err(ClientError::new("unauthorized", "the token is not valid")),
        }
    }
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
}

struct User(String);

#[on(connect)]
fn connected(
    Auth(credentials): Auth<Credentials>,
    State(tokens): State<Tokens>,
    socket: &Socket,
) -> Result<(), ClientError> {
    let claims = tokens.check(&credentials.token)?;
    socket.extensions().insert(User(claims.sub));
    socket.expires_at(Expiry::unix(claims.exp));
    Ok(())
}

/// The token is over: the client may show another one of the same user. Without this handler the socket ends at that time.
#[on(expired)]
async fn expired(
    socket: &Socket,
    user: Extension<User>,
    State(tokens): State<Tokens>,
) -> Result<(), ClientError> {
    let token: String = socket.ask(event!("token")).await?;
    let claims = tokens.check(&token)?;
    if claims.sub == user.0.0 {
        socket.expires_at(Expiry::unix(claims.exp));
    }
    Ok(())
}

#[on("whoami")]
fn whoami(user: Extension<User>) -> String {
    user.0.0.clone()
}

/// Stands for a form with a password.
async fn log_in(extract::State(tokens): extract::State<Tokens>, name: String) -> Result<String, String> {
    tokens.give(name).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    // with it, one signs tokens of any user: a real one is random, 32 bytes at least, and not in the source
    let secret = env::var("JWT_SECRET").unwrap_or_else(|_| "only for this example".to_owned());
    let tokens = Tokens::new(secret.as_bytes())?;
    let io = SocketIo::builder().discover().state(tokens.clone()).build()?;
    let app = Router::new().route("/login", post(log_in)).with_state(tokens).merge(io.router());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("login on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
