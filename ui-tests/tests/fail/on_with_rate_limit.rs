use socketio::on;

#[on("kick", rate_limit = 5)]
fn kick() {}

fn main() {}
