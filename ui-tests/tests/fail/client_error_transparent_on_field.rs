use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    Other(#[client_error(transparent)] socketio::ClientError),
}

fn main() {}
