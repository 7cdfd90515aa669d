use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "unavailable")]
    Database {
        #[client_error(data)]
        cause: std::io::Error,
    },
}

fn main() {}
