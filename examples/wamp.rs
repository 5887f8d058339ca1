//! WAMP version 2: arrays that begin with a number, with two optional payloads at the end.
//!
//! `cargo run -p tagged-json --example wamp`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Array, Envelope, Error};

/// Details and options are open dictionaries: kept as they are.
type Dict<'a> = &'a RawValue;

/// A few of the message types; the number is the tag.
#[derive(Envelope, Debug)]
#[envelope(tag = 0)]
enum Wamp<'a> {
    #[envelope(rename = 1)]
    Hello(&'a str, Dict<'a>),
    #[envelope(rename = 2)]
    Welcome { session: u64, details: Dict<'a> },
    #[envelope(rename = 8)]
    Error {
        /// The type of the request that failed: a tag of its own.
        request_type: u64,
        request: u64,
        details: Dict<'a>,
        error: &'a str,
        #[array(optional)]
        arguments: Option<Dict<'a>>,
        #[array(optional)]
        keywords: Option<Dict<'a>>,
    },
    #[envelope(rename = 16)]
    Publish(
        u64,
        Dict<'a>,
        &'a str,
        #[array(optional)] Option<Dict<'a>>,
        #[array(optional)] Option<Dict<'a>>,
    ),
    #[envelope(rename = 33)]
    Subscribed(Subscribed),
    #[envelope(rename = 36)]
    Event(
        u64,
        u64,
        Dict<'a>,
        #[array(optional)] Option<Dict<'a>>,
        #[array(optional)] Option<Dict<'a>>,
    ),
}

/// Written as one element by itself, or spread as the rest of a message.
#[derive(Array, Debug)]
struct Subscribed {
    request: u64,
    #[array(default)]
    subscription: u64,
}

/// Messages from the specification.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<Wamp<'_>>(r#"[1,"somerealm",{"roles":{"publisher":{},"subscriber":{}}}]"#)?;
    both_ways::<Wamp<'_>>(r#"[2,9129137332,{"roles":{"broker":{}}}]"#)?;
    both_ways::<Wamp<'_>>(r#"[8,32,713845233,{},"wamp.error.not_authorized"]"#)?;
    let failed = r#"[8,48,7814135,{},"com.myapp.error.object_write_protected",["Object is write protected."],{"severity":3}]"#;
    assert!(matches!(both_ways(failed)?, Wamp::Error { request_type: 48, keywords: Some(_), .. }));
    both_ways::<Wamp<'_>>(r#"[16,239714735,{},"com.myapp.mytopic1"]"#)?;
    both_ways::<Wamp<'_>>(r#"[16,239714735,{},"com.myapp.mytopic1",["Hello, world!"]]"#)?;
    both_ways::<Wamp<'_>>(r#"[16,239714735,{},"com.myapp.mytopic1",[],{"color":"orange"}]"#)?;
    both_ways::<Wamp<'_>>(r#"[36,5512315355,4429313566,{},["Hello, world!"]]"#)?;
    both_ways::<Wamp<'_>>("[33,[713845233,5512315355]]")?;
    Ok(())
}

/// Reads a message and writes it again, to the byte.
fn both_ways<'a, T>(text: &'a str) -> Result<T, Error>
where
    T: Deserialize<'a> + Serialize + Debug,
{
    let message: T = tagged_json::from_str(text)?;
    println!("{message:?}");
    assert_eq!(tagged_json::to_string(&message)?, text);
    Ok(message)
}
