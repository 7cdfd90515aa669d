use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error]
    SoldOut,
}

fn main() {}
