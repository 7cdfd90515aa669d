//! A moment of the life cycle, misspelt.

use socketio::on;

#[on(expird)]
fn expired() {}

fn main() {}
