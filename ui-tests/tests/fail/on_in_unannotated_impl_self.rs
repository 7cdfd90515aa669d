//! `Self` gives it away: the function stands in an `impl`.

use socketio::{Payload, on};

#[derive(serde::Serialize, Payload)]
struct Chat;

impl Chat {
    #[on("say")]
    fn say() -> Result<Self, socketio::ClientError> {
        Ok(Self)
    }
}

fn main() {}
