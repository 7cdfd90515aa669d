use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a")]
    TooMany(#[client_error(data)] u32, #[client_error(data)] u32),
}

fn main() {}
