//! The derived decoders against a plain oracle, on every input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tagged_json_fuzz::{adjacent, check, flat, headed, is_deep, row};

fuzz_target!(|text: &str| {
    if is_deep(text) {
        return;
    }
    check(text, adjacent(text));
    check(text, flat(text));
    check(text, headed(text));
    check(text, row(text));
});
