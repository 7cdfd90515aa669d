//! The page knows the events from a file that this test compares: `UPDATE_CONTRACT=1 cargo test -p examples --bin chat`.

use socketio::contract::ContractError;

#[test]
fn the_page_knows_the_events() -> Result<(), ContractError> {
    crate::server().expect("no fault").contract().check("chat/page/events.ts")
}
