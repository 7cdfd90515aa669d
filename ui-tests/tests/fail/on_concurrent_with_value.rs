use socketio::on;

#[on("kick", concurrent = 5)]
async fn kick() {}

fn main() {}
