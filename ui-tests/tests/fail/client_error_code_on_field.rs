use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(code = "a")]
    TooMany {
        #[client_error(code = "left")]
        left: u32,
    },
}

fn main() {}
