//! Jupyter's messages: the type is in the header, the content beside it.
//!
//! `cargo run -p tagged-json --example jupyter`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

#[derive(Envelope, Debug)]
struct Message<'a> {
    header: Header<'a>,
    parent_header: &'a RawValue,
    metadata: &'a RawValue,
    #[envelope(body)]
    content: Content<'a>,
}

/// Holds the tag among other things, so it is the one to write it.
#[derive(Serialize, Deserialize, Debug)]
struct Header<'a> {
    msg_id: &'a str,
    session: &'a str,
    msg_type: &'a str,
    version: &'a str,
}

#[derive(Envelope, Debug)]
#[envelope(tag = "header.msg_type", content = "content", rename_all = "snake_case")]
enum Content<'a> {
    ExecuteRequest { code: String, silent: bool },
    ExecuteReply { status: &'a str, execution_count: u32 },
    Status { execution_state: &'a str },
}

/// A request, its reply, and the status in between.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let request = r#"{"header":{"msg_id":"a","session":"s","msg_type":"execute_request","version":"5.3"},"parent_header":{},"metadata":{},"content":{"code":"print(1)","silent":false}}"#;
    let message: Message<'_> = both_ways(request)?;
    assert!(matches!(message.content, Content::ExecuteRequest { silent: false, .. }));
    both_ways::<Message<'_>>(
        r#"{"header":{"msg_id":"b","session":"s","msg_type":"status","version":"5.3"},"parent_header":{"msg_id":"a"},"metadata":{},"content":{"execution_state":"busy"}}"#,
    )?;
    both_ways::<Message<'_>>(
        r#"{"header":{"msg_id":"c","session":"s","msg_type":"execute_reply","version":"5.3"},"parent_header":{"msg_id":"a"},"metadata":{},"content":{"status":"ok","execution_count":1}}"#,
    )?;
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
