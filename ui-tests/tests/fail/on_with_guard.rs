use socketio::on;

#[on("kick", guard = Admin)]
fn kick() {}

fn main() {}
