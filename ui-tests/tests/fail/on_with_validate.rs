use socketio::on;

#[on("kick", validate = check)]
fn kick() {}

fn main() {}
