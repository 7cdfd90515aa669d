//! What the value that a handler returns means.
//!
//! The event says whether it is acknowledged, the arguments whether one of them answers; both are tokens that
//! generated code puts together to a rule. Each rule has a trait of its own, so that each mistake has one message.

#![expect(missing_docs, reason = "only generated code names these; the traits' messages say the rules")]

use std::marker::PhantomData;

use serde::Serialize;

use crate::{
    error::{ClientError, IntoClientError},
    event::{
        AcknowledgedWith, Acknowledgement, Event, NeverAnswers, NotAcknowledged, Payload, Takes, Token,
        Untyped,
    },
    extract::{Ack, Data, EventContext, FromEvent, Parts, State},
    handler::{Answers, Incoming, Outcome, StateNeed},
};

/// No argument answers.
#[derive(Debug)]
pub struct NoParam;

/// An `Ack<T>` argument answers.
#[derive(Debug)]
pub struct AckParam<T>(PhantomData<fn() -> T>);

/// The first token that says something.
pub trait Pick<B> {
    type Out;
    fn pick(self, other: B) -> Self::Out;
}

impl<T, B> Pick<B> for AcknowledgedWith<T> {
    type Out = Self;
    fn pick(self, _: B) -> Self {
        self
    }
}

impl<B> Pick<B> for NotAcknowledged {
    type Out = Self;
    fn pick(self, _: B) -> Self {
        self
    }
}

impl<B> Pick<B> for NeverAnswers {
    type Out = Self;
    fn pick(self, _: B) -> Self {
        self
    }
}

impl<B> Pick<B> for Untyped {
    type Out = B;
    fn pick(self, other: B) -> B {
        other
    }
}

impl<T, B> Pick<B> for AckParam<T> {
    type Out = Self;
    fn pick(self, _: B) -> Self {
        self
    }
}

impl<B> Pick<B> for NoParam {
    type Out = B;
    fn pick(self, other: B) -> B {
        other
    }
}

/// Takes an argument of an event out of it.
///
/// The type is a parameter of the function's own, so that the error for one that cannot be an argument is one
/// error, and underlines it.
pub fn extract<'e, T: FromEvent<'e, K>, K>(cx: &mut EventContext<'e>) -> Result<T, ClientError> {
    T::from_event(cx).map_err(IntoClientError::into_client_error)
}

/// Does an `Ack<U>` argument fit the event?
pub trait Accepts<U> {}

impl<T, U: IsAcknowledgement<T>> Accepts<U> for AcknowledgedWith<T> {}

impl<U: NeverSent> Accepts<U> for NotAcknowledged {}

impl<U: NotForAny> Accepts<U> for NeverAnswers {}

#[diagnostic::do_not_recommend]
impl<T> Accepts<T> for Untyped {}

/// Holds for the type itself.
#[diagnostic::on_unimplemented(
    message = "this event is acknowledged with `{T}`, but its handler takes an `Ack<{Self}>`",
    label = "expected `Ack<{T}>`"
)]
pub trait IsAcknowledgement<T> {}

impl<T> IsAcknowledgement<T> for T {}

/// Holds for nothing: what an event without an acknowledgement is acknowledged with.
#[diagnostic::on_unimplemented(
    message = "this event has no acknowledgement, but its handler takes an `Ack<{Self}>`",
    label = "nobody waits for it",
    note = "leave it out, or declare the answer: `#[event(\"..\", ack = {Self})]`"
)]
pub trait NeverSent {}

/// Holds for nothing: what a handler of `any` answers with.
#[diagnostic::on_unimplemented(
    message = "a handler of `any` does not answer, but takes an `Ack<{Self}>`",
    label = "the event's own handler answers",
    note = "leave it out, or handle the event by its name; `#[on(fallback)]` may answer events that nobody else handles"
)]
pub trait NotForAny {}

impl NoParam {
    pub fn fits<A>(&self, _: &A) {}
}

impl<U> AckParam<U> {
    pub fn fits<A: Accepts<U>>(&self, _: &A) {}
}

/// The value must be the acknowledgement.
#[derive(Debug)]
pub struct MustAnswer<T>(PhantomData<fn() -> T>);

/// The value is not an acknowledgement.
#[derive(Debug)]
pub struct MustNotAnswer;

/// The value may be one.
#[derive(Debug)]
pub struct MayAnswer;

/// Both tokens make the rule.
pub trait With<P> {
    type Rule;
    fn with(self, param: P) -> Self::Rule;
}

impl<T> With<NoParam> for AcknowledgedWith<T> {
    type Rule = MustAnswer<T>;
    fn with(self, _: NoParam) -> MustAnswer<T> {
        MustAnswer(PhantomData)
    }
}

impl<T, U> With<AckParam<U>> for AcknowledgedWith<T> {
    type Rule = MustNotAnswer;
    fn with(self, _: AckParam<U>) -> MustNotAnswer {
        MustNotAnswer
    }
}

impl<P> With<P> for NotAcknowledged {
    type Rule = MustNotAnswer;
    fn with(self, _: P) -> MustNotAnswer {
        MustNotAnswer
    }
}

impl<P> With<P> for NeverAnswers {
    type Rule = MustNotAnswer;
    fn with(self, _: P) -> MustNotAnswer {
        MustNotAnswer
    }
}

impl With<NoParam> for Untyped {
    type Rule = MayAnswer;
    fn with(self, _: NoParam) -> MayAnswer {
        MayAnswer
    }
}

impl<U> With<AckParam<U>> for Untyped {
    type Rule = MustNotAnswer;
    fn with(self, _: AckParam<U>) -> MustNotAnswer {
        MustNotAnswer
    }
}

impl<T> MustAnswer<T> {
    pub fn answer<R: AnswersWith<T>>(&self, value: R, incoming: &Incoming) -> Outcome {
        value.answer(incoming)
    }
}

impl MustNotAnswer {
    pub fn answer<R: AnswersNothing>(&self, value: R, _: &Incoming) -> Outcome {
        value.done()
    }
}

impl MayAnswer {
    pub fn answer<R: AnswersAny>(&self, value: R, incoming: &Incoming) -> Outcome {
        value.answer(incoming)
    }
}

#[diagnostic::on_unimplemented(
    message = "this event is acknowledged with `{T}`, but its handler returns `{Self}`",
    label = "expected `{T}` or `Result<{T}, E>`",
    note = "to answer later, take an `Ack<{T}>` argument and return `()`"
)]
pub trait AnswersWith<T> {
    fn answer(self, incoming: &Incoming) -> Outcome;
}

// recommended: a type that is returned as declared, but cannot be an acknowledgement, is reported as that
impl<T> AnswersWith<T> for T
where
    AcknowledgedWith<T>: Writes<T>,
{
    fn answer(self, incoming: &Incoming) -> Outcome {
        AcknowledgedWith::<T>::write(&self, incoming)
    }
}

// recommended: an error type without a client form is reported as that
impl<T, E: IntoClientError> AnswersWith<T> for Result<T, E>
where
    AcknowledgedWith<T>: Writes<T>,
{
    fn answer(self, incoming: &Incoming) -> Outcome {
        match self {
            Ok(value) => AcknowledgedWith::<T>::write(&value, incoming),
            Err(error) => Outcome::Failed(error.into_client_error()),
        }
    }
}

/// Holds if `T` can be an acknowledgement: about another type, so that the compiler does not say of `T` that it is not `T`.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be an acknowledgement",
    label = "not a payload that can be written and read",
    note = "add `#[derive(socketio::Payload, serde::Serialize, serde::Deserialize)]` to `{T}`"
)]
pub trait Writes<T> {
    fn write(value: &T, incoming: &Incoming) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl<T: Acknowledgement> Writes<T> for AcknowledgedWith<T> {
    fn write(value: &T, incoming: &Incoming) -> Outcome {
        incoming.answer(value.value())
    }
}

#[diagnostic::on_unimplemented(
    message = "this handler returns `{Self}`, but its return value is not an acknowledgement",
    label = "expected `()` or `Result<(), E>`",
    note = "the event has no acknowledgement, or the handler takes an `Ack` argument to answer with"
)]
pub trait AnswersNothing {
    fn done(self) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl AnswersNothing for () {
    fn done(self) -> Outcome {
        Outcome::Done
    }
}

impl<E: IntoClientError> AnswersNothing for Result<(), E> {
    fn done(self) -> Outcome {
        match self {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(error.into_client_error()),
        }
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the return value of a handler",
    label = "expected `()`, a payload, or a `Result` of one",
    note = "a payload is a `#[derive(Payload)]` or `#[derive(Event)]` type, a number, a string, a `Vec` or pair of payloads",
    note = "the error of a `Result` is a `ClientError`, or a type that says what the client receives: `impl socketio::error::IntoClientError`"
)]
pub trait AnswersAny {
    fn answer(self, incoming: &Incoming) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl AnswersAny for () {
    fn answer(self, _: &Incoming) -> Outcome {
        Outcome::Done
    }
}

#[diagnostic::do_not_recommend]
impl<T: Payload + Serialize> AnswersAny for T {
    fn answer(self, incoming: &Incoming) -> Outcome {
        incoming.answer(&self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: AnswersAny, E: IntoClientError> AnswersAny for Result<T, E> {
    fn answer(self, incoming: &Incoming) -> Outcome {
        match self {
            Ok(value) => value.answer(incoming),
            Err(error) => Outcome::Failed(error.into_client_error()),
        }
    }
}

/// Asks a type, in generated code, what it says about its handler: inherent items win where their bound holds,
/// the blanket traits answer otherwise.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> Probe<T> {
    pub const NEW: Self = Self(PhantomData);
}

/// A payload that belongs to one event.
pub trait NamedPayload {
    type Event: Event;
}

impl<E: Event> NamedPayload for E {
    type Event = E;
}

impl<E: Event> NamedPayload for Data<E> {
    type Event = E;
}

impl<E: Event> NamedPayload for Option<E> {
    type Event = E;
}

impl<E: Event, R> NamedPayload for Result<E, R> {
    type Event = E;
}

impl<E: Event, R> NamedPayload for Result<Data<E>, R> {
    type Event = E;
}

impl<P: NamedPayload> Probe<P> {
    pub const EVENT: Option<&'static str> = Some(<P::Event as Event>::NAME);

    pub fn ack_token(&self) -> <P::Event as Event>::Answer {
        <P::Event as Event>::Answer::NEW
    }
}

pub trait NoEvent {
    const EVENT: Option<&'static str> = None;
}

impl<T: ?Sized> NoEvent for Probe<T> {}

impl<P: Payload> Probe<P> {
    pub const TAKES: Takes = P::TAKES;
}

impl<T> Probe<Data<T>> {
    pub const TAKES: Takes = Takes::One;
}

impl<P: Payload, R> Probe<Result<P, R>> {
    pub const TAKES: Takes = P::TAKES;
}

impl<T, R> Probe<Result<Data<T>, R>> {
    pub const TAKES: Takes = Takes::One;
}

pub trait TakesNothing {
    const TAKES: Takes = Takes::Nothing;
}

impl<T: ?Sized> TakesNothing for Probe<T> {}

pub trait AckTokenFallback {
    fn ack_token(&self) -> Untyped {
        Untyped
    }
}

impl<T: ?Sized> AckTokenFallback for Probe<T> {}

impl<T> Probe<Ack<T>> {
    pub const IS_ACK: bool = true;

    pub fn ack_param(&self) -> AckParam<T> {
        AckParam(PhantomData)
    }
}

impl<T, R> Probe<Result<Ack<T>, R>> {
    pub const IS_ACK: bool = true;

    pub fn ack_param(&self) -> AckParam<T> {
        AckParam(PhantomData)
    }
}

pub trait AckParamFallback {
    fn ack_param(&self) -> NoParam {
        NoParam
    }
}

impl<T: ?Sized> AckParamFallback for Probe<T> {}

pub trait IsAckFallback {
    const IS_ACK: bool = false;
}

impl<T: ?Sized> IsAckFallback for Probe<T> {}

impl Probe<()> {
    pub const ANSWERS: bool = false;
}

impl<E> Probe<Result<(), E>> {
    pub const ANSWERS: bool = false;
}

pub trait AnswersFallback {
    const ANSWERS: bool = true;
}

impl<T: ?Sized> AnswersFallback for Probe<T> {}

impl<S: 'static> Probe<State<S>> {
    pub const NEEDS: Option<StateNeed> = Some(StateNeed::of::<S>());
}

impl<T, S: 'static> Probe<Parts<T, S>> {
    pub const NEEDS: Option<StateNeed> = Some(StateNeed::of::<S>());
}

pub trait StateNeedFallback {
    const NEEDS: Option<StateNeed> = None;
}

impl<T: ?Sized> StateNeedFallback for Probe<T> {}

/// What answers, from the return type and the arguments.
pub const fn answers(returns_value: bool, has_ack: bool) -> Answers {
    match (has_ack, returns_value) {
        (true, _) => Answers::Argument,
        (false, true) => Answers::Value,
        (false, false) => Answers::Nothing,
    }
}
