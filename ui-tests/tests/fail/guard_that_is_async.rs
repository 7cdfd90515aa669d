use socketio::{ClientError, extract::{EventContext, FromEvent, Kind}};

struct Admin;

impl<'e, K: Kind> FromEvent<'e, K> for Admin {
    type Rejection = ClientError;

    async fn from_event(_: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(Self)
    }
}

fn main() {}
