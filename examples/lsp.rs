//! JSON-RPC, as in the language server protocol: requests, notifications and two kinds of replies.
//!
//! `cargo run -p tagged-json --example lsp`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

/// Every message has a version; the rest tells them apart.
#[derive(Envelope, Debug)]
struct Rpc<'a> {
    jsonrpc: &'a str,
    #[envelope(body)]
    message: Message<'a>,
}

/// Known by the member that is there: the first of these that a message has.
#[derive(Envelope, Debug)]
#[envelope(present, rename_all = "lowercase")]
enum Message<'a> {
    Method(Call<'a>),
    Result { id: u64, result: &'a RawValue },
    Error { id: Option<u64>, error: Failure<'a> },
}

/// A request, or a notification if it has no id.
#[derive(Envelope, Debug)]
struct Call<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[envelope(body)]
    method: Method<'a>,
}

#[derive(Envelope, Debug)]
#[envelope(
    tag = "method",
    content = "params",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Method<'a> {
    Initialize {
        process_id: Option<u32>,
    },
    Shutdown,
    #[envelope(rename = "textDocument/didOpen")]
    DidOpen {
        text_document: &'a RawValue,
    },
    #[envelope(other)]
    Other(String, Option<&'a RawValue>),
}

#[derive(Serialize, Deserialize, Debug)]
struct Failure<'a> {
    code: i32,
    message: &'a str,
}

/// Messages of each kind.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<Rpc<'_>>(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null}}"#,
    )?;
    both_ways::<Rpc<'_>>(r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#)?;
    both_ways::<Rpc<'_>>(
        r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a"}}}"#,
    )?;
    both_ways::<Rpc<'_>>(r#"{"jsonrpc":"2.0","method":"$/setTrace","params":{"value": "off"}}"#)?;
    both_ways::<Rpc<'_>>(r#"{"jsonrpc":"2.0","id":1,"result":{"capabilities":{}}}"#)?;
    let failed = r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"method not found"}}"#;
    assert!(matches!(
        both_ways::<Rpc<'_>>(failed)?.message,
        Message::Error { error: Failure { code: -32601, .. }, .. }
    ));
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
