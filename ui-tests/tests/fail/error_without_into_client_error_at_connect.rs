//! What the client is told of an error must be said.

use socketio::on;

#[on(connect)]
async fn connected() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {}
