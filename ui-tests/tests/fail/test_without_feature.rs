use socketio::test::TestServer;

fn main() {}
