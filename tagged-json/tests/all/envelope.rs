//! `#[derive(Envelope)]`: the three layouts that stream.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Kind};

use crate::support::{both_ways, refused, round_trip};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Sound {
    description: String,
    authority: String,
}

fn sound() -> Sound {
    Sound { description: "dynamite".into(), authority: "the Bruce Dickinson".into() }
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
enum Adjacent {
    Sound(Sound),
    Cowbell {
        more: bool,
    },
    Pair(u8, String),
    #[envelope(alias = "heartbeat")]
    Ping,
    Maybe(Option<u8>),
}

#[test]
fn adjacent_in_any_order() {
    let text =
        r#"{"type":"sound","msg":{"description":"dynamite","authority":"the Bruce Dickinson"}}"#;
    round_trip(text, &Adjacent::Sound(sound()));
    let late =
        r#"{"msg":{"description":"dynamite","authority":"the Bruce Dickinson"},"type":"sound"}"#;
    both_ways(late, &Adjacent::Sound(sound()), text);
    let late = r#"{ "x": [], "\u006dsg": {"more": true}, "x": {}, "\u0074ype" : "c\u006fwbell" , "y": "type" } "#;
    both_ways(late, &Adjacent::Cowbell { more: true }, r#"{"type":"cowbell","msg":{"more":true}}"#);
    round_trip(r#"{"type":"pair","msg":[1,"x"]}"#, &Adjacent::Pair(1, "x".into()));
    round_trip(r#"{"type":"ping"}"#, &Adjacent::Ping);
    both_ways(r#"{"msg":null,"type":"heartbeat"}"#, &Adjacent::Ping, r#"{"type":"ping"}"#);
    both_ways(r#"{"type":"maybe"}"#, &Adjacent::Maybe(None), r#"{"type":"maybe","msg":null}"#);
}

#[test]
fn a_wrong_guess_changes_nothing() {
    // The last `type` in the text is not the tag: it is inside the content, of the same shape.
    let text = r#"{"type":"cowbell","msg":{"more":true,"type":"sound"}}"#;
    assert_eq!(tagged_json::from_str::<Adjacent>(text).unwrap(), Adjacent::Cowbell { more: true });
    let text = r#"{"msg":{"more":true},"type":"cowbell","x":{"type":"pair"}}"#;
    assert_eq!(tagged_json::from_str::<Adjacent>(text).unwrap(), Adjacent::Cowbell { more: true });
    let text = r#"{"msg":{"more":true},"x":{"type":"cowbell"}}"#;
    refused::<Adjacent>(text, "missing tag `type` of Adjacent at line 1 column 44");
}

#[test]
fn adjacent_errors_are_the_same_in_either_order() {
    let check = |first: &str, late: &str, expected: &str| {
        for text in [first, late] {
            let error = tagged_json::from_str::<Adjacent>(text).unwrap_err();
            assert_eq!(error.message(), expected, "{text}");
            assert_eq!(error.path(), "$.msg.more", "{text}");
            assert_eq!((error.line(), error.column()), (3, 13), "{text}");
            let listed = format!("[{text}]");
            let error = tagged_json::from_str::<Vec<Adjacent>>(&listed).unwrap_err();
            assert_eq!((error.message(), error.path()), (expected, "$[0].msg.more"), "{listed}");
            assert_eq!((error.line(), error.column()), (3, 13), "{listed}");
        }
    };
    check(
        "{\"type\": \"cowbell\", \"msg\": {\n\n\"more\": \"yes\"\n}}",
        "{\"msg\": {\n\n\"more\": \"yes\"\n}, \"type\": \"cowbell\"}",
        "Adjacent::Cowbell: invalid type: string \"yes\", expected a boolean",
    );
}

#[test]
fn adjacent_refusals() {
    let check = refused::<Adjacent>;
    check(
        r#"{"type":"cowbel"}"#,
        r#"unknown tag "cowbel" of Adjacent, did you mean "cowbell"? at line 1 column 16"#,
    );
    check(
        r#"{"msg":{},"type":"zzz"}"#,
        r#"unknown tag "zzz" of Adjacent, expected "sound" or "cowbell" or "pair" or "ping" or "maybe" at line 1 column 22"#,
    );
    check(r#"{"msg":{}}"#, "missing tag `type` of Adjacent at line 1 column 10");
    check(r#"{"type":"sound"}"#, "missing content `msg` of Adjacent::Sound at line 1 column 16");
    check(
        r#"{"type":"ping","type":"ping"}"#,
        "duplicate member `type` of Adjacent at line 1 column 21",
    );
    check(
        r#"{"type":"ping","msg":null,"msg":null}"#,
        "duplicate member `msg` of Adjacent at line 1 column 31",
    );
    check(
        r#"{"msg":null,"msg":null,"type":"ping"}"#,
        "duplicate member `msg` of Adjacent at line 1 column 17",
    );
    check(
        r#"{"type":7,"msg":{}}"#,
        "invalid type: integer 7, expected a string as the tag `type` of Adjacent at line 1 column 9 ($.type)",
    );
    check(
        r#"["ping"]"#,
        "invalid type: sequence, expected an object with the tag `type` for Adjacent at line 1 column 1",
    );
    check(r#"{"type":"ping"} x"#, "trailing characters at line 1 column 17");
    check(r#"{"msg":null,"type":"ping"}}"#, "trailing characters at line 1 column 27");
    check(
        r#"{"msg":[1,"x",3],"type":"pair"}"#,
        "wrong number of elements in Adjacent::Pair: 3, expected 2 at line 1 column 15",
    );
    let error = tagged_json::from_str::<Adjacent>(r#"{"type":"cowbel"}"#).unwrap_err();
    assert_eq!((error.kind(), error.suggestion()), (Kind::UnknownTag, Some("cowbell")));
    assert_eq!(error.tag(), Some(&"cowbel".into()));
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "reason", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Flat<T> {
    Sound(Sound),
    Cowbell {
        more_of_it: T,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Ping,
}

#[test]
fn flat_in_any_order() {
    let written = r#"{"reason":"cowbell","moreOfIt":true}"#;
    let value = Flat::Cowbell { more_of_it: true, note: None };
    round_trip(written, &value);
    both_ways(r#"{"moreOfIt":true,"reason":"cowbell"}"#, &value, written);
    both_ways(r#"{"x":1,"reason":"cowbell","moreOfIt":true,"y":2}"#, &value, written);
    round_trip(
        r#"{"reason":"sound","description":"dynamite","authority":"the Bruce Dickinson"}"#,
        &Flat::<u8>::Sound(sound()),
    );
    both_ways(r#"{"x":1,"reason":"ping","y":2}"#, &Flat::<u8>::Ping, r#"{"reason":"ping"}"#);
    refused::<Flat<u8>>(
        r#"{"x":1,"reason":"ping","reason":"ping"}"#,
        "duplicate member `reason` of Flat at line 1 column 31",
    );
    refused::<Flat<u8>>(
        r#"{"reason":"ping","y":2,"reason":"ping"}"#,
        "duplicate member `reason` of Flat at line 1 column 31",
    );
    refused::<Flat<u8>>("{}", "missing tag `reason` of Flat at line 1 column 2");
    refused::<Flat<bool>>(
        r#"{"moreOfIt":1,"reason":"cowbell"}"#,
        "Flat::Cowbell: invalid type: integer 1, expected a boolean at line 1 column 13 ($.moreOfIt)",
    );
    refused::<Flat<bool>>(
        r#"{"reason":"cowbell","moreOfIt":1}"#,
        "Flat::Cowbell: invalid type: integer 1, expected a boolean at line 1 column 32 ($.moreOfIt)",
    );
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = 0, rename_all = "kebab-case")]
enum Headed {
    CaseStarted(String, u8),
    Named {
        id: u8,
        #[array(optional)]
        note: Option<u8>,
    },
    Many(#[array(rest)] Vec<u8>),
    #[envelope(rename = 16)]
    Publish(u64),
    Ping,
}

#[test]
fn the_tag_at_the_head_of_an_array() {
    round_trip(r#"["case-started","x",3]"#, &Headed::CaseStarted("x".into(), 3));
    round_trip(r#"["named",1]"#, &Headed::Named { id: 1, note: None });
    round_trip(r#"["named",1,2]"#, &Headed::Named { id: 1, note: Some(2) });
    round_trip(r#"["many"]"#, &Headed::Many(vec![]));
    round_trip(r#"["many",1,2]"#, &Headed::Many(vec![1, 2]));
    round_trip("[16,5]", &Headed::Publish(5));
    round_trip(r#"["ping"]"#, &Headed::Ping);
    let check = refused::<Headed>;
    check("[]", "missing tag `0` of Headed at line 1 column 2");
    check(
        r#"["ping",1]"#,
        "wrong number of elements in Headed::Ping: 2, expected 1 at line 1 column 9",
    );
    check(
        r#"["case-started","x"]"#,
        "wrong number of elements in Headed::CaseStarted: 2, expected 3 at line 1 column 20",
    );
    check(
        r#"["case-started","x",-1]"#,
        "Headed::CaseStarted.1 (index 2): invalid value: integer -1, expected u8 at line 1 column 22",
    );
    check(
        "[17]",
        r#"unknown tag 17 of Headed, expected "case-started" or "named" or "many" or 16 or "ping" at line 1 column 3"#,
    );
}

#[derive(Envelope, Debug)]
#[envelope(tag = "type", content = "msg")]
enum Kept {
    Known(u8),
    #[envelope(other)]
    Other(String, Option<Box<RawValue>>),
}

#[derive(Envelope, Debug)]
#[envelope(tag = "type")]
enum KeptFlat<'a> {
    Known {
        x: u8,
    },
    #[envelope(other)]
    Other(&'a str, &'a RawValue),
}

#[derive(Envelope, Debug)]
#[envelope(tag = 0)]
enum KeptHeaded {
    Known(u8),
    #[envelope(other)]
    Other(Box<RawValue>),
}

#[test]
fn unknown_messages_are_kept_and_written_back() {
    for text in [
        r#"{"type":"new","msg":{"a": 1.0e2}}"#,
        r#"{"type":"new"}"#,
        r#"{"type":"new","msg":null}"#,
    ] {
        let kept: Kept = tagged_json::from_str(text).unwrap();
        assert!(matches!(&kept, Kept::Other(tag, _) if tag == "new"));
        assert_eq!(tagged_json::to_string(&kept).unwrap(), text);
    }
    let late: Kept = tagged_json::from_str(r#"{"msg": [1, 2],"type":"new"}"#).unwrap();
    assert_eq!(tagged_json::to_string(&late).unwrap(), r#"{"type":"new","msg":[1, 2]}"#);
    for text in [r#"{ "a": 1, "type":"new", "b" : 2}"#, r#"{"type":"new" }"#] {
        let kept: KeptFlat<'_> = tagged_json::from_str(text).unwrap();
        assert!(matches!(&kept, KeptFlat::Other("new", _)));
        assert_eq!(tagged_json::to_string(&kept).unwrap(), text);
    }
    for text in [r#"["new", {"a":1}]"#, "[7]"] {
        let kept: KeptHeaded = tagged_json::from_str(text).unwrap();
        assert_eq!(tagged_json::to_string(&kept).unwrap(), text);
    }
}

#[test]
fn a_known_tag_with_bad_content_is_never_kept() {
    let error = tagged_json::from_str::<Kept>(r#"{"type":"Known","msg":"x"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Kept::Known: invalid type: string \"x\", expected u8 at line 1 column 25 ($.msg)"
    );
    assert!(tagged_json::from_str::<KeptFlat<'_>>(r#"{"type":"Known","x":"x"}"#).is_err());
    assert!(tagged_json::from_str::<KeptHeaded>(r#"["Known","x"]"#).is_err());
    let _ = |kept: Kept| matches!(kept, Kept::Known(1));
    let _ = |kept: KeptFlat<'_>| matches!(kept, KeptFlat::Known { x: 1 });
    let _ = |kept: KeptHeaded| matches!(kept, KeptHeaded::Known(1));
}
