use socketio::{extract::{EventContext, FromEvent, Kind}};

struct Admin;

impl<'e, K: Kind> FromEvent<'e, K> for Admin {
    type Rejection = String;

    fn from_event(_: &mut EventContext<'e>) -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
