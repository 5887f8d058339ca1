//! What a Nostr relay and its clients say (NIP-01): `["EVENT", subscription, {...}]`.
//!
//! `cargo run -p tagged-json --example nostr`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Array, Envelope, Error};

#[derive(Serialize, Deserialize, Debug)]
struct Event<'a> {
    id: &'a str,
    pubkey: &'a str,
    created_at: u64,
    kind: u16,
    #[serde(borrow)]
    tags: Vec<EventTag<'a>>,
    content: String,
    sig: &'a str,
}

/// `["e", <id>, <relay>, ...]`
#[derive(Array, Debug)]
struct EventTag<'a> {
    name: &'a str,
    #[array(rest)]
    values: Vec<&'a str>,
}

#[derive(Serialize, Deserialize, Debug)]
struct Filter<'a> {
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<&'a str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

/// What clients send. `EVENT` has two elements here and three from a relay.
#[derive(Envelope, Debug)]
#[envelope(tag = 0, rename_all = "UPPERCASE")]
enum Client<'a> {
    Event(Event<'a>),
    Req(&'a str, #[array(rest)] Vec<Filter<'a>>),
    Close(&'a str),
}

/// What relays send.
#[derive(Envelope, Debug)]
#[envelope(tag = 0, rename_all = "UPPERCASE")]
enum Relay<'a> {
    Event(&'a str, Event<'a>),
    Ok {
        event: &'a str,
        accepted: bool,
        message: String,
    },
    Eose(&'a str),
    Closed(&'a str, String),
    Notice(String),
    #[envelope(other)]
    Other(&'a str, &'a RawValue),
}

/// Messages in both directions.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let event = r#"{"id":"4376c65d","pubkey":"6e468422","created_at":1673347337,"kind":1,"tags":[["e","3da979448d","wss://relay.example"],["p","8fe53b37"]],"content":"Walled gardens became prisons","sig":"908a15e4"}"#;
    both_ways::<Client<'_>>(&format!(r#"["EVENT",{event}]"#))?;
    both_ways::<Relay<'_>>(&format!(r#"["EVENT","sub",{event}]"#))?;
    let request = r#"["REQ","sub",{"kinds":[1],"limit":10},{"ids":["4376c65d"]}]"#;
    assert!(matches!(both_ways(request)?, Client::Req("sub", filters) if filters.len() == 2));
    both_ways::<Client<'_>>(r#"["CLOSE","sub"]"#)?;
    let ok = r#"["OK","4376c65d",false,"pow: 36 bits needed"]"#;
    assert!(matches!(both_ways(ok)?, Relay::Ok { accepted: false, .. }));
    both_ways::<Relay<'_>>(r#"["EOSE","sub"]"#)?;
    both_ways::<Relay<'_>>(r#"["CLOSED","sub","error: shutting down"]"#)?;
    both_ways::<Relay<'_>>(r#"["NOTICE","hello"]"#)?;
    assert!(matches!(both_ways(r#"["COUNT", "sub", {"count": 5}]"#)?, Relay::Other("COUNT", _)));
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
