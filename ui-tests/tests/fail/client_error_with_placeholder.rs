use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "too_many", message = "only {left} left")]
    TooMany { left: u32 },
}

fn main() {}
