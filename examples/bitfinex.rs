//! Bitfinex, version 2: rows that may grow, and objects beside arrays in one stream.
//!
//! `cargo run -p tagged-json --example bitfinex`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use tagged_json::{Array, Envelope, Error};

/// `[channel, "te", row]`, `[channel, "hb"]`: an array with the tag in the middle.
#[derive(Envelope, Debug)]
struct Update {
    #[envelope(at = 0)]
    channel: u64,
    #[envelope(body)]
    what: What,
}

#[derive(Envelope, Debug)]
#[envelope(tag = 1, content = 2)]
enum What {
    #[envelope(rename = "te")]
    Executed(Trade),
    #[envelope(rename = "tu")]
    Updated(Trade),
    #[envelope(rename = "hb")]
    Heartbeat,
}

/// "Lengths should never be hardcoded. New fields may be appended."
#[derive(Array, Debug, PartialEq)]
#[array(len = "at_least")]
struct Trade {
    id: u64,
    at: u64,
    amount: f64,
    price: f64,
}

/// `[channel, [row, ...]]`: the snapshot of a channel.
#[derive(Array, Debug)]
struct Snapshot {
    channel: u64,
    trades: Vec<Trade>,
}

/// `{"event": ...}`
#[derive(Envelope, Debug)]
#[envelope(tag = "event", rename_all = "lowercase", rename_all_fields = "camelCase")]
enum Event {
    Subscribed { channel: String, chan_id: u64, symbol: String },
    Info { version: u8 },
}

/// A subscription, its snapshot and its updates.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    both_ways::<Event>(r#"{"event":"info","version":2}"#)?;
    both_ways::<Event>(
        r#"{"event":"subscribed","channel":"trades","chanId":17470,"symbol":"tBTCUSD"}"#,
    )?;
    let snapshot = both_ways::<Snapshot>(
        "[17470,[[401597393,1574694475039,0.005,7244.9],[401597394,1574694475040,-1.5,7245.0]]]",
    )?;
    assert_eq!(snapshot.trades.len(), 2);
    both_ways::<Update>(r#"[17470,"te",[401597395,1574694478808,0.005,7245.3]]"#)?;
    both_ways::<Update>(r#"[17470,"tu",[401597395,1574694478808,0.005,7245.3]]"#)?;
    both_ways::<Update>(r#"[17470,"hb"]"#)?;
    // Tomorrow's row has one field more.
    let longer: Trade = tagged_json::from_str(r#"[401597395,1574694478808,0.005,7245.3,"new"]"#)?;
    assert_eq!(
        longer,
        Trade { id: 401_597_395, at: 1_574_694_478_808, amount: 0.005, price: 7245.3 }
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
