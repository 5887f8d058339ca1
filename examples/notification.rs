//! An array with a meaning for every position: `["Hello world", 10, false]`.
//!
//! `cargo run -p tagged-json --example notification`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use tagged_json::{Array, Error};

#[derive(Array, Debug, PartialEq)]
struct Notification {
    message: String,
    priority: u8,
    critical: bool,
}

/// Reads and writes a notification, and shows what a wrong one says.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let notification: Notification = tagged_json::from_str(r#"["Hello world", 10, false]"#)?;
    println!("{notification:?}");
    assert_eq!(tagged_json::to_string(&notification)?, r#"["Hello world",10,false]"#);

    for (wrong, says) in [
        (
            r#"["Hello world", 10, false, 1]"#,
            "wrong number of elements in Notification: 4, expected 3 at line 1 column 28",
        ),
        (
            r#"["Hello world", 300, false]"#,
            "Notification.priority (index 1): invalid value: integer 300, expected u8 at line 1 column 19",
        ),
    ] {
        let error =
            tagged_json::from_str::<Notification>(wrong).map(|_| ()).map_err(|e| e.to_string());
        println!("{wrong}\n  {error:?}");
        assert_eq!(error, Err(says.to_owned()));
    }
    Ok(())
}
