//! What a client sees on the wire, line by line, against the transcript of the reference (socket.io 4.8.3).
//!
//! The probe and the transcripts are in `node/wire_probe`; `differences.txt` in the same folder lists where ours differs.

use std::{collections::BTreeMap, fmt::Write, fs, time::Duration};

use tests::{Program, node};

/// The probe waits a lot: 40 s against the reference.
const LIMIT: Duration = Duration::from_secs(150);

/// A deliberate difference.
#[derive(Debug)]
struct Difference {
    key: String,
    ours: String,
    why: String,
}

#[tokio::test]
async fn the_wire_is_that_of_the_reference() {
    compare("probe", "probe.mjs", "reference.txt", "differences.txt").await;
}

#[tokio::test]
async fn recovery_on_the_wire_is_that_of_the_reference() {
    compare("probe-recovery", "probe-csr.mjs", "reference-csr.txt", "differences-csr.txt").await;
}

async fn compare(mode: &str, script: &str, reference: &str, differences: &str) {
    let server = Program::start("conformance", &[mode, "0"]).await;
    let port = server.address.port().to_string();
    let ours = node(&format!("wire_probe/{script}"), &[&port], LIMIT).await;
    let complaints = complaints(&lines(&ours), &lines(&read(reference)), &listed(&read(differences)));
    assert!(complaints.is_empty(), "{mode} is not as {reference} and {differences} say:\n\n{complaints}");
}

fn read(file: &str) -> String {
    let path = format!("{}/node/wire_probe/{file}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a reader has to look at, in the order of the transcript.
fn complaints(ours: &[(String, String)], reference: &[(String, String)], listed: &[Difference]) -> String {
    let found: BTreeMap<&str, &str> = ours.iter().map(|(key, value)| (&**key, &**value)).collect();
    let expected: BTreeMap<&str, &str> = reference.iter().map(|(key, value)| (&**key, &**value)).collect();
    let mut text = String::new();
    let mut say = |line: std::fmt::Arguments<'_>| text.write_fmt(line).expect("a string takes everything");
    for (key, wanted) in reference {
        let excuse = listed.iter().find(|difference| difference.key == *key);
        match (found.get(&**key), excuse) {
            (None, _) => say(format_args!("{key}\n  the probe did not get there\n\n")),
            (Some(value), None) if value != wanted => {
                say(format_args!("{key}\n  ours: {value}\n  reference: {wanted}\n\n"));
            }
            (Some(value), Some(_)) if value == wanted => {
                say(format_args!("{key}\n  listed as a difference, but it is as the reference: {value}\n\n"));
            }
            (Some(value), Some(Difference { ours, why, .. })) if value != ours => say(format_args!(
                "{key}\n  ours: {value}\n  listed: {ours}\n  reference: {wanted}\n  listed because: {why}\n\n"
            )),
            _ => {}
        }
    }
    for (key, value) in ours.iter().filter(|(key, _)| !expected.contains_key(&**key)) {
        say(format_args!("{key}\n  ours: {value}\n  the reference has no such line\n\n"));
    }
    for difference in listed.iter().filter(|difference| !expected.contains_key(&*difference.key)) {
        say(format_args!(
            "{}\n  listed as a difference, but the reference has no such line\n\n",
            difference.key
        ));
    }
    text
}

/// The lines of a transcript: a unique key, and what was seen.
fn lines(transcript: &str) -> Vec<(String, String)> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut parent = "";
    let keyed = transcript.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let (name, value) = split(line);
        let key = match name.strip_prefix("  ") {
            Some(name) => format!("{parent} > {}", name.trim()),
            None => {
                parent = name.trim();
                parent.to_owned()
            }
        };
        let count = seen.entry(key.clone()).and_modify(|count| *count += 1).or_insert(1);
        let key = if *count == 1 { key } else { format!("{key} #{count}") };
        (key, value.trim().to_owned())
    });
    keyed.collect()
}

/// Names are padded to a column; one that is too long for it ends with a quoted text.
fn split(line: &str) -> (&str, &str) {
    let indent = line.len() - line.trim_start().len();
    let padded = line[indent..].find("  ").map(|at| at + indent);
    let end = padded.or_else(|| line.find("\" ").map(|at| at + 1));
    line.split_at(end.unwrap_or(line.len()))
}

/// The paragraphs of a list of differences.
fn listed(text: &str) -> Vec<Difference> {
    let written: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let paragraphs = written.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
    let parse = |lines: &[&str]| {
        let field = |line: &str, name: &str| Some(line.trim().strip_prefix(name)?.trim().to_owned());
        let [key, ours, why] = lines else { return None };
        let (ours, why) = (field(ours, "ours:")?, field(why, "why:").filter(|why| !why.is_empty())?);
        Some(Difference { key: (*key).to_owned(), ours, why })
    };
    paragraphs
        .map(|lines| parse(lines).unwrap_or_else(|| panic!("not a difference:\n{}", lines.join("\n"))))
        .collect()
}

#[test]
fn every_line_of_the_transcripts_has_a_key_of_its_own() {
    let lines = lines(&read("reference.txt"));
    let of = |wanted: &str| lines.iter().find(|(key, _)| key == wanted).map(|(_, value)| &**value);
    assert_eq!(of("upgrade without probe: ws > polling GET").map(|value| &value[..3]), Some("400"));
    assert_eq!(of("WS 42[\"message\",1]"), Some("42[\"message-back\",1] [open]"));
    let long = r#"POST "40/custom,\u001e40/nope,\u001e40/deny,{\"a\":1}""#;
    assert!(of(long).is_some_and(|value| value == "200 \"ok\""), "{lines:#?}");
    let unique: BTreeMap<_, _> = lines.iter().cloned().collect();
    assert_eq!(unique.len(), lines.len());
    assert!(lines.iter().all(|(key, value)| !key.is_empty() && !value.is_empty()), "{lines:#?}");
}

#[test]
fn differences_are_reported() {
    let reference = lines("a    1\nb    2\n  c  3\nd    4\ne    5\n");
    let list = "# a list\n\nb\n  ours: 20\n  why: better\n\nd\n  ours: 40\n  why: faster\n\nx\n  ours: 1\n  why: gone\n";
    let reported =
        complaints(&lines("a    1\nb    20\n  c  3\nd    40\ne    5\n"), &reference, &listed(list));
    assert_eq!(reported, "x\n  listed as a difference, but the reference has no such line\n\n");
    let reported =
        complaints(&lines("a    10\nb    2\n  c  3\nd    41\nf    6\n"), &reference, &listed(list));
    let wanted = [
        "a\n  ours: 10\n  reference: 1\n",
        "b\n  listed as a difference, but it is as the reference: 2\n",
        "d\n  ours: 41\n  listed: 40\n  reference: 4\n  listed because: faster\n",
        "e\n  the probe did not get there\n",
        "f\n  ours: 6\n  the reference has no such line\n",
        "x\n  listed as a difference, but the reference has no such line\n",
    ];
    assert_eq!(reported, wanted.map(|complaint| format!("{complaint}\n")).concat());
}
