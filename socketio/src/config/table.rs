//! How a table of settings becomes a struct, its defaults, its methods with their documentation, and its checks.

/// An amount with its unit: `25 s`, `16 KiB`, `64`.
macro_rules! amount {
    ($value:literal) => {
        $value
    };
    ($value:literal byte) => {
        $value
    };
    ($value:literal bytes) => {
        $value
    };
    ($value:literal percent) => {
        $value
    };
    ($value:literal KiB) => {
        $value * 1024
    };
    ($value:literal ms) => {
        std::time::Duration::from_millis($value)
    };
    ($value:literal s) => {
        std::time::Duration::from_secs($value)
    };
    ($value:literal year) => {
        std::time::Duration::from_secs($value * 365 * 24 * 60 * 60)
    };
}

/// Declares a struct of settings. Each row of `table` says everything about one setting, so that the documentation
/// cannot differ from the default and the bounds; `private` has a default and no method; what is in `others` has
/// methods and checks of its own.
macro_rules! settings {
    (
        $(#[$of_struct:meta])*
        pub struct $settings:ident;

        table {
            $(
                $(#[$doc:meta])*
                $name:ident: $ty:ty = $default:literal $($unit:ident)?
                    $(, at least $low:literal $($low_unit:ident)?)?
                    $(, at most $high:literal $($high_unit:ident)?)?;
            )+
        }

        others {
            $($(#[$of_other:meta])* $other:ident: $other_ty:ty = $other_default:expr;)+
        }
    ) => {
        $(#[$of_struct])*
        pub struct $settings {
            $(pub(crate) $name: $ty,)+
            $($(#[$of_other])* pub(crate) $other: $other_ty,)+
        }

        impl Default for $settings {
            fn default() -> Self {
                Self {
                    $($name: amount!($default $($unit)?),)+
                    $($other: $other_default,)+
                }
            }
        }

        impl $settings {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!(
                    "Default: ", stringify!($default $($unit)?)
                    $(, "; at least ", stringify!($low $($low_unit)?))?
                    $(, "; at most ", stringify!($high $($high_unit)?))?,
                    ".",
                )]
                pub fn $name(mut self, $name: $ty) -> Self {
                    self.$name = $name;
                    self
                }
            )+

            /// The settings of the table that are out of their bounds: the name of each, and what it must be.
            fn out_of_bounds(&self) -> Vec<(&'static str, &'static str)> {
                let mut found = vec![];
                $(
                    $(
                        if self.$name < amount!($low $($low_unit)?) {
                            found.push((stringify!($name), concat!("is at least ", stringify!($low $($low_unit)?))));
                        }
                    )?
                    $(
                        if self.$name > amount!($high $($high_unit)?) {
                            found.push((stringify!($name), concat!("is at most ", stringify!($high $($high_unit)?))));
                        }
                    )?
                )+
                found
            }
        }
    };
}

pub(super) use {amount, settings};
