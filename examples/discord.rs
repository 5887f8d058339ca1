//! The Discord gateway: a number for the operation, then a name for the event.
//!
//! `cargo run -p tagged-json --example discord`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

/// `{"op": 10, "d": {...}}`; for dispatches the event's name is a second tag.
#[derive(Envelope, Debug)]
#[envelope(tag = "op", kind = Opcode)]
enum Gateway<'a> {
    #[envelope(rename = 0)]
    Dispatch(Dispatch<'a>),
    #[envelope(rename = 1)]
    Heartbeat { d: Option<u64> },
    #[envelope(rename = 10)]
    Hello { d: Hello },
    #[envelope(rename = 11)]
    HeartbeatAck,
}

#[derive(Serialize, Deserialize, Debug)]
struct Hello {
    heartbeat_interval: u32,
}

/// The sequence number, and the event around whose tag and content it stands.
#[derive(Envelope, Debug)]
struct Dispatch<'a> {
    s: u64,
    #[envelope(body)]
    event: Event<'a>,
}

#[derive(Envelope, Debug)]
#[envelope(tag = "t", content = "d", rename_all = "SCREAMING_SNAKE_CASE")]
enum Event<'a> {
    MessageCreate {
        id: &'a str,
        content: String,
    },
    Resumed {},
    #[envelope(other)]
    Other(&'a str, &'a RawValue),
}

/// A greeting, events and heartbeats.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<Gateway<'_>>(r#"{"op":10,"d":{"heartbeat_interval":45000}}"#)?;
    let created = r#"{"op":0,"s":42,"t":"MESSAGE_CREATE","d":{"id":"1","content":"hi"}}"#;
    let message: Gateway<'_> = both_ways(created)?;
    assert_eq!(message.kind(), Opcode::Dispatch);
    assert!(matches!(
        message,
        Gateway::Dispatch(Dispatch { s: 42, event: Event::MessageCreate { id: "1", .. } })
    ));
    // As the gateway orders them: both tags come after the content.
    let late = r#"{"d":{"id":"1","content":"hi"},"t":"MESSAGE_CREATE","s":42,"op":0}"#;
    assert_eq!(tagged_json::to_string(&tagged_json::from_str::<Gateway<'_>>(late)?)?, created);
    both_ways::<Gateway<'_>>(r#"{"op":0,"s":43,"t":"RESUMED","d":{}}"#)?;
    both_ways::<Gateway<'_>>(r#"{"op":0,"s":44,"t":"TYPING_START","d":{ "user_id": "7" }}"#)?;
    both_ways::<Gateway<'_>>(r#"{"op":1,"d":251}"#)?;
    both_ways::<Gateway<'_>>(r#"{"op":11}"#)?;
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
