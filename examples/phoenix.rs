//! Phoenix channels, version 2: `[join_ref, ref, topic, event, payload]`.
//!
//! `cargo run -p tagged-json --example phoenix`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

#[derive(Envelope, Debug)]
struct Frame<'a> {
    #[envelope(at = 0)]
    join_ref: Option<&'a str>,
    #[envelope(at = 1)]
    message_ref: Option<&'a str>,
    #[envelope(at = 2)]
    topic: &'a str,
    #[envelope(body)]
    event: Event<'a>,
}

#[derive(Envelope, Debug)]
#[envelope(tag = 3, content = 4)]
enum Event<'a> {
    #[envelope(rename = "phx_join")]
    Join(&'a RawValue),
    #[envelope(rename = "phx_reply")]
    Reply { status: &'a str, response: &'a RawValue },
    #[envelope(rename = "heartbeat")]
    Heartbeat {},
    #[envelope(rename = "new_msg")]
    Message { body: &'a str },
}

/// A join, its reply, a heartbeat and a push.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<Frame<'_>>(r#"["1","1","room:lobby","phx_join",{"param1":"foo"}]"#)?;
    both_ways::<Frame<'_>>(r#"["1","1","room:lobby","phx_reply",{"status":"ok","response":{}}]"#)?;
    both_ways::<Frame<'_>>(r#"[null,"2","phoenix","heartbeat",{}]"#)?;
    let pushed = both_ways::<Frame<'_>>(r#"["1",null,"room:lobby","new_msg",{"body":"hi"}]"#)?;
    assert!(matches!(pushed.event, Event::Message { body: "hi" }));
    assert_eq!(
        (pushed.join_ref, pushed.message_ref, pushed.topic),
        (Some("1"), None, "room:lobby")
    );
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
