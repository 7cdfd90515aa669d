use socketio::error::IntoClientError;

#[derive(IntoClientError)]
enum ShopError {
    #[client_error("sold_out")]
    SoldOut,
}

fn main() {}
