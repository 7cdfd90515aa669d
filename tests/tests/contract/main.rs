//! The contract of a server, as a client's tools see it: TypeScript's compiler with the official client, and AsyncAPI's parser.

mod events;
mod hard;

use std::{collections::BTreeSet, fmt::Write, fs, path::Path, time::Duration};

use socketio::{
    SocketIo,
    contract::{Contract, ContractError, Warning},
};
use tests::{example, node};

/// The files in the repository.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node/contract");

fn contract(module: &str) -> Contract {
    let module = format!("{}::{module}", module_path!());
    SocketIo::builder().discover_in(&module).build().expect("no fault").contract()
}

/// Compares a file of the folder, or writes it.
#[track_caller]
fn assert_file(name: &str, text: &str) {
    let path = Path::new(FOLDER).join(name);
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::write(&path, text).expect("a writable folder");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(known, text, "{name}: if it is meant, run with UPDATE_CONTRACT=1 and read the difference");
}

#[test]
fn the_contract_of_a_program_is_that_of_its_files() -> Result<(), ContractError> {
    let contract = contract("events");
    assert_eq!(contract.warnings(), []);
    contract.check(format!("{FOLDER}/events.ts"))?;
    contract.check_asyncapi(format!("{FOLDER}/events.asyncapi.json"), "a program", "1.0.0")?;
    assert_file("events.json", &contract.json());
    Ok(())
}

#[test]
fn hard_types_are_those_of_their_files() {
    let contract = contract("hard");
    let subjects: Vec<&str> = contract.warnings().iter().map(Warning::subject).collect();
    let opaque = "contract::hard::Opaque";
    assert_eq!(subjects, ["Page", &format!("alloc::vec::Vec<{opaque}>"), opaque]);
    assert_file("hard.ts", &contract.typescript());
    assert_file("hard.asyncapi.json", &contract.asyncapi("hard types", "1.0.0"));
    let mut samples = HEAD.replace("Client", "Server").replacen("ServerToServer", "ServerToClient", 1);
    for (name, json) in hard::samples() {
        writeln!(samples, "of<{name:?}>({json});").expect("a string");
    }
    assert_file("samples.ts", &samples);
    let mut cases = HEAD.to_owned();
    for (name, json, _) in hard::more::cases() {
        writeln!(cases, "of<{name:?}>({json});").expect("a string");
    }
    assert_file("cases.ts", &cases);
}

const HEAD: &str = "\
import type { ClientToServerEvents as Events } from \"./hard\";
declare function of<K extends keyof Events>(data: Parameters<Events[K]>[0]): void;
";

/// What `tsc --strict` says: file, line, code, and the text that it underlines.
async fn errors_of_tsc() -> Vec<[String; 4]> {
    let printed = node("contract.mjs", &["tsc"], Duration::from_secs(120)).await;
    let lines = printed.lines().map(|line| {
        let parts: Vec<String> = line.split('\t').map(str::to_owned).collect();
        <[String; 4]>::try_from(parts).unwrap_or_else(|parts| panic!("{parts:?}"))
    });
    lines.collect()
}

#[tokio::test]
async fn a_right_client_compiles_and_each_mistake_is_an_error_at_its_place() {
    let errors = errors_of_tsc().await;
    let of = |file: &str| -> Vec<&[String; 4]> { errors.iter().filter(|error| error[0] == file).collect() };
    for file in ["client.ts", "events.ts", "hard.ts"] {
        assert!(of(file).is_empty(), "{file}: {:?}", of(file));
    }
    // each line of the file says which code it expects, and where
    let wrong = fs::read_to_string(format!("{FOLDER}/wrong.ts")).expect("the file");
    let expected: Vec<(String, String, String)> = (1..)
        .zip(wrong.lines())
        .filter_map(|(number, line)| {
            let (_, expected) = line.split_once("// TS")?;
            let (code, text) = expected.split_once(' ').expect("a code and a text");
            Some((number.to_string(), format!("TS{code}"), text.to_owned()))
        })
        .collect();
    let found: Vec<(String, String, String)> = of("wrong.ts")
        .into_iter()
        .map(|[_, line, code, text]| (line.clone(), code.clone(), text.clone()))
        .collect();
    assert!(expected.len() >= 20, "{}", expected.len());
    assert_eq!(found, expected);

    // what serde writes has the declared types, except what no schema can know
    let samples: Vec<&str> = hard::samples().into_iter().map(|(name, _)| name).collect();
    let refused: Vec<&str> = of("samples.ts").iter().map(|error| samples[place(error)]).collect();
    assert_eq!(refused, ["nan", "misc"], "`null` for NaN, and `serialize_with`");

    // what serde takes, TypeScript takes, and the other way round; with these exceptions
    let cases = hard::more::cases();
    let refused: BTreeSet<usize> = of("cases.ts").into_iter().map(place).collect();
    let differ: Vec<(&str, &str)> = cases
        .iter()
        .enumerate()
        .filter(|(place, (_, _, serde))| *serde == refused.contains(place))
        .map(|(_, (name, json, _))| (*name, *json))
        .collect();
    assert_eq!(
        differ,
        [
            // `with` and `schemars(with = "Option<..>")`: serde wants the field, schemars does not
            ("m:with-option", "{}"),
            // an alias, and a name for "any other one": a client need not send these
            ("m:other", r#""Bee""#),
            ("m:other", r#""whatever""#),
            ("m:other-tagged", r#"{"k":"new"}"#),
            // the tail of a tuple that has defaults, where it is not an event's
            ("m:tail", "[[1]]"),
            // numbers have no ranges
            ("m:small", r#"{"a":256,"n":1}"#),
            ("m:small", r#"{"a":1,"n":0}"#),
            ("m:small", r#"{"a":1.5,"n":1}"#),
            // the tag of a struct, which serde writes and does not look at
            ("m:tagged-struct", r#"{"t":"TaggedStruct","a":1}"#),
            ("m:tagged-struct", r#"{"t":"no","a":1}"#),
            // an index has the types of the named fields as well
            ("m:flat", r#"{"id":1,"deep":true,"x":3}"#),
            // `null` in a flattened option, and fields that serde ignores
            ("m:flat-option", r#"{"id":1,"deep":null}"#),
            ("m:internal", r#"{"type":"wrap","deep":true,"more":1}"#),
            ("m:untagged", "1.5"),
            ("m:sides", r#"{"firstName":"a","inName":true,"other":true,"type":"","with-dash":""}"#),
            (
                "m:sides",
                r#"{"firstName":"a","inName":true,"aliased":true,"type":"","with-dash":"","onlyOut":1}"#
            ),
            // keys are any number
            ("m:numbers", r#"{"-1":true}"#),
            ("m:numbers", r#"{"1.5":true}"#),
            // formats of texts
            ("m:date", r#""yesterday""#),
        ]
    );
}

/// The place in the list that a line of `samples.ts` or `cases.ts` was written for.
fn place(error: &[String; 4]) -> usize {
    error[1].parse::<usize>().expect("a line") - HEAD.lines().count() - 1
}

#[tokio::test]
async fn the_parser_of_asyncapi_has_nothing_to_say() {
    let files = ["contract/events.asyncapi.json", "contract/hard.asyncapi.json"];
    let args = [&["asyncapi"], &files[..]].concat();
    let printed = node("contract.mjs", &args, Duration::from_secs(120)).await;
    let expected = "\
contract/events.asyncapi.json: no diagnostics
  admin.client.kick: receive /admin, reply admin.client.kick.ack
  admin.server.chat_message: send /admin
";
    assert!(printed.starts_with(expected), "{printed}");
    assert!(printed.contains("contract/hard.asyncapi.json: no diagnostics\n"), "{printed}");
    assert!(printed.contains("  org_id.server.kicked: send /org/{id}\n"), "{printed}");
}

#[tokio::test]
async fn the_page_of_the_chat_is_right_and_its_bundle_is_that_of_its_source() {
    let limit = Duration::from_secs(120);
    example("node_modules/typescript/bin/tsc", &["-p", "chat/page"], limit).await;
    let bundle = example("chat/page/build.mjs", &["--print"], limit).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chat/page/client.js");
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::write(&path, &bundle).expect("a writable folder");
    }
    let known = fs::read_to_string(path).expect("the bundle");
    assert_eq!(known, bundle, "run `npm run chat` in the folder of the examples");
}
