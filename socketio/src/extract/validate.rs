//! What `#[payload(validate)]` and `#[event(.., validate)]` call.

use crate::{
    error::{ClientError, FieldErrors},
    event::Payload,
};

/// A payload that was decoded, if it is valid.
#[inline]
pub fn validated<P: Payload>(value: P) -> Result<P, ClientError> {
    if P::VALIDATES { value.validate().map(|()| value).map_err(Into::into) } else { Ok(value) }
}

/// `validate` without a function of the program's.
#[cfg(feature = "garde")]
pub fn validate_with_garde<T: garde::Validate<Context: Default>>(value: &T) -> Result<(), FieldErrors> {
    let Err(report) = value.validate() else { return Ok(()) };
    let mut errors = FieldErrors::new();
    for (path, error) in report.iter() {
        errors.add(path.to_string(), error.message());
    }
    errors.into_result()
}

/// `validate` without a function of the program's, and without a crate that has one.
#[cfg(not(feature = "garde"))]
pub fn validate_with_garde<T: ValidatedByGarde>(_: &T) -> Result<(), FieldErrors> {
    Ok(())
}

/// Holds for nothing.
#[cfg(not(feature = "garde"))]
#[diagnostic::on_unimplemented(
    message = "`validate` alone asks the crate garde, and the feature `garde` of socketio is off",
    label = "nobody validates this",
    note = "turn it on: `socketio = {{ .., features = [\"garde\"] }}`, or name a function: `validate = check`, with `fn check(value: &{Self}) -> Result<(), socketio::error::FieldErrors>`"
)]
pub trait ValidatedByGarde {}
