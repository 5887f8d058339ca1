//! What is skipped is JSON by `serde_json`'s own measure: no more and no less.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tagged_json_fuzz::{Adjacent, Flat, is_deep, is_json};

fuzz_target!(|text: &str| {
    if is_deep(text) {
        return;
    }
    for whole in [
        format!(r#"{{"x":{text},"t":"u"}}"#),
        format!(r#"{{"t":"u","x":{text}}}"#),
        format!(r#"{{"x":[{text}],"t":"u"}}"#),
    ] {
        let flat = tagged_json::from_str::<Flat>(&whole);
        let adjacent = tagged_json::from_str::<Adjacent>(&whole);
        if is_json(text) {
            assert_eq!(flat.ok(), Some(Flat::Unit), "{whole}");
            assert_eq!(adjacent.ok(), Some(Adjacent::Unit), "{whole}");
        } else {
            // It may have closed the object and opened another: what is taken is JSON at least.
            assert!(flat.is_err() || is_json(&whole), "{whole}");
            assert!(adjacent.is_err() || is_json(&whole), "{whole}");
        }
    }
    // Bytes that are cut anywhere are an error or a message, and nothing else.
    let _ = tagged_json::from_slice::<Adjacent>(text.as_bytes());
    for line in tagged_json::lines_in::<Flat>(text.as_bytes()) {
        let _ = line.map_err(|error| error.to_string());
    }
});
