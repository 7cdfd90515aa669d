//! STUB (macros branch).
/// STUB
#[derive(Debug)]
pub struct EventSet {}
impl EventSet {
    /// STUB
    pub fn incoming(&self) -> impl Iterator<Item = &'static str> {
        [].into_iter()
    }
}
