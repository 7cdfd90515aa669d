use socketio::on;

#[on(custom)]
fn kick() {}

fn main() {}
