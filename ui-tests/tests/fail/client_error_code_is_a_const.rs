use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = SOLD_OUT)]
    SoldOut,
}

fn main() {}
