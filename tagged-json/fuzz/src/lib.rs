//! An oracle that is slow and plain: members as raw values, then the content by its tag.

use serde::{Deserialize, Serialize};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use tagged_json::{Array, Envelope};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Cowbell {
    pub more: bool,
    pub list: Vec<String>,
    pub next: Option<Box<Cowbell>>,
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "t", content = "c")]
pub enum Adjacent {
    #[envelope(rename = "a")]
    Number(i16),
    #[envelope(rename = "b")]
    Bell(Cowbell),
    #[envelope(rename = 1)]
    Pair(u8, String),
    #[envelope(rename = "u")]
    Unit,
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = "t")]
pub enum Flat {
    #[envelope(rename = "b")]
    Bell(Cowbell),
    #[envelope(rename = "u")]
    Unit,
}

#[derive(Envelope, Debug, PartialEq)]
#[envelope(tag = 0)]
pub enum Headed {
    #[envelope(rename = "a")]
    Number(i16),
    #[envelope(rename = "b")]
    Two(u8, #[array(optional)] Option<String>),
    #[envelope(rename = 1)]
    Rest(#[array(rest)] Vec<u8>),
}

#[derive(Array, Debug, PartialEq)]
pub struct Row(pub u8, #[array(default)] pub String, #[array(rest)] pub Vec<bool>);

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk;
        impl<'de> Visitor<'de> for Walk {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Walk).map(Members)
    }
}

#[derive(PartialEq)]
enum Tag {
    Text(String),
    Number(i128),
}

fn tag(raw: &RawValue) -> Option<Tag> {
    serde_json::from_str(raw.get()).map(Tag::Text).ok().or_else(|| {
        let number: serde_json::Number = serde_json::from_str(raw.get()).ok()?;
        number.as_i64().map(i128::from).or(number.as_u64().map(i128::from)).map(Tag::Number)
    })
}

fn read<T: serde::de::DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn one<'m, 'a>(members: &'m Members<'a>, name: &str) -> Result<Option<&'m &'a RawValue>, ()> {
    let mut found = members.0.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
    let first = found.next();
    if found.next().is_some() { Err(()) } else { Ok(first) }
}

pub fn adjacent(text: &str) -> Option<Adjacent> {
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    let content = one(&members, "c").ok()?;
    match tag(one(&members, "t").ok()??)? {
        Tag::Text(tag) if tag == "a" => read(content?).map(Adjacent::Number),
        Tag::Text(tag) if tag == "b" => read(content?).map(Adjacent::Bell),
        Tag::Number(1) => read::<(u8, String)>(content?).map(|(one, two)| Adjacent::Pair(one, two)),
        Tag::Text(tag) if tag == "u" => content.is_none_or(|raw| raw.get() == "null").then_some(Adjacent::Unit),
        _ => None,
    }
}

pub fn flat(text: &str) -> Option<Flat> {
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    match tag(one(&members, "t").ok()??)? {
        // The struct does not know `t`, so the whole object may be read as one.
        Tag::Text(tag) if tag == "b" => serde_json::from_str(text).ok().map(Flat::Bell),
        Tag::Text(tag) if tag == "u" => Some(Flat::Unit),
        _ => None,
    }
}

pub fn headed(text: &str) -> Option<Headed> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let (head, rest) = elements.split_first()?;
    match (tag(head)?, rest) {
        (Tag::Text(tag), [number]) if tag == "a" => read(number).map(Headed::Number),
        (Tag::Text(tag), [one]) if tag == "b" => Some(Headed::Two(read(one)?, None)),
        (Tag::Text(tag), [one, two]) if tag == "b" => Some(Headed::Two(read(one)?, read(two)?)),
        (Tag::Number(1), rest) => rest.iter().map(|raw| read(raw)).collect::<Option<_>>().map(Headed::Rest),
        _ => None,
    }
}

pub fn row(text: &str) -> Option<Row> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let (first, rest) = elements.split_first()?;
    let Some((second, rest)) = rest.split_first() else { return Some(Row(read(first)?, String::new(), vec![])) };
    Some(Row(read(first)?, read(second)?, rest.iter().map(|raw| read(raw)).collect::<Option<_>>()?))
}

/// Ours says what the oracle says, at every entry, and what it writes it reads again.
pub fn check<T>(text: &str, oracle: Option<T>)
where
    T: serde::de::DeserializeOwned + Serialize + std::fmt::Debug + PartialEq,
{
    let ours = tagged_json::from_str::<T>(text);
    if let Err(error) = &ours {
        assert!(error.offset() <= text.len() && error.path().starts_with('$'), "{error:?}");
        let _ = error.to_string();
    }
    assert_eq!(ours.as_ref().ok(), oracle.as_ref(), "{ours:?}");
    assert_eq!(serde_json::from_str::<T>(text).ok(), oracle, "through serde_json");
    assert_eq!(serde_json::from_reader::<_, T>(text.as_bytes()).ok(), oracle, "from a reader");
    let listed: Option<(T,)> = tagged_json::from_str(&format!("[{text}]")).ok();
    if let Some(value) = &oracle {
        assert_eq!(listed.as_ref().map(|(value,)| value), oracle.as_ref(), "in a list");
        let written = tagged_json::to_string(value).expect("it was read");
        assert_eq!(tagged_json::from_str::<T>(&written).ok(), oracle, "{written}");
    }
}

/// Whether `serde_json` takes the text as JSON.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Beyond this `serde_json` gives up in places that differ between one pass and two.
pub fn is_deep(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > 100
}
