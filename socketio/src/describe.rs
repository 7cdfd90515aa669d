//! What generated code tells a contract: which events there are, and of which types.
//!
//! The macros always call what is here. Whether that is anything is decided here, where feature `contract` is known: the crate
//! that calls the macros need not have a feature of that name, and another crate of the same program may turn ours on.

#[cfg(not(feature = "contract"))]
pub use self::off::*;
#[cfg(feature = "contract")]
pub use self::on::*;

#[cfg(not(feature = "contract"))]
mod off {
    #![expect(missing_docs, reason = "only generated code names these")]

    pub type Described = ();

    pub const UNDESCRIBED: Described = ();

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_event {
        ($($tokens:tt)*) => {};
    }

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_entry {
        ($($tokens:tt)*) => {};
    }

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_handler {
        ($($tokens:tt)*) => {
            ()
        };
    }
}

#[cfg(feature = "contract")]
mod on {
    #![expect(missing_docs, reason = "only generated code names these")]

    use schemars::{Schema, SchemaGenerator};

    use crate::event::{Direction, Takes};

    pub type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

    /// What is known of a handler; nothing of one that listens to a moment, or to every event.
    pub type Described = Option<HandlerContract>;

    pub const UNDESCRIBED: Described = None;

    /// What a handler says about its event.
    #[derive(Debug, Clone, Copy)]
    pub enum HandlerContract {
        /// Its type says everything; nothing, if it is a generic one with a type that has no schema.
        Event { rust_type: fn() -> &'static str, describe: fn() -> Option<EventContract> },
        /// It is known by name: the handler's types say it.
        Named(NamedContract),
    }

    #[derive(Debug, Clone, Copy)]
    pub struct NamedContract {
        pub doc: &'static str,
        pub deprecated: Option<&'static str>,
        pub args: &'static [HandlerArg],
        /// What the handler returns, if that is an answer.
        pub returns: Option<fn() -> Argument>,
    }

    /// An argument of a handler.
    #[derive(Debug, Clone, Copy)]
    pub struct HandlerArg {
        /// Empty for a pattern.
        pub name: &'static str,
        pub takes: Takes,
        pub is_ack: bool,
        pub describe: fn() -> Argument,
    }

    /// What an argument of a handler is.
    #[derive(Debug)]
    pub enum Argument {
        /// The whole event.
        Event(EventContract),
        /// One of its arguments.
        One(ArgContract),
    }

    /// An argument or an acknowledgement.
    #[derive(Debug, Clone, Copy)]
    pub struct ArgContract {
        pub optional: bool,
        pub rust_type: &'static str,
        /// `None` if the type has none.
        pub schema: Option<SchemaFn>,
    }

    /// What the type of an event says.
    #[derive(Debug)]
    pub struct EventContract {
        pub doc: &'static str,
        pub deprecated: Option<&'static str>,
        /// Where the server sends it, if that is not every namespace.
        pub namespace: Option<&'static str>,
        pub args: Vec<ArgContract>,
        pub ack: Option<ArgContract>,
    }

    /// An event type of the program. Generic ones are listed with their concrete types by `events!`.
    #[derive(Debug)]
    pub struct EventRecord {
        pub name: &'static str,
        pub rust_type: fn() -> &'static str,
        pub module: &'static str,
        pub direction: Direction,
        /// `None` if a type of a generic event has no schema.
        pub describe: fn() -> Option<EventContract>,
    }

    inventory::collect!(EventRecord);

    /// What `#[derive(Event)]` makes of a type; of a generic one, if its types have schemas.
    pub trait DescribedEvent {
        fn describe() -> EventContract;
    }

    /// The arguments of an event.
    pub fn described_args<const N: usize>(args: [ArgContract; N]) -> Vec<ArgContract> {
        args.into()
    }

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_event {
        (
            impl [$($generics:tt)*] for [$($event:tt)*] where [$($wheres:tt)*]
            doc $doc:literal, deprecated [$($note:literal)?], namespace [$($namespace:literal)?],
            args { $([$optional:literal $arg:ty])* }, ack { $([$ack:ty])? }, bounds { $([$bound:ty])* },
            record { $([$concrete:ty])? }
        ) => {
            #[automatically_derived]
            #[allow(deprecated)]
            impl $($generics)* $crate::private::DescribedEvent for $($event)*
            where
                // on references with a lifetime of their own: rustc rejects a plain `Type: JsonSchema` right away
                $(for<'__s> &'__s $bound: $crate::private::JsonSchema,)*
                $($wheres)*
            {
                fn describe() -> $crate::private::EventContract {
                    #[allow(unused_imports)]
                    use $crate::private::{DescribedType as _, UndescribedType as _};
                    $crate::private::EventContract {
                        doc: $doc,
                        deprecated: [$(::core::option::Option::Some($note),)? ::core::option::Option::None][0],
                        namespace: [$(::core::option::Option::Some($namespace),)? ::core::option::Option::None][0],
                        args: $crate::private::described_args([$(
                            (&&$crate::private::TypeProbe::<&$arg>::NEW).describe_type($optional)
                        ),*]),
                        ack: [$(::core::option::Option::Some(
                            (&&$crate::private::TypeProbe::<&$ack>::NEW).describe_type(false)
                        ),)? ::core::option::Option::None][0],
                    }
                }
            }
            $(
                #[allow(deprecated)]
                const _: () = {
                    $crate::private::inventory::submit! { $crate::private::EventRecord {
                        name: <$concrete as $crate::private::Event>::NAME,
                        rust_type: ::core::any::type_name::<$concrete>,
                        module: ::core::module_path!(),
                        direction: <$concrete as $crate::private::Event>::DIRECTION,
                        describe: || ::core::option::Option::Some(
                            <$concrete as $crate::private::DescribedEvent>::describe()
                        ),
                    } }
                };
            )?
        };
    }

    /// A generic event with its concrete types.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_entry {
        ($event:ty) => {
            #[allow(deprecated)]
            const _: () = {
                $crate::private::inventory::submit! { $crate::private::EventRecord {
                    name: <$event as $crate::private::Event>::NAME,
                    rust_type: ::core::any::type_name::<$event>,
                    module: ::core::module_path!(),
                    direction: <$event as $crate::private::Event>::DIRECTION,
                    describe: || {
                        #[allow(unused_imports)]
                        use $crate::private::{DescribedEventType as _, UndescribedEventType as _};
                        (&&$crate::private::TypeProbe::<$event>::NEW).describe_event()
                    },
                } }
            };
        };
    }

    #[doc(hidden)]
    #[macro_export]
    macro_rules! __describe_handler {
        (event $event:ty) => {
            ::core::option::Option::Some($crate::private::HandlerContract::Event {
                rust_type: || ::core::any::type_name::<$event>(),
                describe: || {
                    #[allow(unused_imports)]
                    use $crate::private::{DescribedEventType as _, UndescribedEventType as _};
                    (&&$crate::private::TypeProbe::<$event>::NEW).describe_event()
                },
            })
        };
        (
            doc $doc:literal, deprecated [$($note:literal)?],
            args { $([$name:literal $arg:ty])* }, returns { $returned:ty }
        ) => {{
            #[allow(unused_imports)]
            use $crate::private::{
                AnswersFallback as _, DescribedArgument as _, DescribedData as _, DescribedWhole as _,
                IsAckFallback as _, TakesNothing as _, UndescribedArgument as _,
            };
            ::core::option::Option::Some($crate::private::HandlerContract::Named($crate::private::NamedContract {
                doc: $doc,
                deprecated: [$(::core::option::Option::Some($note),)? ::core::option::Option::None][0],
                args: &[$($crate::private::HandlerArg {
                    name: $name,
                    takes: $crate::private::Probe::<$arg>::TAKES,
                    is_ack: $crate::private::Probe::<$arg>::IS_ACK,
                    describe: || (&&&&$crate::private::TypeProbe::<$arg>::NEW).describe(),
                }),*],
                returns: if $crate::private::Probe::<$returned>::ANSWERS {
                    ::core::option::Option::Some(|| {
                        (&&&$crate::private::TypeProbe::<$returned>::NEW).describe()
                    })
                } else {
                    ::core::option::Option::None
                },
            }))
        }};
    }
}

/// What the builder was asked for, as far as a contract wants to know.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// The modules whose events the server may send; `None` is all of them.
    #[cfg(feature = "contract")]
    pub(crate) modules: Vec<Option<String>>,
    /// Lists that hold events by name.
    #[cfg(feature = "contract")]
    pub(crate) lists: Vec<&'static crate::check::EventSet>,
}

#[cfg_attr(not(feature = "contract"), expect(clippy::unused_self, reason = "only a contract wants to know"))]
impl Scope {
    /// The program's handlers, or those of a module, were discovered.
    pub(crate) fn discovers(&mut self, module: Option<&str>) {
        #[cfg(feature = "contract")]
        self.modules.push(module.map(str::to_owned));
        #[cfg(not(feature = "contract"))]
        let _ = module;
    }

    /// The events of a list were required.
    pub(crate) fn requires(&mut self, list: &'static crate::check::EventSet) {
        #[cfg(feature = "contract")]
        self.lists.push(list);
        #[cfg(not(feature = "contract"))]
        let _ = list;
    }
}
