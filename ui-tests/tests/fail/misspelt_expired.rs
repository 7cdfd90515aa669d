//! A moment of the life cycle, misspelt.

use socketio::on;

#[on(expires)]
fn expired() {}

fn main() {}
