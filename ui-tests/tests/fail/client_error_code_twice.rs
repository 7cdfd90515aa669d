use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a", code = "b")]
    SoldOut,
}

fn main() {}
