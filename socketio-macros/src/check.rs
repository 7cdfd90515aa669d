//! Mistakes that are visible in the tokens alone. Everything about types is left to the compiler.

use proc_macro2::{Span, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Data, DeriveInput, Field, FnArg, GenericParam, ImplItem, ItemImpl, LitStr, Signature, Type,
};

use crate::{
    ast::{Entry, EventList, Function, MAX_ARGUMENTS, NamedEvent, mention_of_self},
    attr::{
        self, EventAttr, From, MAX_CONDITIONS, MAX_NAME, OnAttr, RESERVED, Subject, Validate, deciding,
        lifecycle,
    },
    diag::Errors,
};

/// A function with all of its `#[on(..)]`.
pub(crate) fn handler(attrs: &[OnAttr], function: &Function, errors: &mut Errors) {
    for attr in attrs {
        if attr.subjects.is_empty() && !attr.has_unknown {
            errors.at_span(
                Span::call_site(),
                "name the event: `#[on(\"name\")]`, `#[on(EventType)]`, or a word of the life cycle like `#[on(connect)]`",
            );
        }
    }
    signature(&function.sig, errors);
    if deciding(attrs, function).len() > MAX_CONDITIONS {
        errors.at(
            &function.sig.ident,
            format!("the arguments and `#[on(..)]` attributes of a handler can depend on at most {MAX_CONDITIONS} different `cfg` predicates: put the whole function under a `cfg` instead"),
        );
    }
    for attr in attrs {
        on_attr(attr, &function.sig, errors);
    }
}

/// A function under its own `#[on(..)]`, which cannot register an associated function.
pub(crate) fn free(function: &Function, errors: &mut Errors) {
    if let Some(token) = mention_of_self(&function.sig) {
        errors.at(&token, "this function is in an `impl`: put `#[on]` on the `impl` as well");
    }
}

/// The subjects and options of `#[on(..)]`.
fn on_attr(attr: &OnAttr, sig: &Signature, errors: &mut Errors) {
    for subject in &attr.subjects {
        match subject {
            Subject::Name(name) | Subject::Custom(name) => event_name(name, errors),
            Subject::Lifecycle { span, .. } if attr.concurrent.is_some() => errors.at_span(
                *span,
                "the moments of a socket's life have an order: their handlers cannot be `concurrent`",
            ),
            Subject::Lifecycle { .. } | Subject::Type(_) | Subject::Fallback(_) | Subject::Any(_) => {}
        }
    }
    if let Some(namespace) = &attr.namespace {
        self::namespace(namespace, errors);
    }
    if let Some(concurrent) = attr.concurrent.as_ref().filter(|_| sig.asyncness.is_none()) {
        errors.at(concurrent, "only an `async fn` can be `concurrent`: a plain one never waits");
    }
}

/// A name on the wire.
fn event_name(name: &LitStr, errors: &mut Errors) {
    let value = name.value();
    if value.is_empty() {
        errors.at(name, "an event name cannot be empty");
    } else if value.len() > MAX_NAME {
        errors.at(name, format!("an event name has at most {MAX_NAME} bytes, this one has {}", value.len()));
    } else if RESERVED.contains(&value.as_str()) {
        errors.at(name, format!("\"{value}\" is reserved by the protocol: no event can have this name"));
    }
}

/// A guard of a module owns what it extracts, and may refuse.
pub(crate) fn guards(types: &[Type], errors: &mut Errors) {
    for ty in types {
        if let Type::Path(path) = ty
            && let Some(last) = path.path.segments.last()
            && (last.ident == "Option" || last.ident == "Result")
            && !last.arguments.is_none()
        {
            errors.at(
                ty,
                format!("a guard that is an `{}` refuses nobody: name the extractor itself", last.ident),
            );
        }
        if let Type::Reference(reference) = ty {
            let owned = &reference.elem;
            errors.at(
                ty,
                format!(
                    "a guard owns what it extracts: `guard = {}`",
                    owned.to_token_stream().to_string().replace(" :: ", "::")
                ),
            );
        }
    }
}

/// The name of a namespace.
pub(crate) fn namespace(name: &LitStr, errors: &mut Errors) {
    let value = name.value();
    if !value.starts_with('/') {
        errors.at(name, format!("a namespace starts with `/`: \"/{value}\""));
    } else if value.contains(',') {
        errors.at(name, "a namespace cannot contain a comma");
    }
}

/// The function under `#[on(..)]`.
fn signature(sig: &Signature, errors: &mut Errors) {
    for param in &sig.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            errors.at(param, "a handler cannot be generic: its types must be known when it is registered");
        }
    }
    let plain = "a handler is a plain `fn` or `async fn`";
    if !matches!(sig.safety, syn::Safety::Default) {
        errors.at(&sig.safety, plain);
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, plain);
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, plain);
    }
    for argument in &sig.inputs {
        match argument {
            FnArg::Receiver(receiver) => errors.at(
                receiver,
                "a handler has no `self`: take what it needs through `State<S>`",
            ),
            FnArg::Typed(argument) => match &*argument.ty {
                Type::ImplTrait(ty) => errors.at(ty, "name the argument's type: `impl Trait` cannot be extracted"),
                Type::Reference(ty) if is_str(&ty.elem) => errors.at(
                    ty,
                    "`&str` cannot hold a JSON string that contains an escape (`\\n`, `\\\"`): take `Cow<'_, str>` or `String`",
                ),
                _ => {}
            },
        }
    }
}

/// A type under `derive(Event)`, and its `#[event(..)]`.
pub(crate) fn event(input: &DeriveInput, attr: &EventAttr, errors: &mut Errors) {
    if let Some(name) = &attr.name {
        event_name(name, errors);
        let value = name.value();
        if !attr.custom && lifecycle(&value).is_some() && !RESERVED.contains(&value.as_str()) {
            errors.at(
                name,
                format!("\"{value}\" is a word of the life cycle: to name an event like that, write `custom = \"{value}\"`"),
            );
        }
    }
    if let Some(namespace) = &attr.namespace {
        match attr.from {
            Some(From::Client) => errors.at(
                namespace,
                "the handlers of an event say in which namespaces clients send it: `#[on(.., namespace = \"..\")]`",
            ),
            Some(From::Node) => errors.at(namespace, "an event between nodes belongs to no namespace"),
            Some(From::Server) | None => self::namespace(namespace, errors),
        }
    }
    if let (Some(From::Server), Some(validate)) = (attr.from, &attr.validate) {
        let message = "what only the server sends is never read, and never validated: leave out `validate`, or `from = server`";
        match validate {
            Validate::Garde(word) => errors.at(word, message),
            Validate::By(path) => errors.at(path, message),
        }
    }
    // what only the server sends is never read: it may borrow as it likes
    if attr.from != Some(From::Server) {
        fields(input, errors);
    }
}

/// The entries of `events!`.
pub(crate) fn event_list(list: &EventList, errors: &mut Errors) {
    for entry in &list.entries {
        if let Entry::Name(name) = entry {
            event_name(name, errors);
        }
    }
}

/// The name and the arguments of `event!`.
pub(crate) fn named_event(event: &NamedEvent, errors: &mut Errors) {
    event_name(&event.name, errors);
    if let Some(first) = event.args.iter().nth(MAX_ARGUMENTS) {
        errors.at(first, format!("`event!` takes at most {MAX_ARGUMENTS} arguments"));
    }
}

/// Fields that would fail, or copy, at run time.
pub(crate) fn fields(input: &DeriveInput, errors: &mut Errors) {
    let fields: Vec<&Field> = match &input.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(data) => return errors.at(&data.union_token, "a union cannot be a payload"),
    };
    for field in fields {
        match &field.ty {
            Type::Reference(ty) if is_str(&ty.elem) => {
                let lifetime = ty.lifetime.as_ref().map_or_else(|| "'a".to_owned(), ToString::to_string);
                errors.at(
                    ty,
                    format!("`&str` cannot hold a JSON string that contains an escape (`\\n`, `\\\"`): use `#[serde(borrow)] Cow<{lifetime}, str>`"),
                );
            }
            Type::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "Cow")
                    && !borrows(&field.attrs) =>
            {
                errors.at(path, "serde copies into a `Cow` unless the field has `#[serde(borrow)]`");
            }
            _ => {}
        }
    }
}

fn borrows(attrs: &[Attribute]) -> bool {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("serde"))
        .any(|attr| attr.to_token_stream().into_iter().any(|token| contains_word(token, "borrow")))
}

fn contains_word(token: TokenTree, word: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => group.stream().into_iter().any(|token| contains_word(token, word)),
        _ => false,
    }
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

/// The `#[on(..)]` of a function in an `impl`.
pub(crate) fn associated(attrs: &[OnAttr], errors: &mut Errors) {
    for manual in attrs.iter().filter_map(|attr| attr.manual.as_ref()) {
        errors.at(manual, "`handlers![..]` cannot list associated functions, so this one would never be found: leave out `manual`");
    }
}

/// An `impl` under `#[on]`.
pub(crate) fn block(block: &ItemImpl, errors: &mut Errors) {
    if let Some((of, _)) = &block.trait_ {
        errors.at(of, "the functions of a trait cannot be handlers: move them to an inherent `impl`");
    }
    for param in &block.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            errors.at(param, "a handler cannot be generic: its types must be known when it is registered");
        }
    }
    let has_handlers = block.items.iter().any(|item| match item {
        ImplItem::Fn(function) => attr::has_on(&function.attrs),
        _ => false,
    });
    if !has_handlers {
        errors.at(&block.self_ty, "no function here is annotated with `#[on(..)]`");
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    /// The number of mistakes that are found.
    fn mistakes(check: impl FnOnce(&mut Errors)) -> usize {
        let mut errors = Errors::default();
        check(&mut errors);
        errors.finish().map_or(0, |errors| errors.to_string().matches("compile_error").count())
    }

    fn literal(value: &str) -> LitStr {
        LitStr::new(value, Span::call_site())
    }

    #[test]
    fn names_of_events() {
        let longest = "a".repeat(MAX_NAME);
        for name in ["chat:message", "message", "ping", "ü", longest.as_str()] {
            assert_eq!(mistakes(|errors| event_name(&literal(name), errors)), 0, "{name}");
        }
        // bytes count, not characters
        let overlong = "ü".repeat(MAX_NAME / 2 + 1);
        for name in ["", "connect", "disconnecting", "newListener", overlong.as_str()] {
            assert_eq!(mistakes(|errors| event_name(&literal(name), errors)), 1, "{name}");
        }
    }

    #[test]
    fn names_of_namespaces() {
        for (name, expected) in [("/", 0), ("/chat", 0), ("chat", 1), ("", 1), ("/a,b", 1)] {
            assert_eq!(mistakes(|errors| namespace(&literal(name), errors)), expected, "{name}");
        }
    }

    #[test]
    fn every_mistake_of_a_signature() {
        let mut sig: Signature = parse_quote!(unsafe fn said<'a, T>(&self, a: &'a str, b: impl Send, c: T));
        assert_eq!(mistakes(|errors| signature(&sig, errors)), 5);
        sig = parse_quote!(async fn said<'a>(socket: &Socket, text: Cow<'a, str>) -> u64);
        assert_eq!(mistakes(|errors| signature(&sig, errors)), 0);
    }

    #[test]
    fn fields_that_cannot_borrow() {
        let input: DeriveInput = parse_quote! {
            struct Message<'a> {
                #[serde(borrow, rename = "t")]
                text: Cow<'a, str>,
                #[serde(rename = "borrow")]
                copied: Cow<'a, str>,
                unescaped: &'a str,
                bytes: &'a [u8],
            }
        };
        assert_eq!(mistakes(|errors| fields(&input, errors)), 2);
    }
}
