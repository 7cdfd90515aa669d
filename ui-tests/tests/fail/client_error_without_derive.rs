enum ShopError {
    #[client_error(code = "sold_out")]
    SoldOut,
}

fn main() {}
