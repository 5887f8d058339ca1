//! Checks that all modules share.

#![expect(clippy::unwrap_used, reason = "a check that fails panics")]

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads `text` at every kind of entry, with one result, and writes it back as `written`.
#[track_caller]
pub(crate) fn both_ways<T>(text: &str, value: &T, written: &str)
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    assert_eq!(&tagged_json::from_str::<T>(text).unwrap(), value, "from_str {text}");
    assert_eq!(
        &tagged_json::from_reader::<_, T>(text.as_bytes()).unwrap(),
        value,
        "from_reader {text}"
    );
    assert_eq!(&serde_json::from_str::<T>(text).unwrap(), value, "serde_json {text}");
    assert_eq!(
        &serde_json::from_reader::<_, T>(text.as_bytes()).unwrap(),
        value,
        "serde_json reader {text}"
    );
    let listed = format!("[{text}, {text}]");
    let list: Vec<T> = tagged_json::from_str(&listed).unwrap();
    assert!(list.len() == 2 && list.iter().all(|each| each == value), "in a list: {listed}");
    assert_eq!(tagged_json::to_string(value).unwrap(), written);
    assert_eq!(&tagged_json::from_str::<T>(written).unwrap(), value, "what was written: {written}");
}

/// The same, where what is written is what was read.
#[track_caller]
pub(crate) fn round_trip<T>(text: &str, value: &T)
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    both_ways(text, value, text);
}

#[track_caller]
pub(crate) fn refused<T: DeserializeOwned + Debug>(text: &str, expected: &str) {
    assert_eq!(tagged_json::from_str::<T>(text).unwrap_err().to_string(), expected, "{text}");
}
