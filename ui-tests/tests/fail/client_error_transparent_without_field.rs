use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(transparent)]
    SoldOut,
}

fn main() {}
