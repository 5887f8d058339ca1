//! What the derives say to those who hold them wrong. `TRYBUILD=overwrite` writes the answers anew.

#[test]
fn errors_point_at_the_token_and_name_the_remedy() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
