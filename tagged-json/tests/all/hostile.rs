//! Input that means harm, or was broken on the way.

use serde::Deserialize;
use tagged_json::{Array, Envelope, Kind};

#[derive(Envelope, Debug)]
#[envelope(tag = "t", content = "c")]
enum Tree {
    Leaf(u8),
    Node(Box<Tree>),
    Nodes(Vec<Tree>),
}

#[derive(Envelope, Debug)]
#[envelope(tag = "t")]
enum Flat {
    Leaf { x: u8 },
    Node { next: Box<Flat> },
}

#[derive(Array, Debug)]
struct Row(u8, #[array(rest)] Vec<Row>);

#[derive(Envelope, Debug)]
#[envelope(tag = "t.t", content = "c")]
enum Routed {
    Node(Box<Routed>),
    Leaf,
}

fn deep(front: &str, middle: &str, back: &str, depth: usize) -> String {
    format!("{}{middle}{}", front.repeat(depth), back.repeat(depth))
}

#[test]
fn depth_is_an_error_and_no_overflow() {
    #[track_caller]
    fn check<'de, T: Deserialize<'de> + std::fmt::Debug>(text: &'de str) {
        let error = tagged_json::from_str::<T>(text).unwrap_err();
        assert!(error.to_string().contains("recursion limit exceeded"), "{error}");
        assert!(serde_json::from_str::<T>(text).is_err());
    }
    let n = 10_000;
    check::<Tree>(&deep(r#"{"t":"Node","c":"#, r#"{"t":"Leaf","c":1}"#, "}", n));
    check::<Tree>(&deep(r#"{"c":"#, r#"{"c":1,"t":"Leaf"}"#, r#","t":"Node"}"#, n));
    check::<Tree>(&deep(r#"{"c":["#, r#"{"c":1,"t":"Leaf"}"#, r#"],"t":"Nodes"}"#, n));
    check::<Flat>(&deep(r#"{"t":"Node","next":"#, r#"{"t":"Leaf","x":1}"#, "}", n));
    check::<Flat>(&deep(r#"{"next":"#, r#"{"x":1,"t":"Leaf"}"#, r#","t":"Node"}"#, n));
    check::<Routed>(&deep(r#"{"c":"#, r#"{"t":{"t":"Leaf"}}"#, r#","t":{"t":"Node"}}"#, n));
    check::<Row>(&deep("[1,", "[1]", "]", n));
    // Brackets in strings do not count.
    let text = format!(r#"{{"c":["{}"],"t":"Leaf"}}"#, "[".repeat(n));
    assert!(!tagged_json::from_str::<Tree>(&text).unwrap_err().to_string().contains("recursion"));
}

#[test]
fn moderate_depth_is_fine_in_either_order() {
    for (front, back) in [(r#"{"t":"Node","c":"#, "}"), (r#"{"c":"#, r#","t":"Node"}"#)] {
        let text = deep(front, r#"{"t":"Leaf","c":1}"#, back, 100);
        assert!(tagged_json::from_str::<Tree>(&text).is_ok(), "{text}");
        assert!(serde_json::from_str::<Tree>(&text).is_ok(), "{text}");
        let listed = format!("[{text}]");
        assert!(tagged_json::from_str::<Vec<Tree>>(&listed).is_ok(), "{text}");
    }
}

#[test]
fn skipped_parts_are_checked_as_serde_json_checks_them() {
    // Each once in a member that nobody wants, and once in front of the tag.
    for bad in [
        "tru",
        "01",
        "1.",
        "-",
        "NaN",
        "Infinity",
        "+1",
        "'x'",
        "\"\t\"",
        r#""\x""#,
        "[1,]",
        "{,}",
        "{\"a\"}",
        "[1}",
        "",
        r#""\u12""#,
    ] {
        for text in [
            format!(r#"{{"t":"Leaf","c":1,"x":{bad}}}"#),
            format!(r#"{{"x":{bad},"c":1,"t":"Leaf"}}"#),
            format!(r#"{{"c":{bad},"t":"Leaf"}}"#),
        ] {
            let error = tagged_json::from_str::<Tree>(&text).unwrap_err();
            assert!(matches!(error.kind(), Kind::Syntax | Kind::Eof), "{text}: {error}");
        }
        assert!(tagged_json::from_str::<Row>(&format!("[1,{bad}]")).is_err() || bad.is_empty());
    }
    for trailing in ["x", "}", ",", "{}", "\0"] {
        assert!(
            tagged_json::from_str::<Tree>(&format!(r#"{{"c":1,"t":"Leaf"}}{trailing}"#)).is_err()
        );
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    for bytes in [
        &b"{\"x\":\"\xff\",\"t\":\"Leaf\",\"c\":1}"[..],
        b"{\"t\":\"Leaf\",\"c\":1,\"x\":\"\xed\xa0\x80\"}",
    ] {
        let error = tagged_json::from_slice::<Tree>(bytes).unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::Syntax, "invalid UTF-8"));
    }
}

#[test]
fn lone_surrogates() {
    #[derive(Envelope, Debug)]
    #[envelope(tag = "t")]
    enum Text {
        Text { x: String },
    }
    for text in [r#"{"t":"Text","x":"\ud800"}"#, r#"{"x":"\udc00\ud800","t":"Text"}"#] {
        let error = tagged_json::from_str::<Text>(text).unwrap_err();
        assert_eq!(error.kind(), Kind::Syntax, "{text}: {error}");
    }
    let Text::Text { x } = tagged_json::from_str(r#"{"x":"\ud83e\udd18","t":"Text"}"#).unwrap();
    assert_eq!(x, "🤘");
}

#[test]
fn a_second_tag_is_refused_wherever_it_hides() {
    for text in [
        r#"{"t":"Leaf","c":1,"t":"Leaf"}"#,
        r#"{"c":1,"t":"Leaf","t":"Leaf"}"#,
        r#"{"c":1,"t":"Leaf","\u0074":"Node"}"#,
        r#"{"c":1,"c":1,"t":"Leaf"}"#,
    ] {
        assert_eq!(
            tagged_json::from_str::<Tree>(text).unwrap_err().kind(),
            Kind::Duplicate,
            "{text}"
        );
        assert!(serde_json::from_str::<Tree>(text).is_err(), "{text}");
    }
    for text in [r#"{"t":"Leaf","x":1,"t":"Leaf"}"#, r#"{"x":1,"t":"Leaf","t":"Node"}"#] {
        assert_eq!(
            tagged_json::from_str::<Flat>(text).unwrap_err().kind(),
            Kind::Duplicate,
            "{text}"
        );
    }
}

#[test]
fn a_string_that_holds_a_message_is_no_message() {
    let text = r#""{\"t\":\"Leaf\",\"c\":1}""#;
    assert!(tagged_json::from_str::<Tree>(text).is_err());
    // Not even where a deserializer hands its string straight over.
    let inner = r#"{"t":"Leaf","c":1}"#;
    let string = serde::de::value::BorrowedStrDeserializer::<serde::de::value::Error>::new(inner);
    assert!(Tree::deserialize(string).is_err());
}

#[test]
fn a_very_long_string() {
    // Unoptimised, 100 MB take seconds.
    let size = if cfg!(debug_assertions) { 20 } else { 100 };
    let long = "x".repeat(size << 20);
    let text = format!(r#"{{"c":"{long}","t":"Leaf"}}"#);
    let error = tagged_json::from_str::<Tree>(&text).unwrap_err();
    assert_eq!(error.column(), 7 + long.len());
}

#[test]
fn a_caught_error_lends_its_words_to_no_other() {
    #[derive(Debug)]
    struct Lenient;
    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = serde_json::Value::deserialize(deserializer)?;
            let _ = serde_json::from_value::<Row>(value);
            Ok(Lenient)
        }
    }
    let error = tagged_json::from_str::<(Lenient, u8)>(r#"[["x"], 300]"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid value: integer 300, expected u8 at line 1 column 11 ($[1])"
    );
    assert_eq!(error.type_name(), None);
}
