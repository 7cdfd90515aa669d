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
pub fn validate_with_garde<T: ValidatedByGarde>(value: &T) -> Result<(), FieldErrors> {
    value.by_garde()
}

/// Holds for what garde validates.
#[cfg(feature = "garde")]
#[diagnostic::on_unimplemented(
    message = "`validate` alone asks the crate garde, which knows no rules for `{Self}`",
    label = "nobody validates this",
    note = "add `#[derive(garde::Validate)]` to `{Self}`, or name a function: `validate = check`, with `fn check(value: &{Self}) -> Result<(), socketio::error::FieldErrors>`"
)]
pub trait ValidatedByGarde {
    #[doc(hidden)]
    fn by_garde(&self) -> Result<(), FieldErrors>;
}

#[cfg(feature = "garde")]
#[diagnostic::do_not_recommend]
impl<T: garde::Validate<Context: Default>> ValidatedByGarde for T {
    #[doc(hidden)]
    fn by_garde(&self) -> Result<(), FieldErrors> {
        let Err(report) = self.validate() else { return Ok(()) };
        let mut errors = FieldErrors::new();
        for (path, error) in report.iter() {
            errors.add(path.to_string(), error.message());
        }
        errors.into_result()
    }
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
