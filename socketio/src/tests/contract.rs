//! What a contract says, and what it warns of. The hard types, and what `tsc` says of them, are in the end-to-end tests.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Ack, Bytes, ClientError, Data, Event, Payload, Socket, SocketIo,
    contract::Contract,
    emit::{Args, Rest},
    on,
};

/// The contract of the handlers and events of one of these modules.
fn contract(module: &str) -> Contract {
    let module = format!("{}::{module}", module_path!());
    SocketIo::builder().discover_in(&module).build().expect("no fault").contract()
}

/// The members of an interface, one a line.
fn members(typescript: &str, interface: &str) -> Vec<String> {
    let start = format!("export interface {interface} ");
    let (_, rest) = typescript.split_once(&start).unwrap_or_else(|| panic!("no {interface} in {typescript}"));
    let (body, _) = rest.split_once("\n}").expect("an end");
    body.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

#[track_caller]
fn assert_members(contract: &Contract, interface: &str, expected: &[&str]) {
    assert_eq!(members(&contract.typescript(), interface), expected);
}

mod typed {
    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema, Payload)]
    struct Receipt {
        length: u16,
    }

    /// Says something.
    ///
    /// To everybody: */ included.
    #[derive(Serialize, Deserialize, JsonSchema, Event)]
    #[event("say", ack = Receipt)]
    struct Say<'a> {
        #[serde(borrow)]
        text: Cow<'a, str>,
        to: Option<String>,
    }

    #[derive(Deserialize, Event)]
    #[event("search", from = client, ack = Vec<Receipt>)]
    struct Search(String, #[serde(default)] Option<u32>, #[serde(default)] bool);

    #[derive(Serialize, Event)]
    #[event("moved", from = server)]
    struct Moved<'a>(f64, Cow<'a, str>, Option<Bytes>);

    #[derive(Serialize, Event)]
    #[event("tick", from = server)]
    #[deprecated(note = "nobody listens")]
    struct Tick;

    #[derive(Serialize, JsonSchema, Event)]
    #[event("kicked", from = server, namespace = "/admin")]
    struct Kicked {
        id: u8,
    }

    #[derive(Serialize, JsonSchema, Event)]
    #[event("nowhere", from = server, namespace = "/elsewhere")]
    struct Nowhere {
        id: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Event)]
    #[event("between", from = node)]
    struct Between {
        id: u8,
    }

    #[on(Between)]
    fn between(_: Between) {}

    #[on(Say)]
    fn say(say: Say<'_>) -> Receipt {
        Receipt { length: say.text.len() as u16 }
    }

    #[on(Search)]
    fn search(_: Search) -> Vec<Receipt> {
        vec![]
    }

    #[on("kick", namespace = "/admin")]
    fn kick(_: &Socket, who: String) {
        drop(who);
    }
}

#[test]
fn events_are_listed_by_direction_and_namespace_with_their_acknowledgements() {
    let contract = contract("typed");
    assert_eq!(contract.warnings(), []);
    let search = "(...args: [arg0: string, ack: (answer: Receipt[] | Failure) => void] \
                  | [arg0: string, arg1: number | null, ack: (answer: Receipt[] | Failure) => void] \
                  | [arg0: string, arg1: number | null, arg2: boolean, ack: (answer: Receipt[] | Failure) => void]) => void;";
    let say = ["/**", "* Says something.", "*", "* To everybody: *\\/ included.", "*/"];
    let client: Vec<String> = say
        .iter()
        .map(|line| (*line).to_owned())
        .chain([
            r#""say": (data: SayInput, ack: (answer: Receipt | Failure) => void) => void;"#.to_owned(),
            format!("\"search\": {search}"),
        ])
        .collect();
    assert_eq!(members(&contract.typescript(), "ClientToServerEvents"), client);
    let server: Vec<&str> = [r#""moved": (arg0: number, arg1: string, arg2: BytesReceived | null) => void;"#]
        .into_iter()
        .chain(say)
        .chain([
            r#""say": (data: SayOutput, ack: (answer: Receipt) => void) => void;"#,
            "/** @deprecated nobody listens */",
            r#""tick": () => void;"#,
        ])
        .collect();
    assert_members(&contract, "CommonServerToClientEvents", &server);
    assert_members(&contract, "AdminClientToServerEvents", &[r#""kick": (who: string) => void;"#]);
    assert_members(&contract, "AdminServerToClientEvents", &[r#""kicked": (data: Kicked) => void;"#]);
    let text = contract.typescript();
    assert!(
        text.contains("export interface ServerToClientEvents extends CommonServerToClientEvents {"),
        "{text}"
    );
    assert!(!text.contains("nowhere") && !text.contains("between"), "{text}");
}

mod named {
    use super::*;

    #[derive(Deserialize, JsonSchema, Event)]
    #[event("typed", from = client)]
    struct Typed {
        on: bool,
    }

    /// Adds.
    #[on("add")]
    fn add(a: i32, b: Option<i32>) -> Result<i32, ClientError> {
        Ok(a + b.unwrap_or(0))
    }

    #[on("later")]
    fn later(_: &Socket, Data(scores): Data<BTreeMap<String, u8>>, answer: Ack<Vec<u8>>) {
        drop(scores);
        answer.send(&vec![]);
    }

    #[on("swap")]
    fn swap(Args((a, b)): Args<(i32, String)>) -> Args<(String, i32)> {
        Args((b, a))
    }

    #[on("copy")]
    fn copy(function: u8, _rest: Rest) -> Rest {
        let _ = function;
        Rest(vec![])
    }

    #[on("typed")]
    fn typed(typed: Typed) {
        assert!(typed.on);
    }

    #[on("maybe")]
    fn maybe(text: Result<Cow<'_, str>, ClientError>) {
        drop(text);
    }

    // they know less of it than the first one
    #[on("add")]
    fn log(_: &Socket) {}
}

#[test]
fn events_known_by_name_have_the_types_of_their_handlers() {
    let contract = contract("named");
    assert_eq!(contract.warnings(), []);
    let add = "(...args: [a: number, ack: (answer: number | Failure) => void] \
               | [a: number, b: number | null, ack: (answer: number | Failure) => void]) => void;";
    assert_members(
        &contract,
        "ClientToServerEvents",
        &[
            "/** Adds. */",
            &format!("\"add\": {add}"),
            r#""copy": (...args: [function_: number, ...rest: unknown[], ack: (...answer: unknown[]) => void]) => void;"#,
            r#""later": (scores: {"#,
            "[key: string]: number;",
            "}, ack: (answer: number[] | Failure) => void) => void;",
            r#""maybe": (text: string) => void;"#,
            r#""swap": (arg0: number, arg1: string, ack: (...answer: [string, number] | [failure: Failure, none1: undefined]) => void) => void;"#,
            r#""typed": (data: Typed) => void;"#,
        ],
    );
}

mod doubtful {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Opaque {
        a: u8,
    }

    #[derive(Deserialize, Event)]
    #[event("opaque", from = client)]
    struct OpaqueEvent {
        _a: u8,
    }

    #[derive(Serialize, JsonSchema)]
    struct Inner {
        a: u8,
    }

    mod other {
        #[derive(serde::Serialize, schemars::JsonSchema)]
        pub(super) struct Inner {
            b: u8,
        }
    }

    #[derive(Serialize, Event)]
    #[event("a", from = server)]
    struct A(Inner, Vec<Opaque>);

    #[derive(Serialize, Event)]
    #[event("b", from = server)]
    struct B(other::Inner);

    #[derive(Serialize, Event)]
    #[event("b", from = server)]
    struct AlsoB(String);

    #[on(OpaqueEvent)]
    fn opaque(_: OpaqueEvent) {}
}

#[test]
fn what_is_not_exact_is_a_warning_that_names_it_once_and_an_error_of_the_check() {
    let contract = contract("doubtful");
    let subjects: Vec<&str> = contract.warnings().iter().map(crate::contract::Warning::subject).collect();
    let at = module_path!();
    let (list, event) =
        (format!("alloc::vec::Vec<{at}::doubtful::Opaque>"), format!("{at}::doubtful::OpaqueEvent"));
    assert_eq!(subjects, ["Inner", &list, "b", &event]);
    let texts: Vec<String> = contract.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts[0],
        r#"two types are called `Inner`: give one another name with `#[schemars(rename = "..")]`, a generic one `"Inner_of_{T}"`"#
    );
    assert_eq!(texts[1], format!("event \"a\": `{list}` has no schema: add `#[derive(JsonSchema)]`"));
    assert!(
        texts[2].starts_with("event \"b\" is sent with different types in namespace \"/\""),
        "{}",
        texts[2]
    );
    assert_members(&contract, "ClientToServerEvents", &[r#""opaque": (data: unknown) => void;"#]);
    assert_members(
        &contract,
        "ServerToClientEvents",
        &[
            r#""a": (arg0: Inner, arg1: unknown) => void;"#,
            r#""b": (...args: [data: string] | [data: Inner2]) => void;"#,
        ],
    );

    let missing = std::env::temp_dir().join("socketio-contract-that-nobody-writes.ts");
    let error = contract.check(&missing).expect_err("there are warnings").to_string();
    assert!(error.contains(".allow(\"Inner\")") && error.lines().count() == 5, "{error}");
    let allowed = contract.allow("Inner").allow(list).allow("b").allow(event);
    // it may be there, or be written: the warnings do not count any more
    let checked = allowed.check(&missing);
    assert!(!matches!(checked, Err(crate::contract::ContractError::Warnings(_))), "{checked:?}");
    std::fs::remove_file(missing).ok();
}

mod generic {
    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Known {
        a: u8,
    }

    #[derive(Serialize, Deserialize)]
    struct Unknown {
        a: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Event)]
    #[schemars(rename = "Page_of_{T}")]
    #[event("page")]
    struct Page<T> {
        items: Vec<T>,
    }

    #[derive(Serialize, Deserialize, Event)]
    #[event("pair", from = client, ack = Vec<T>)]
    #[serde(bound = "")]
    struct Pair<T>(T, u8)
    where
        T: Serialize + serde::de::DeserializeOwned + Payload;

    impl Payload for Known {}

    #[on(Page<Known>)]
    fn page(_: Page<Known>) {}

    #[on(Pair<Known>)]
    fn pair(pair: Pair<Known>) -> Vec<Known> {
        vec![pair.0]
    }

    #[on(Page<Unknown>, namespace = "/unknown")]
    fn unknown(_: Page<Unknown>) {}
}

#[test]
fn a_generic_event_is_known_where_its_types_are() {
    let contract = contract("generic");
    assert_members(
        &contract,
        "ClientToServerEvents",
        &[
            r#""page": (data: Page_of_Known) => void;"#,
            r#""pair": (arg0: Known, arg1: number, ack: (answer: Known[] | Failure) => void) => void;"#,
        ],
    );
    assert_members(&contract, "UnknownClientToServerEvents", &[r#""page": (...rest: unknown[]) => void;"#]);
    let [warning] = contract.warnings() else { panic!("{:?}", contract.warnings()) };
    assert!(
        warning.subject().ends_with("generic::Page<socketio::tests::contract::generic::Unknown>"),
        "{warning}"
    );
}

mod names {
    use super::*;

    /// Ours is `Failure` as well.
    #[derive(Serialize, JsonSchema)]
    struct Failure {
        why: String,
    }

    #[derive(Serialize, JsonSchema)]
    #[serde(rename = "string")]
    struct Lower {
        #[serde(rename = "with-dash")]
        dash: u8,
        #[serde(rename = "1st")]
        first: u8,
        r#type: u8,
        #[serde(rename = "")]
        empty: u8,
        #[serde(rename = "quote\"")]
        quote: u8,
    }

    #[derive(Serialize, JsonSchema)]
    #[serde(rename = "A-B")]
    struct Dash(u8);

    #[derive(Serialize, JsonSchema)]
    #[serde(rename = "A_B")]
    struct Underscore(u8);

    #[derive(Serialize, Event)]
    #[event("it's \"quoted\" \\ and ünïcode", from = server)]
    struct Names(Failure, Lower, Dash, Underscore);

    #[on("a", namespace = "/a-b")]
    fn first() {}

    #[on("b", namespace = "/a/b")]
    fn second() {}

    #[on("c", namespace = "/7up")]
    fn third() {}

    #[on("d", namespace = "/ü")]
    fn fourth() {}
}

#[test]
fn names_that_are_taken_or_not_identifiers_are_changed() {
    let contract = contract("names");
    let text = contract.typescript();
    for part in [
        "export interface Failure {\n  error: ErrorInfo;\n}",
        "/** Ours is `Failure` as well. */\nexport interface Failure_ {\n  why: string;\n}",
        "export interface string_ {",
        "  \"\": number;\n  \"1st\": number;\n  \"quote\\\"\": number;\n  type: number;\n  \"with-dash\": number;\n",
        "export type A_B = number;",
        "export type A_B_2 = number;",
        r#""it's \"quoted\" \\ and ünïcode": (arg0: Failure_, arg1: string_, arg2: A_B, arg3: A_B_2) => void;"#,
        "export interface ABClientToServerEvents {\n  \"a\": () => void;\n}",
        "export interface AB_2_ClientToServerEvents {\n  \"b\": () => void;\n}",
        "export interface Namespace7upClientToServerEvents {",
        "export interface NamespaceClientToServerEvents {\n  \"d\": () => void;\n}",
        r#"  "/ü": { clientToServer: NamespaceClientToServerEvents; "#,
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let [warning] = contract.warnings() else { panic!("{:?}", contract.warnings()) };
    assert_eq!(warning.subject(), "A_B");
}

mod listed {
    use super::*;

    #[on("handled")]
    fn handled() {}
}

#[test]
fn a_listed_name_without_a_type_is_sent_with_unknown_arguments() {
    const NAMES: &[&str] = &["handled", "sent"];
    static LIST: crate::handler::EventSet =
        crate::check::event_set(NAMES, &[true, false], &crate::check::table::<4>(NAMES), &[]);
    let module = format!("{}::listed", module_path!());
    let io = SocketIo::builder().discover_in(&module).require(&LIST).build().expect("no fault");
    let contract = io.contract();
    assert_members(&contract, "ServerToClientEvents", &[r#""sent": (...rest: unknown[]) => void;"#]);
    assert_members(&contract, "ClientToServerEvents", &[r#""handled": () => void;"#]);
    let [warning] = contract.warnings() else { panic!("{:?}", contract.warnings()) };
    assert_eq!(warning.subject(), "sent");
}

#[test]
fn every_output_is_the_same_each_time() {
    for module in ["typed", "named", "doubtful", "generic", "names"] {
        let (one, other) = (contract(module), contract(module));
        assert_eq!(one.typescript(), other.typescript());
        assert_eq!(one.asyncapi("a", "1"), other.asyncapi("a", "1"));
        assert_eq!(one.json(), other.json());
        for text in [one.asyncapi("a", "1"), one.json()] {
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert_sorted_below(&value);
        }
    }
}

/// The keys of all objects are sorted, whatever serde_json's map does; except those at the top.
fn assert_sorted_below(value: &serde_json::Value) {
    for part in value.as_object().expect("an object").values() {
        let mut found = vec![part];
        while let Some(value) = found.pop() {
            if let Some(map) = value.as_object() {
                assert!(map.keys().is_sorted(), "{map:?}");
                found.extend(map.values());
            }
            found.extend(value.as_array().into_iter().flatten());
        }
    }
}

/// The files that end-to-end tests compare are a client's view of our codes: a new one is written there, too.
#[test]
fn the_files_of_the_repository_list_our_error_codes() {
    let text = contract("listed").typescript();
    let (start, end) =
        (text.find("export type ErrorCode").expect("it is there"), text.find(';').expect("its end"));
    for file in
        ["examples/chat/page/events.ts", "tests/node/contract/events.ts", "tests/node/contract/hard.ts"]
    {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        // not there in a published package
        if let Ok(known) = std::fs::read_to_string(path) {
            let update =
                "UPDATE_CONTRACT=1 cargo test -p examples -p tests -- the_page the_contract hard_types";
            assert!(known.contains(&text[start..=end]), "{file}: {update}");
        }
    }
}
