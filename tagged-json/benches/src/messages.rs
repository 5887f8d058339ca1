//! Eight kinds of messages, owned and borrowed, and the envelopes around them.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($module:ident, $text:ty, [$($life:lifetime)?]) => {
        pub mod $module {
            use super::*;
            #[derive(Serialize, Deserialize, Clone)] pub struct Sound<$($life)?> { pub description: $text, pub authority: $text, pub volume: f64, pub tags: Vec<$text> }
            #[derive(Serialize, Deserialize, Clone)] pub struct Cowbell { pub more: bool, pub hits: Vec<u64>, pub tempo: f64 }
            #[derive(Serialize, Deserialize, Clone)] pub struct Trade<$($life)?> { pub symbol: $text, pub price: f64, pub amount: f64, pub id: u64, pub buyer: bool }
            #[derive(Serialize, Deserialize, Clone)] pub struct Log<$($life)?> { pub level: $text, pub text: $text, pub line: u32, pub lines: Vec<$text> }
            #[derive(Serialize, Deserialize, Clone)] pub struct User<$($life)?> { pub id: u64, pub name: $text, pub mail: $text, pub age: u8, pub roles: BTreeMap<$text, $text> }
            #[derive(Serialize, Deserialize, Clone)] pub struct Point { pub x: f64, pub y: f64, pub z: f64, pub path: Vec<(f64, f64)> }
            #[derive(Serialize, Deserialize, Clone)] pub struct Order<$($life)?> { pub id: u64, pub lines: Vec<(u32, f64)>, pub note: Option<$text> }
            #[derive(Serialize, Deserialize, Clone)] pub struct Beat { pub sequence: u64, pub sent: u64, pub load: f64 }

            #[derive(Serialize, Deserialize)] #[serde(tag = "type", content = "msg", rename_all = "kebab-case")]
            pub enum SerdeAdjacent<$($life)?> { Sound($(#[serde(borrow)] #[doc = stringify!($life)])? Sound<$($life)?>), Cowbell(Cowbell), Trade(Trade<$($life)?>), Log(Log<$($life)?>), User(User<$($life)?>), Point(Point), Order(Order<$($life)?>), Beat(Beat) }
            #[derive(Serialize, Deserialize)] #[serde(tag = "type", rename_all = "kebab-case")]
            pub enum SerdeFlat<$($life)?> { Sound($(#[serde(borrow)] #[doc = stringify!($life)])? Sound<$($life)?>), Cowbell(Cowbell), Trade(Trade<$($life)?>), Log(Log<$($life)?>), User(User<$($life)?>), Point(Point), Order(Order<$($life)?>), Beat(Beat) }
            #[derive(tagged_json::Envelope)] #[envelope(tag = "type", content = "msg", rename_all = "kebab-case")]
            pub enum OurAdjacent<$($life)?> { Sound(Sound<$($life)?>), Cowbell(Cowbell), Trade(Trade<$($life)?>), Log(Log<$($life)?>), User(User<$($life)?>), Point(Point), Order(Order<$($life)?>), Beat(Beat) }
            #[derive(tagged_json::Envelope)] #[envelope(tag = "type", rename_all = "kebab-case")]
            pub enum OurFlat<$($life)?> { Sound(Sound<$($life)?>), Cowbell(Cowbell), Trade(Trade<$($life)?>), Log(Log<$($life)?>), User(User<$($life)?>), Point(Point), Order(Order<$($life)?>), Beat(Beat) }
            #[derive(tagged_json::Envelope)] #[envelope(tag = 0, rename_all = "kebab-case")]
            pub enum OurArray<$($life)?> { Sound(Sound<$($life)?>), Cowbell(Cowbell), Trade(Trade<$($life)?>), Log(Log<$($life)?>), User(User<$($life)?>), Point(Point), Order(Order<$($life)?>), Beat(Beat) }
        }
    };
}

kinds!(owned, String, []);
kinds!(borrowed, &'a str, ['a]);

/// The bound: the type is known beforehand.
#[derive(Deserialize)]
pub struct Known<T> {
    #[serde(rename = "type")]
    pub _tag: IgnoredAny,
    #[serde(rename = "msg")]
    pub _msg: T,
}

#[typetag::serde(tag = "type", content = "msg")]
pub trait BoxedAdjacent {}
#[typetag::serde(tag = "type")]
pub trait BoxedFlat {}

macro_rules! boxed {
    ($($kind:ident $name:literal)*) => {$(
        #[typetag::serde(name = $name)] impl BoxedAdjacent for owned::$kind {}
        #[typetag::serde(name = $name)] impl BoxedFlat for owned::$kind {}
    )*};
}
boxed! { Sound "sound" Cowbell "cowbell" Trade "trade" Log "log" User "user" Point "point" Order "order" Beat "beat" }

pub const KINDS: [&str; 8] = ["sound", "cowbell", "trade", "log", "user", "point", "order", "beat"];

/// One message's content, from a small generator; `size` scales its lists.
pub fn content(seed: u64, size: usize) -> (usize, String) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let kind = (next() % 8) as usize;
    const WORDS: [&str; 8] = [
        "dynamite",
        "explore the space",
        "the Bruce Dickinson",
        "gotta have",
        "fever",
        "prescription",
        "Grüße aus Köln",
        "line one",
    ];
    let mut word = {
        let mut n = seed;
        move || {
            n = n.wrapping_add(5);
            WORDS[(n % 8) as usize].to_owned()
        }
    };
    let list = |least: usize| least * size;
    let float = |n: u64| (n % 1_000_000) as f64 / 997.0;
    let json = |value: &dyn erased| value.json();
    let text = match kind {
        0 => json(&owned::Sound {
            description: word(),
            authority: word(),
            volume: float(next()),
            tags: (0..list(4)).map(|_| word()).collect(),
        }),
        1 => json(&owned::Cowbell {
            more: true,
            hits: (0..list(8)).map(|_| next() % 100_000_000).collect(),
            tempo: float(next()),
        }),
        2 => json(&owned::Trade {
            symbol: "tBTCUSD".repeat(size.min(8)),
            price: float(next()),
            amount: float(next()),
            id: next() >> 12,
            buyer: false,
        }),
        3 => json(&owned::Log {
            level: "info".into(),
            text: word(),
            line: 17,
            lines: (0..list(4)).map(|_| word()).collect(),
        }),
        4 => json(&owned::User {
            id: next() >> 20,
            name: word(),
            mail: word(),
            age: 33,
            roles: (0..list(3)).map(|n| (n.to_string(), word())).collect(),
        }),
        5 => json(&owned::Point {
            x: float(next()),
            y: float(next()),
            z: float(next()),
            path: (0..list(3)).map(|_| (float(next()), float(next()))).collect(),
        }),
        6 => json(&owned::Order {
            id: next() >> 9,
            lines: (0..list(6)).map(|_| (next() as u32 % 10_000, float(next()))).collect(),
            note: Some(word()),
        }),
        _ => json(&owned::Beat { sequence: next() >> 1, sent: next() >> 3, load: float(next()) }),
    };
    (kind, text)
}

#[expect(non_camel_case_types, reason = "a local helper")]
trait erased {
    fn json(&self) -> String;
}
impl<T: Serialize> erased for T {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("plain data")
    }
}
