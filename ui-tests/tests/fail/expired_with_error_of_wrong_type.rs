use socketio::on;

#[on(expired)]
fn expired() -> Result<(), String> {
    Ok(())
}

fn main() {}
