//! What a user of the crate sees.

#[test]
fn counts() {
    assert_eq!(mixed::words("to be or not to be"), 6);
}

#[test]
#[should_panic(expected = "attempt to divide")]
fn no_words_no_average() {
    let total = 0;
    assert_eq!(total / mixed::words(""), 0);
}
