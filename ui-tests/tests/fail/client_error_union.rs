use socketio::error::IntoClientError;

#[derive(IntoClientError)]
union ShopError {
    a: u32,
    b: f32,
}

fn main() {}
