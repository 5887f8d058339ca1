//! `#[derive(Array)]`

use serde::{Deserialize, Serialize};
use tagged_json::{Array, Kind};

use crate::support::{both_ways, refused, round_trip};

#[derive(Array, Debug, PartialEq)]
struct Notification {
    message: String,
    priority: u8,
    critical: bool,
}

#[test]
fn exact() {
    let value = Notification { message: "Hello world".into(), priority: 10, critical: false };
    both_ways(r#"["Hello world", 10, false]"#, &value, r#"["Hello world",10,false]"#);
    refused::<Notification>(
        r#"["Hello world", 10, false, 1]"#,
        "wrong number of elements in Notification: 4, expected 3 at line 1 column 28",
    );
    refused::<Notification>(
        r#"["Hello world", 10, false, {"a": [1]}, 2]"#,
        "wrong number of elements in Notification: 5, expected 3 at line 1 column 28",
    );
    refused::<Notification>(
        r#"["Hello world", 10]"#,
        "wrong number of elements in Notification: 2, expected 3 at line 1 column 19",
    );
    refused::<Notification>(
        r#"["Hello world", 300, false]"#,
        "Notification.priority (index 1): invalid value: integer 300, expected u8 at line 1 column 19",
    );
    refused::<Notification>(
        r#"{"message": "Hello world", "priority": 10, "critical": false}"#,
        "invalid type: map, expected an array for Notification at line 1 column 1",
    );
    refused::<Notification>(
        "7",
        "invalid type: integer 7, expected an array for Notification at line 1 column 1",
    );
    refused::<Notification>("[", "EOF while parsing a list at line 1 column 1");
}

#[derive(Array, Debug, PartialEq)]
struct Tail {
    id: u64,
    #[array(default)]
    level: u8,
    #[array(optional)]
    note: Option<String>,
    #[array(optional)]
    last: Option<bool>,
}

#[test]
fn a_tail_may_be_missing() {
    let tail =
        |level, note: Option<&str>, last| Tail { id: 1, level, note: note.map(Into::into), last };
    both_ways("[1]", &tail(0, None, None), "[1,0]");
    round_trip("[1,2]", &tail(2, None, None));
    round_trip(r#"[1,2,"x"]"#, &tail(2, Some("x"), None));
    round_trip("[1,2,null,true]", &tail(2, None, Some(true)));
    both_ways("[1,2,null]", &tail(2, None, None), "[1,2]");
    refused::<Tail>(
        "[]",
        "wrong number of elements in Tail: 0, expected 1 to 4 at line 1 column 2",
    );
    refused::<Tail>(
        "[1,2,null,true,0]",
        "wrong number of elements in Tail: 5, expected 1 to 4 at line 1 column 16",
    );
    refused::<Tail>(
        "[1,2,3]",
        "Tail.note (index 2): invalid type: integer 3, expected a string at line 1 column 6",
    );
}

#[derive(Array, Debug, PartialEq)]
struct Rest<T> {
    verb: String,
    #[array(hole)]
    _reserved: (),
    #[array(rest)]
    items: Vec<T>,
}

#[test]
fn holes_and_rest() {
    let rest = |items| Rest { verb: "REQ".into(), _reserved: (), items };
    round_trip(r#"["REQ",null]"#, &rest(vec![]));
    both_ways(r#"["REQ",{"any":[1]},1,2]"#, &rest(vec![1_u8, 2]), r#"["REQ",null,1,2]"#);
    refused::<Rest<u8>>(
        r#"["REQ",0,1,"x"]"#,
        "Rest.items (index 3): invalid type: string \"x\", expected u8 at line 1 column 14",
    );
    refused::<Rest<u8>>(
        r#"["REQ"]"#,
        "wrong number of elements in Rest: 1, expected at least 2 at line 1 column 7",
    );
}

#[derive(Array, Debug, PartialEq)]
#[array(len = "at_least")]
struct Candle(f64, f64);

#[derive(Array, Debug, PartialEq)]
#[array(len = "ignore")]
struct Lenient {
    a: u8,
    b: u8,
}

#[test]
fn length_policies() {
    both_ways("[1.5,2.5,[],{}]", &Candle(1.5, 2.5), "[1.5,2.5]");
    refused::<Candle>(
        "[1.5]",
        "wrong number of elements in Candle: 1, expected at least 2 at line 1 column 5",
    );
    refused::<Candle>("[1.5,2.5,tru]", "expected ident at line 1 column 13");
    both_ways("[1,2,3]", &Lenient { a: 1, b: 2 }, "[1,2]");
    both_ways("[1]", &Lenient { a: 1, b: 0 }, "[1,0]");
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
mod hex {
    pub(crate) fn serialize<S: serde::Serializer>(
        value: &u32,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:x}"))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<u32, D::Error> {
        let text: std::borrow::Cow<'_, str> = serde::Deserialize::deserialize(deserializer)?;
        u32::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

fn seven() -> u32 {
    7
}

#[derive(Array, Debug, PartialEq)]
struct With<'a, T> {
    #[array(with = "hex", rename = "colour")]
    color: u32,
    name: &'a str,
    more: T,
    #[serde(default = "seven")]
    seven: u32,
}

#[test]
fn functions_borrowing_and_generics() {
    let text = r#"["ff","red",[true],8]"#;
    let value: With<'_, [bool; 1]> = tagged_json::from_str(text).unwrap();
    assert_eq!(value, With { color: 255, name: "red", more: [true], seven: 8 });
    assert_eq!(value.name.as_ptr(), text[7..].as_ptr(), "borrowed from the input");
    assert_eq!(tagged_json::to_string(&value).unwrap(), text);
    let error = tagged_json::from_str::<With<'_, u8>>(r#"["xyz","",0]"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "With.colour (index 0): invalid digit found in string at line 1 column 6"
    );
    assert_eq!(tagged_json::from_str::<With<'_, u8>>(r#"["0","",0]"#).unwrap().seven, 7);
}

#[derive(Array, Debug, PartialEq)]
struct Order {
    id: u64,
    lines: Vec<Row>,
}

#[derive(Array, Debug, PartialEq)]
struct Row(String, Price);

#[derive(Array, Debug, PartialEq)]
struct Price(u32);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Plain {
    order: Order,
}

#[test]
fn nested_types_name_the_innermost() {
    let order = Order { id: 1, lines: vec![Row("a".into(), Price(2))] };
    round_trip(r#"{"order":[1,[["a",[2]]]]}"#, &Plain { order });
    let error = tagged_json::from_str::<Plain>("{\"order\": [1, [\n[\"a\", [-2]]]]}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Price.0 (index 0): invalid value: integer -2, expected u32 at line 2 column 9"
    );
    assert_eq!(error.path(), "$.order[1][0][1][0]");
    assert_eq!(
        (error.type_name(), error.field(), error.index()),
        (Some("Price"), Some("0"), Some(0))
    );
    assert_eq!((error.expected(), error.found()), (Some("u32"), Some("integer -2")));
    assert_eq!((error.kind(), error.offset()), (Kind::Data, 24));
}
