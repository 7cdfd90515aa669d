//! A word of `#[on(..)]` is misspelt.

use socketio::on;

#[on(disconect)]
fn gone() {}

#[on("say", concurent)]
async fn say() {}

fn main() {}
