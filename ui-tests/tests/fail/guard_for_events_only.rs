use socketio::{ClientError, SocketIo, extract::{EventContext, FromEvent, kind::CustomEvent}, on};

#[on("hello")]
fn hello() {}

struct Admin;

impl<'e> FromEvent<'e, CustomEvent> for Admin {
    type Rejection = ClientError;

    fn from_event(_: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(Self)
    }
}

fn main() {
    let _ = SocketIo::builder().discover().namespace("/", |n| n.guard::<Admin>());
}
