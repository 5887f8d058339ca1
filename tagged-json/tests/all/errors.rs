//! Ours beside serde's: the same input, what each derive says of it.

#![expect(clippy::unwrap_used, reason = "a check that fails panics")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use tagged_json::{Array, Envelope};

#[derive(Serialize, Deserialize, Debug)]
struct Cowbell {
    more: bool,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "type", content = "msg", rename_all = "lowercase")]
enum SerdeAdjacent {
    Sound(Vec<String>),
    Cowbell(Cowbell),
}

#[derive(Envelope, Debug)]
#[envelope(tag = "type", content = "msg", rename_all = "lowercase")]
enum Adjacent {
    Sound(Vec<String>),
    Cowbell(Cowbell),
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "type", rename_all = "lowercase")]
enum SerdeFlat {
    Cowbell(Cowbell),
}

#[derive(Envelope, Debug)]
#[envelope(tag = "type", rename_all = "lowercase")]
enum Flat {
    Cowbell(Cowbell),
}

#[derive(Serialize, Deserialize, Debug)]
struct SerdeTuple(String, u8, bool);

#[derive(Array, Debug)]
struct Notification {
    message: String,
    priority: u8,
    critical: bool,
}

#[track_caller]
fn beside<'de, S: Deserialize<'de> + Debug, T: Deserialize<'de> + Debug>(
    text: &'de str,
    serde: &str,
    ours: &str,
) {
    let said = serde_json::from_str::<S>(text)
        .map_or_else(|error| error.to_string(), |value| format!("accepted: {value:?}"));
    assert_eq!(said, serde, "serde on {text}");
    assert_eq!(tagged_json::from_str::<T>(text).unwrap_err().to_string(), ours, "ours on {text}");
}

#[test]
fn tags() {
    let check = beside::<SerdeAdjacent, Adjacent>;
    check(
        r#"{"type":"cowbel","msg":{}}"#,
        "unknown variant `cowbel`, expected `sound` or `cowbell` at line 1 column 16",
        r#"unknown tag "cowbel" of Adjacent, did you mean "cowbell"? at line 1 column 16"#,
    );
    check(
        r#"{"msg":{},"type":"cowbel"}"#,
        "unknown variant `cowbel`, expected `sound` or `cowbell` at line 1 column 25",
        r#"unknown tag "cowbel" of Adjacent, did you mean "cowbell"? at line 1 column 25"#,
    );
    check(
        r#"{"msg":{"more":true}}"#,
        "missing field `type` at line 1 column 21",
        "missing tag `type` of Adjacent at line 1 column 21",
    );
    check(
        r#"{"type":"cowbell"}"#,
        "missing field `msg` at line 1 column 18",
        "missing content `msg` of Adjacent::Cowbell at line 1 column 18",
    );
    check(
        r#"{"type":7,"msg":{}}"#,
        "expected value at line 1 column 9",
        "invalid type: integer 7, expected a string as the tag `type` of Adjacent at line 1 column 9 ($.type)",
    );
    check(
        r#"{"type":"cowbell","type":"cowbell","msg":{"more":true}}"#,
        "duplicate field `type` at line 1 column 24",
        "duplicate member `type` of Adjacent at line 1 column 24",
    );
    check(
        r#"["cowbell",{"more":true}]"#,
        "accepted: Cowbell(Cowbell { more: true })",
        "invalid type: sequence, expected an object with the tag `type` for Adjacent at line 1 column 1",
    );
}

#[test]
fn arrays() {
    let check = beside::<SerdeTuple, Notification>;
    check(
        r#"["Hello world", 10]"#,
        "invalid length 2, expected tuple struct SerdeTuple with 3 elements at line 1 column 19",
        "wrong number of elements in Notification: 2, expected 3 at line 1 column 19",
    );
    check(
        r#"["Hello world", 10, false, 1]"#,
        "trailing characters at line 1 column 28",
        "wrong number of elements in Notification: 4, expected 3 at line 1 column 28",
    );
    check(
        r#"["Hello world", 10, "no"]"#,
        r#"invalid type: string "no", expected a boolean at line 1 column 24"#,
        r#"Notification.critical (index 2): invalid type: string "no", expected a boolean at line 1 column 24"#,
    );
    check(
        r#"["Hello world", 300, false]"#,
        "invalid value: integer `300`, expected u8 at line 1 column 19",
        "Notification.priority (index 1): invalid value: integer 300, expected u8 at line 1 column 19",
    );
    check(
        r#"{"message":"Hello world"}"#,
        "invalid type: map, expected tuple struct SerdeTuple at line 1 column 0",
        "invalid type: map, expected an array for Notification at line 1 column 1",
    );
}

#[test]
fn content() {
    let message = r#"invalid type: string "yes", expected a boolean"#;
    let first = "{\n\"type\": \"cowbell\",\n\"msg\": {\n\"more\": \"yes\"\n}\n}";
    beside::<SerdeAdjacent, Adjacent>(
        first,
        &format!("{message} at line 4 column 13"),
        &format!("Adjacent::Cowbell: {message} at line 4 column 13 ($.msg.more)"),
    );
    let late = "{\n\"msg\": {\n\"more\": \"yes\"\n},\n\"type\": \"cowbell\"\n}";
    beside::<SerdeAdjacent, Adjacent>(
        late,
        &format!("{message} at line 6 column 1"), // Wrong: the end of the envelope.
        &format!("Adjacent::Cowbell: {message} at line 3 column 13 ($.msg.more)"),
    );
    for (text, line) in [
        ("{\n\"type\": \"cowbell\",\n\"more\": \"yes\"\n}", 3),
        ("{\n\"more\": \"yes\",\n\"type\": \"cowbell\"\n}", 2),
    ] {
        let ours = format!("Flat::Cowbell: {message} at line {line} column 13 ($.more)");
        beside::<SerdeFlat, Flat>(text, message, &ours);
    }
    beside::<Vec<SerdeFlat>, Vec<Flat>>(
        "[{\"type\": \"cowbell\", \"more\": true},\n{\"type\": \"cowbell\", \"more\": \"yes\"}]",
        &format!("{message} at line 2 column 35"), // Wrong: the end of the object.
        &format!("Flat::Cowbell: {message} at line 2 column 33 ($[1].more)"),
    );
}

#[test]
fn through_serde_json_alone_a_late_tag_loses_the_place_in_the_whole() {
    let late = "{\n\"msg\": {\n\"more\": \"yes\"\n},\n\"type\": \"cowbell\"\n}";
    assert_eq!(
        serde_json::from_str::<Adjacent>(late).unwrap_err().to_string(),
        "Adjacent::Cowbell: invalid type: string \"yes\", expected a boolean \
         (line 2 column 13 of the content) at line 6 column 1"
    );
    // With the tag first, and in arrays, nothing is lost.
    assert_eq!(
        serde_json::from_str::<Notification>(r#"["x", 300, false]"#).unwrap_err().to_string(),
        "Notification.priority (index 1): invalid value: integer 300, expected u8 at line 1 column 9"
    );
}
