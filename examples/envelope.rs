//! Messages by type: the content in a member of its own, and among the members.
//!
//! `cargo run -p tagged-json --example envelope`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use serde::{Deserialize, Serialize};
use tagged_json::{Envelope, Error};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Sound {
    description: String,
    authority: String,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Cowbell {
    more: bool,
}

/// `{"type": "sound", "msg": {...}}`
#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "type", content = "msg", rename_all = "lowercase")]
enum Nested {
    Sound(Sound),
    Cowbell(Cowbell),
}

/// `{"type": "sound", ...}`
#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "type", rename_all = "lowercase")]
enum Flat {
    Sound(Sound),
    Cowbell(Cowbell),
}

/// Reads and writes both layouts.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let text =
        r#"{"type":"sound","msg":{"description":"dynamite","authority":"the Bruce Dickinson"}}"#;
    let message: Nested = tagged_json::from_str(text)?;
    println!("{message:?}");
    assert_eq!(tagged_json::to_string(&message)?, text);
    // The members come in any order.
    let late: Nested = tagged_json::from_str(r#"{"msg":{"more":true},"type":"cowbell"}"#)?;
    assert_eq!(late, Nested::Cowbell(Cowbell { more: true }));

    let text = r#"{"type":"sound","description":"dynamite","authority":"the Bruce Dickinson"}"#;
    let message: Flat = tagged_json::from_str(text)?;
    println!("{message:?}");
    assert_eq!(tagged_json::to_string(&message)?, text);
    let late: Flat = tagged_json::from_str(r#"{"more":true,"type":"cowbell"}"#)?;
    assert_eq!(late, Flat::Cowbell(Cowbell { more: true }));

    let error = tagged_json::from_str::<Nested>(r#"{"type":"cowbel","msg":{}}"#)
        .map_err(|error| error.to_string());
    println!("{error:?}");
    let says = r#"unknown tag "cowbel" of Nested, did you mean "cowbell"? at line 1 column 16"#;
    assert_eq!(error, Err(says.to_owned()));
    Ok(())
}
