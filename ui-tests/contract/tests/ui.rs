//! As in `ui-tests`: one mistake for each file, and the whole of what the user sees next to it.

#[test]
fn ui_with_the_contract() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
}
