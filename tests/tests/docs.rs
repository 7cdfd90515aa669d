//! Every test that the documents name exists.

use std::{collections::HashSet, fs, path::Path};

/// The names of all functions in Rust files below this folder.
fn functions(folder: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            functions(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&entry).expect("a text");
            found.extend(source.split("fn ").skip(1).filter_map(|rest| {
                let name: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                (!name.is_empty()).then_some(name)
            }));
        }
    }
}

/// The names in the last column of a document's tables.
fn named(document: &str) -> Vec<&str> {
    let rows = document.lines().filter_map(|line| line.strip_prefix('|')?.trim_end().strip_suffix('|'));
    rows.flat_map(|row| {
        let tests = row.rsplit('|').next().unwrap_or_default();
        tests.split('`').skip(1).step_by(2).map(|path| path.rsplit("::").next().unwrap_or(path))
    })
    .collect()
}

#[test]
fn every_test_that_the_documents_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tests = HashSet::new();
    for folder in ["socketio/src", "socketio-admin", "socketio-redis/src", "tests/tests"] {
        functions(&root.join(folder), &mut tests);
    }
    // modules of tests
    tests.insert("tests".to_owned());
    for document in ["guarantees.md", "from-gofiber.md"] {
        let text = fs::read_to_string(root.join("docs").join(document)).expect("a text");
        let named = named(&text);
        assert!(named.len() > 40, "{document}: {named:?}");
        let missing: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
        assert!(missing.is_empty(), "{document} names tests that are not there: {missing:?}");
    }
}
