//! Misuse of tiers and the message it gets.

#[test]
fn misuse_is_explained() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
