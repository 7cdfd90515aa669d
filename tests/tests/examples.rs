//! Every example, run as its README says: the program on a free port, and its client against it.

use std::{collections::BTreeSet, fs, path::Path};

use tests::{Program, example_client};

/// Starts an example and runs its client; what the client printed.
async fn run(name: &str) -> (Program, Vec<String>) {
    let program = Program::start(name, &["0"]).await;
    let printed = run_client(&program, &format!("{name}/client.mjs")).await;
    (program, printed)
}

async fn run_client(program: &Program, script: &str) -> Vec<String> {
    example_client(script, program.address).await.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn hello_greets_on_both_wires() {
    let (program, printed) = run("hello").await;
    assert_eq!(printed, ["Hello, Ann!"]);
    assert_eq!(run_client(&program, "hello/plain.mjs").await, ["greeting: Hello, Bob!"]);
}

#[tokio::test]
async fn auth_knows_who_is_logged_in_and_refuses_the_others() {
    let (_program, printed) = run("auth").await;
    assert_eq!(printed[..3], ["Ann: allowed", "Bob: forbidden", "unauthorized: the token is not valid"]);
    assert!(printed[3].starts_with("bad_payload: ") && printed[3].contains("token"), "{printed:?}");
    assert_eq!(printed.len(), 4, "{printed:?}");
}

#[tokio::test]
async fn login_lasts_for_a_time_and_is_renewed() {
    let (_program, printed) = run("login").await;
    let expected = [
        "other claims: unauthorized",
        "signed by somebody else: unauthorized",
        "not signed: unauthorized",
        "Ann",
        "shows a new token",
        "Ann, with the new token",
        "shows an old token",
        "the session ends: expired",
        "io server disconnect",
        "an old token: expired",
        "Ann, who has logged in again",
    ];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn cluster_is_one_chat_at_three_nodes() {
    let (program, printed) = run("cluster").await;
    let all = "is heard n1: hello from n1; n2: hello from n2; n3: hello from n3";
    let expected = ["people are at n1, n2, n3".to_owned()];
    assert_eq!(printed, [&expected[..], &["n1", "n2", "n3"].map(|node| format!("at {node} {all}"))].concat());
    assert_eq!(program.interrupt().await.last().map(String::as_str), Some("ended"));
}

#[tokio::test]
async fn acknowledgements_go_both_ways() {
    let (_program, printed) = run("acknowledgements").await;
    let expected = [
        "{ value: 3, remainder: 2 }",
        "{ error: { code: 'zero', message: 'division by zero' } }",
        "notes.txt is deleted",
        "diary.txt is kept",
        "the report",
    ];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let (_program, printed) = run("metrics").await;
    for line in [
        r#"socketio_sockets{namespace="/"} 1"#,
        r#"socketio_connects_total{namespace="/",outcome="accepted"} 1"#,
        r#"socketio_events_received_total{namespace="/",event="say"} 2"#,
        r#"socketio_events_received_total{namespace="/",event="other"} 1"#,
        r#"socketio_events_sent_total{namespace="/",event="said"} 2"#,
        r#"socketio_handler_duration_seconds_count{namespace="/",event="fail",outcome="error"} 1"#,
        r#"socketio_handler_duration_seconds_count{namespace="/",event="work",outcome="ok"} 1"#,
    ] {
        assert!(printed.iter().any(|printed| printed == line), "{line}\n{printed:#?}");
    }
    // the dashboard names no figure that is not there
    let dashboard = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/grafana.json"))
        .expect("a dashboard");
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../socketio/src/docs/guide/observability.md");
    let guide = fs::read_to_string(guide).expect("a chapter");
    let names = dashboard.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let mut count = 0;
    for name in names.filter(|name| name.starts_with("socketio_")) {
        let of_histogram = name.strip_suffix("_bucket").or_else(|| name.strip_suffix("_count"));
        let name = of_histogram.unwrap_or(name);
        assert!(guide.contains(&format!("`{name}`")), "{name} is not a figure");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[tokio::test]
async fn rooms_are_heard_by_their_members_only() {
    let (mut program, printed) = run("rooms").await;
    // what two clients print is in no common order
    let of =
        |start: &str| -> Vec<&str> { printed.iter().filter_map(|line| line.strip_prefix(start)).collect() };
    assert_eq!(of("cellar: "), ["there is no cellar"]);
    assert_eq!(of("not in the room: "), ["not_a_member"]);
    assert_eq!(of("heard by "), ["0", "1"]);
    assert_eq!(of("Bob hears "), ["in the kitchen: There you are.", "the bell"]);
    assert_eq!(of("Ann hears "), ["the bell", "the bell"]);
    program.line(r#"a member of ["kitchen"] is gone: client namespace disconnect"#).await;
}

#[tokio::test]
async fn namespaces_are_apart() {
    let (_program, printed) = run("namespaces").await;
    let expected = [
        "the lobby, /",
        "announced: we close at six",
        "organization 7 organization 8 bad_payload",
        "7 hears: only for 7",
    ];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn binary_arrives_as_bytes() {
    let (_program, printed) = run("binary").await;
    let expected =
        ["reversed: <Buffer 63 62 61>", "stored: 2000000", "preview of film: <Buffer 61 62 63 64>"];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn state_is_shared_with_http_routes() {
    let (_program, printed) = run("state").await;
    let expected =
        ["coffee: 1", "tea: 1", "tea: 2", r#"GET /votes: {"coffee":1,"tea":2}"#, "after the reset: {}"];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn errors_reach_the_client_and_the_error_event() {
    let (mut program, printed) = run("errors").await;
    assert_eq!(printed[..2], ["{ price: 4 }", "sold_out: only 3 left"]);
    // not a word of the database's error, or of the panic
    assert_eq!(printed[2..4], ["internal: please try again later", "panicked: the handler failed"]);
    assert!(printed[4].starts_with("bad_payload: ") && printed[4].contains("count"), "{printed:?}");
    let rest = ["rejected: not available on this connection", "unknown_event: no handler for event \"by\""];
    assert_eq!(printed[5..], rest);

    program.line(r#"event "buy", handler `buy`: only 3 left"#).await;
    program.line(r#"event "buy", handler `buy`: please try again later"#).await;
    let panicked =
        "event \"buy\", handler `buy` panicked: a bug, which ends neither the socket nor the server";
    program.line(panicked).await;
    program.line("event \"close the shop\", handler `close`: not available on this connection").await;
    program.line("no handler for event \"by\"").await;
}

#[tokio::test]
async fn roles_and_limits_hold_for_the_official_client() {
    let (_program, printed) = run("roles").await;
    assert_eq!(
        printed,
        ["Ann is in", "forbidden", "unavailable", "rate_limited two doors", "6", "forbidden"]
    );
}

#[tokio::test]
async fn validation_says_which_fields_are_wrong() {
    let (_program, printed) = run("validation").await;
    assert_eq!(printed, ["{ count: 3 }", "items[1].count: at most 10", "name: who orders?"]);
}

/// The client runs until the server ends it.
#[tokio::test]
async fn background_task_emits_to_its_room_and_ends_with_the_server() {
    let mut program = Program::start("background_task", &["0"]).await;
    let address = program.address;
    let server = async {
        program.line("one subscriber of EUR less").await;
        program.interrupt().await
    };
    let (lines, printed) = tokio::join!(server, example_client("background_task/client.mjs", address));
    assert_eq!(printed, "subscribed\nthree prices of EUR\nclosed: 1001\n");
    assert_eq!(lines, ["no more prices"]);
}

#[tokio::test]
async fn recovery_gives_a_client_what_it_missed() {
    let (mut program, printed) = run("recovery").await;
    let expected = [
        "Ann reads: one",
        "Ann reads: two",
        "Ann reads: three",
        "recovered: true with the same id: true",
        "she is still Ann",
    ];
    assert_eq!(printed, expected);
    program.line("Ann: recovered").await;
}

#[tokio::test]
async fn graceful_shutdown_says_goodbye_and_lets_handlers_finish() {
    let mut program = Program::start("graceful_shutdown", &["0"]).await;
    let address = program.address;
    let server = async {
        program.line("saving").await;
        program.interrupt().await
    };
    let (lines, printed) = tokio::join!(server, example_client("graceful_shutdown/client.mjs", address));
    assert_eq!(printed, "the server restarts\ndisconnected: transport close\n");
    assert_eq!(lines, ["saved", "gone: server shutting down", "ended"]);
}

#[tokio::test]
async fn serve_ends_half_a_request() {
    let (_program, printed) = run("serve").await;
    assert_eq!(printed, ["pong", "half a request is not waited for, and the socket is still there"]);
}

/// Its own tests are run by `cargo test -p examples`.
#[tokio::test]
async fn testing_is_a_program_as_well() {
    let (_program, printed) = run("testing").await;
    assert_eq!(printed, ["{ amount: 20 }", "too_low"]);
}

#[test]
fn the_readme_lists_every_example() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let readme = fs::read_to_string(folder.join("README.md")).expect("a text");
    let listed: BTreeSet<_> =
        readme.lines().filter_map(|line| line.strip_prefix("| [`")?.split('`').next()).collect();
    let entries = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let programs = entries.filter(|entry| entry.path().join("main.rs").exists());
    let names: Vec<_> = programs.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
    assert_eq!(listed, names.iter().map(String::as_str).collect());
}
