use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error(cod = "sold_out")]
    SoldOut,
}

fn main() {}
