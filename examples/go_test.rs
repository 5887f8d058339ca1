//! What `go test -json` says: the tag among the fields, after the time.
//!
//! `cargo run -p tagged-json --example go_test`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use tagged_json::{Envelope, Error};

/// Members that every event has, around those of its kind.
#[derive(Envelope, Debug)]
#[serde(rename_all = "PascalCase")]
struct TestEvent<'a> {
    time: Option<&'a str>,
    #[envelope(body)]
    action: Action,
    package: &'a str,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    test: Option<&'a str>,
}

#[derive(Envelope, Debug)]
#[envelope(tag = "Action", rename_all = "lowercase", rename_all_fields = "PascalCase")]
enum Action {
    Start,
    Run,
    Pause,
    Cont,
    Pass { elapsed: f64 },
    Fail { elapsed: f64 },
    Skip { elapsed: f64 },
    Output { output: String },
}

/// The life of a test.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<TestEvent<'_>>(
        r#"{"Time":"2024-05-01T10:00:00Z","Action":"start","Package":"net/url"}"#,
    )?;
    both_ways::<TestEvent<'_>>(
        r#"{"Time":"2024-05-01T10:00:00Z","Action":"run","Package":"net/url","Test":"TestParse"}"#,
    )?;
    // Go writes the fields of the kind last; here they follow their tag.
    let output = r#"{"Time":"2024-05-01T10:00:00Z","Action":"output","Package":"net/url","Test":"TestParse","Output":"=== RUN\n"}"#;
    let event: TestEvent<'_> = tagged_json::from_str(output)?;
    assert!(matches!(&event.action, Action::Output { output } if output == "=== RUN\n"));
    assert_eq!(event.test, Some("TestParse"));
    let written = r#"{"Time":"2024-05-01T10:00:00Z","Action":"output","Output":"=== RUN\n","Package":"net/url","Test":"TestParse"}"#;
    assert_eq!(tagged_json::to_string(&event)?, written);
    both_ways::<TestEvent<'_>>(
        r#"{"Time":"2024-05-01T10:00:01Z","Action":"pass","Elapsed":0.01,"Package":"net/url","Test":"TestParse"}"#,
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
