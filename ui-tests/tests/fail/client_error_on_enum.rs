use socketio::error::IntoClientError;

#[derive(IntoClientError)]
#[client_error(code = "sold_out")]
enum ShopError {
    SoldOut,
}

fn main() {}
