use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(transparent)]
    Database(std::io::Error),
}

fn main() {}
