use socketio::on;

#[on("kick", priority = "high")]
fn kick() {}

fn main() {}
