use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a", message = "b", display)]
    SoldOut,
}

fn main() {}
