//! What is emitted, fired, named and extracted is decided by this crate; programs have derives and extractors.

struct Mine;

impl socketio::emit::Emit for Mine {}
impl socketio::emit::Fire for Mine {}
impl socketio::emit::Address for Mine {}
impl socketio::extract::Kind for Mine {}
impl socketio::extract::Carries for Mine {}
impl socketio::extract::ConnectArgument for Mine {}

fn main() {}
