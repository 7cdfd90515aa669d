use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a", data)]
    TooMany(u32),
}

fn main() {}
