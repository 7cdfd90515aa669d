//! serde copies into a `Cow` that is not told to borrow.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use socketio::Payload;

#[derive(Serialize, Deserialize, Payload)]
pub struct Said<'a> {
    pub text: Cow<'a, str>,
}

fn main() {}
