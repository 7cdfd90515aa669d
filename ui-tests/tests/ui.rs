//! The compile errors of our macros and traits, as part of the product.
//!
//! One mistake for each file in `fail/`; its `.stderr` is the whole of what the user sees. After a change of
//! a message, look at what `TRYBUILD=overwrite cargo test -p ui-tests` writes. One file alone:
//! `cargo test -p ui-tests -- ui trybuild=misspelt_name`.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/fail/*.rs");
}
