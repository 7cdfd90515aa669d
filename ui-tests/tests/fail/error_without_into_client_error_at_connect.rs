//! What the client receives of an error must be stated.

use socketio::on;

#[on(connect)]
async fn connected() -> Result<(), std::io::Error> {
    Ok(())
}

fn main() {}
