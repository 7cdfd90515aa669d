use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "")]
    SoldOut,
}

fn main() {}
