use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a", display = "sold out")]
    SoldOut,
}

fn main() {}
