//! What serde loses when it buffers, in every layout, tag first and last.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Array, Envelope};

#[derive(Serialize, Deserialize, Debug)]
struct Hard<'a> {
    wide: i128,
    wider: u128,
    #[serde(borrow)]
    raw: &'a RawValue,
    text: &'a str,
    #[serde(borrow)]
    escaped: Cow<'a, str>,
    keys: BTreeMap<u32, f64>,
    float: f64,
}

const HARD: &str = r#""wide":-170141183460469231731687303715884105728,"wider":340282366920938463463374607431768211455,"raw":{"a" : 1e400},"text":"x","escaped":"a\nb","keys":{"1":0.5,"20":-2.0},"float":0.1"#;

fn check(hard: &Hard<'_>, text: &str) {
    assert_eq!((hard.wide, hard.wider), (i128::MIN, u128::MAX));
    assert_eq!(hard.raw.get(), r#"{"a" : 1e400}"#);
    let within = text.as_bytes().as_ptr_range();
    assert!(
        within.contains(&hard.text.as_ptr()) && within.contains(&hard.raw.get().as_ptr()),
        "borrowed"
    );
    assert_eq!(hard.escaped, "a\nb");
    assert_eq!(hard.keys, BTreeMap::from([(1, 0.5), (20, -2.0)]));
    assert_eq!(hard.float.to_bits(), 0.1_f64.to_bits());
}

macro_rules! layouts {
    ($($name:ident $(($($attr:tt)*))?: $($form:expr),+;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Envelope, Debug)]
            #[envelope($($($attr)*)?)]
            enum Message<'a> {
                Hard(Hard<'a>),
            }
            for form in [$($form),+] {
                let text = form.replace("HARD", HARD);
                let Message::Hard(hard) = tagged_json::from_str(&text).unwrap();
                check(&hard, &text);
                // Through serde_json alone, and inside other types.
                let Message::Hard(hard) = serde_json::from_str(&text).unwrap();
                check(&hard, &text);
                let listed = format!("[[{text}]]");
                let [[Message::Hard(hard)]]: [[Message<'_>; 1]; 1] = tagged_json::from_str(&listed).unwrap();
                check(&hard, &listed);
                // And what is written is read again.
                let written = tagged_json::to_string(&Message::Hard(hard)).unwrap();
                let Message::Hard(hard) = tagged_json::from_str(&written).unwrap();
                check(&hard, &written);
            }
        }
    )*};
}

layouts! {
    adjacent(tag = "t", content = "c"): r#"{"t":"Hard","c":{HARD}}"#, r#"{"c":{HARD},"t":"Hard"}"#;
    flat(tag = "t"): r#"{"t":"Hard",HARD}"#, r#"{HARD,"t":"Hard"}"#, r#"{"x":{},"t":"Hard",HARD}"#;
    array_head(tag = 0): r#"["Hard",{HARD}]"#;
    array_placed(tag = 2, content = 0): r#"[{HARD},null,"Hard"]"#;
    array_end(tag = -1): r#"[{HARD},"Hard"]"#;
    path(tag = "h.t", content = "d.c"): r#"{"h":{"t":"Hard"},"d":{"c":{HARD}}}"#, r#"{"d":{"c":{HARD}},"h":{"t":"Hard"}}"#;
    path_flat(tag = "h.t"): r#"{"h":{"t":"Hard"},HARD}"#, r#"{HARD,"h":{"t":"Hard"}}"#;
}

#[derive(Array, Debug)]
struct Row<'a> {
    #[array(rest)]
    rest: Vec<&'a RawValue>,
}

#[test]
fn raw_values_as_the_rest() {
    let text = r#"[{"a" : 1}, 2 ,"x"]"#;
    let row: Row<'_> = tagged_json::from_str(text).unwrap();
    assert_eq!(
        row.rest.iter().map(|raw| raw.get()).collect::<Vec<_>>(),
        [r#"{"a" : 1}"#, "2", r#""x""#]
    );
    assert_eq!(tagged_json::to_string(&row).unwrap(), r#"[{"a" : 1},2,"x"]"#);
}
