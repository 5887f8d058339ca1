//! The kinds of messages as an enum of their own, with a handler for each.
//!
//! `cargo run -p tagged-json --example kinds`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::collections::BTreeMap;

use serde::Deserialize;
use tagged_json::{Envelope, Error, Place, Router};

#[derive(Envelope, Debug)]
#[envelope(tag = "kind", content = "data", rename_all = "lowercase", kind = Kind)]
enum Message {
    Sound { description: String },
    Cowbell { more: bool },
}

#[derive(Deserialize)]
struct Sound {
    description: String,
}

#[derive(Deserialize)]
struct Cowbell {
    more: bool,
}

/// Counts messages by kind, then hands them to handlers.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let stream = br#"{"kind":"sound","data":{"description":"dynamite"}}
{"kind":"cowbell","data":{"more":true}}
{"data":{"more":false},"kind":"cowbell"}
"#;
    // A closed set: an enum, and its kinds to count, log and compare.
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for line in tagged_json::lines_in::<Message>(stream) {
        let message = line?.value;
        *counts.entry(message.kind()).or_default() += 1;
        match message {
            Message::Sound { description } => println!("the sound of {description}"),
            Message::Cowbell { more } => println!("more cowbell: {more}"),
        }
    }
    assert_eq!(counts, BTreeMap::from([(Kind::Sound, 1), (Kind::Cowbell, 2)]));
    for (kind, count) in &counts {
        println!("{kind}: {count}");
    }

    // An open set: handlers that are registered as the program goes.
    let mut router = Router::new(Place::adjacent("kind", "data"))
        .on("sound", |sound: Sound| format!("the sound of {}", sound.description))
        .on("cowbell", |bell: Cowbell| format!("more cowbell: {}", bell.more))
        .fallback(|message| format!("no handler for {}", message.tag()));
    assert_eq!(
        router.dispatch(r#"{"kind":"cowbell","data":{"more":true}}"#)?,
        "more cowbell: true"
    );
    assert_eq!(router.dispatch(r#"{"kind":"kazoo","data":[]}"#)?, "no handler for kazoo");
    Ok(())
}
