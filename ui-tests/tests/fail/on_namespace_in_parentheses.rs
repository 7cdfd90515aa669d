use socketio::on;

#[on("kick", namespace("/admin"))]
fn kick() {}

fn main() {}
