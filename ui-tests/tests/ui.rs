//! Every misuse and the message it gets; every use that once was hard to compile.
//!
//! After a wanted change of a message: `TRYBUILD=overwrite cargo test -p larder-ui-tests`, and
//! then look: is the culprit underlined, is one mistake one error, does it say the way out?

#[test]
fn misuse_is_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/fail/*.rs");
    cases.pass("tests/pass/*.rs");
}
