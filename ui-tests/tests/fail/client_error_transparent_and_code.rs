use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(transparent, code = "a")]
    Client(socketio::ClientError),
}

fn main() {}
