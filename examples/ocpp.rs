//! OCPP-J: a number for the kind of message, then a name for the action of a call.
//!
//! `cargo run -p tagged-json --example ocpp`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tagged_json::{Envelope, Error};

#[derive(Envelope, Debug)]
#[envelope(tag = 0)]
enum Ocpp<'a> {
    /// `[2, id, action, {...}]`: what follows the number is an envelope again.
    #[envelope(rename = 2)]
    Call(#[array(rest)] Call<'a>),
    /// The type of the result is that of the call with this id.
    #[envelope(rename = 3)]
    CallResult(&'a str, &'a RawValue),
    #[envelope(rename = 4)]
    CallError { id: &'a str, code: &'a str, description: &'a str, details: &'a RawValue },
}

#[derive(Envelope, Debug)]
struct Call<'a> {
    #[envelope(at = 0)]
    id: &'a str,
    #[envelope(body)]
    action: Action<'a>,
}

#[derive(Envelope, Debug)]
#[envelope(tag = 1, content = 2)]
enum Action<'a> {
    #[serde(rename_all = "camelCase")]
    BootNotification {
        charge_point_model: &'a str,
        charge_point_vendor: &'a str,
    },
    Heartbeat {},
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Booted<'a> {
    status: &'a str,
    current_time: &'a str,
    interval: u32,
}

/// A call, its result, and an error.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let call = r#"[2,"19223201","BootNotification",{"chargePointModel":"SingleSocketCharger","chargePointVendor":"VendorX"}]"#;
    assert!(matches!(
        both_ways(call)?,
        Ocpp::Call(Call { action: Action::BootNotification { .. }, .. })
    ));
    both_ways::<Ocpp<'_>>(r#"[2,"19223202","Heartbeat",{}]"#)?;
    let result = r#"[3,"19223201",{"status":"Accepted","currentTime":"2013-02-01T20:53:32.486Z","interval":300}]"#;
    if let Ocpp::CallResult("19223201", content) = both_ways(result)? {
        assert_eq!(both_ways::<Booted<'_>>(content.get())?.interval, 300);
    }
    both_ways::<Ocpp<'_>>(
        r#"[4,"162376037","NotSupported","SetDisplayMessageRequest not implemented",{}]"#,
    )?;

    let wrong = r#"[2,"19223201","BootNotification",{"chargePointModel":7}]"#;
    let error = tagged_json::from_str::<Ocpp<'_>>(wrong)
        .map(|_| ())
        .map_err(|error| error.path().to_owned());
    assert_eq!(error, Err("$[3].chargePointModel".to_owned()));
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
