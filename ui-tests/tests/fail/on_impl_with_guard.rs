use socketio::on;

struct Chat;

#[on(guard = Admin)]
impl Chat {
    #[on("say")]
    fn say() {}
}

fn main() {}
