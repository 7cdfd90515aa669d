//! The moments of a socket's life have an order.

use socketio::on;

#[on(disconnect, concurrent)]
async fn gone() {}

fn main() {}
