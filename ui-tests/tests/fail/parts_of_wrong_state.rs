//! An extractor with a state names the one it has.

use axum::extract::{FromRef, FromRequestParts};
use socketio::{extract::Parts, on};

struct Db;

struct User;

impl<S> FromRequestParts<S> for User
where
    Db: FromRef<S>,
    S: Sync,
{
    type Rejection = ();

    async fn from_request_parts(_: &mut axum::http::request::Parts, _: &S) -> Result<Self, ()> {
        Ok(User)
    }
}

#[on(connect)]
async fn connected(_: Parts<User, String>) {}

fn main() {}
