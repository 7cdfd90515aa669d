//! Asks a type, in generated code, for its schema: the first of several traits that it has answers.
//!
//! A method is looked for on the type with the most references first. So an implementation for `&&T` is taken where its
//! bound holds, and that for `T` otherwise: nothing has to be derived, and what is derived is found.

use std::{any::type_name, marker::PhantomData};

use schemars::{JsonSchema, SchemaGenerator};

use crate::{
    answer::NamedPayload,
    describe::{ArgContract, Argument, DescribedEvent, EventContract, SchemaFn},
    extract::Ack,
};

#[derive(Debug)]
pub struct TypeProbe<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> TypeProbe<T> {
    pub const NEW: Self = Self(PhantomData);
}

fn one<T: ?Sized>(optional: bool, schema: Option<SchemaFn>) -> ArgContract {
    ArgContract { optional, rust_type: type_name::<T>().trim_start_matches('&'), schema }
}

fn schema_of<T: JsonSchema>() -> Option<SchemaFn> {
    Some(SchemaGenerator::subschema_for::<T>)
}

/// An argument of an event type.
pub trait DescribedType {
    fn describe_type(&self, optional: bool) -> ArgContract;
}

impl<T: JsonSchema> DescribedType for &TypeProbe<T> {
    fn describe_type(&self, optional: bool) -> ArgContract {
        one::<T>(optional, schema_of::<T>())
    }
}

pub trait UndescribedType {
    fn describe_type(&self, optional: bool) -> ArgContract;
}

impl<T: ?Sized> UndescribedType for TypeProbe<T> {
    fn describe_type(&self, optional: bool) -> ArgContract {
        one::<T>(optional, None)
    }
}

/// An event type.
pub trait DescribedEventType {
    fn describe_event(&self) -> Option<EventContract>;
}

impl<E: DescribedEvent> DescribedEventType for &TypeProbe<E> {
    fn describe_event(&self) -> Option<EventContract> {
        Some(E::describe())
    }
}

pub trait UndescribedEventType {
    fn describe_event(&self) -> Option<EventContract>;
}

impl<T: ?Sized> UndescribedEventType for TypeProbe<T> {
    fn describe_event(&self) -> Option<EventContract> {
        None
    }
}

/// An argument of a handler that is the whole event.
pub trait DescribedWhole {
    fn describe(&self) -> Argument;
}

impl<P: NamedPayload<Event: DescribedEvent>> DescribedWhole for &&&TypeProbe<P> {
    fn describe(&self) -> Argument {
        Argument::Event(P::Event::describe())
    }
}

/// A `Result` stands for its value: as an argument, as what is returned.
pub trait DescribedData {
    fn describe(&self) -> Argument;
}

impl<T: JsonSchema, R> DescribedData for &&TypeProbe<Result<T, R>> {
    fn describe(&self) -> Argument {
        Argument::One(one::<T>(false, schema_of::<T>()))
    }
}

impl<T: JsonSchema> DescribedData for &&TypeProbe<Ack<T>> {
    fn describe(&self) -> Argument {
        Argument::One(one::<T>(false, schema_of::<T>()))
    }
}

pub trait DescribedArgument {
    fn describe(&self) -> Argument;
}

impl<T: JsonSchema> DescribedArgument for &TypeProbe<T> {
    fn describe(&self) -> Argument {
        Argument::One(one::<T>(false, schema_of::<T>()))
    }
}

pub trait UndescribedArgument {
    fn describe(&self) -> Argument;
}

impl<T: ?Sized> UndescribedArgument for TypeProbe<T> {
    fn describe(&self) -> Argument {
        Argument::One(one::<T>(false, None))
    }
}
