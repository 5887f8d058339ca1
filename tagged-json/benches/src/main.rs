//! What it costs not to know the type beforehand: `cargo run --release` in this folder.
//!
//! Every row decodes the same messages in the same run, in turns; the least of all rounds counts,
//! chunk by chunk. The bound decodes the same whole message with `serde_json` into a type known
//! beforehand. Allocations are counted in a pass of their own.

mod alloc;
mod messages;

use std::hint::black_box;
use std::time::{Duration, Instant};

use messages::{BoxedAdjacent, BoxedFlat, KINDS, Known, borrowed, owned};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Messages, each with its kind.
type Set = Vec<(usize, String)>;
type Row<'r> = (&'r str, Box<dyn Fn(&(usize, String)) + 'r>);

macro_rules! by_kind {
    ($kind:expr, $module:ident, |$ty:ident| $body:expr) => {
        match $kind {
            0 => {
        type $ty<'a> = $module!(Sound 'a);
                $body
            }
            1 => {
                type $ty<'a> = $module!(Cowbell);
                $body
            }
            2 => {
        type $ty<'a> = $module!(Trade 'a);
                $body
            }
            3 => {
        type $ty<'a> = $module!(Log 'a);
                $body
            }
            4 => {
        type $ty<'a> = $module!(User 'a);
                $body
            }
            5 => {
                type $ty<'a> = $module!(Point);
                $body
            }
            6 => {
        type $ty<'a> = $module!(Order 'a);
                $body
            }
            _ => {
                type $ty<'a> = $module!(Beat);
                $body
            }
        }
    };
}
macro_rules! own {
    ($kind:ident $($life:lifetime)?) => {
        owned::$kind
    };
}
macro_rules! lend { (Cowbell) => { borrowed::Cowbell }; (Point) => { borrowed::Point }; (Beat) => { borrowed::Beat }; ($kind:ident $life:lifetime) => { borrowed::$kind<$life> } }

fn read<'a, T: Deserialize<'a>>(text: &'a str) {
    black_box(serde_json::from_str::<T>(text).expect("a message"));
}

fn ours<'a, T: Deserialize<'a>>(text: &'a str) {
    black_box(tagged_json::from_str::<T>(text).expect("a message"));
}

fn sonic<'a, T: Deserialize<'a>>(text: &'a str) {
    black_box(sonic_rs::from_str::<T>(text).expect("a message"));
}

fn simd<T: serde::de::DeserializeOwned>(text: &str) {
    thread_local! { static BUFFER: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) }; }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        buffer.extend_from_slice(text.as_bytes());
        black_box(simd_json::from_slice::<T>(buffer).expect("a message"));
    });
}

#[derive(Deserialize)]
struct TwoStep<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    msg: &'a RawValue,
}

#[derive(Deserialize)]
struct TagOnly<'a> {
    r#type: &'a str,
}

fn index(tag: &str) -> usize {
    KINDS.iter().position(|kind| *kind == tag).expect("a kind")
}

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(25);
    let only = std::env::args().nth(2).unwrap_or_default();
    for (size, count, label) in [(1, 10_000, "170 B"), (110, 300, "19 KB")] {
        let contents: Set = (0..count).map(|seed| messages::content(seed + 1, size)).collect();
        let bytes: usize = contents.iter().map(|(_, text)| text.len()).sum();
        println!("\n# {count} messages, content {} B on average ({label})", bytes / contents.len());
        let make = |form: &dyn Fn(&str, &str) -> String| -> Set {
            contents.iter().map(|(kind, text)| (*kind, form(KINDS[*kind], text))).collect()
        };
        let first = make(&|tag, text| format!(r#"{{"type":"{tag}","msg":{text}}}"#));
        let last = make(&|tag, text| format!(r#"{{"msg":{text},"type":"{tag}"}}"#));
        let flat_first = make(&|tag, text| format!(r#"{{"type":"{tag}",{}"#, &text[1..]));
        let flat_last =
            make(&|tag, text| format!(r#"{},"type":"{tag}"}}"#, &text[..text.len() - 1]));
        let array = make(&|tag, text| format!(r#"["{tag}",{text}]"#));
        for (set, order) in [(&first, "first"), (&last, "last")] {
            let title = format!("adjacent, tag {order}, {label}");
            if title.contains(&only) {
                table(&title, set, rounds, adjacent_owned());
                table(&format!("{title}, borrowed"), set, rounds, adjacent_borrowed());
            }
        }
        for (set, order) in [(&flat_first, "first"), (&flat_last, "last")] {
            let title = format!("flat, tag {order}, {label}");
            if title.contains(&only) {
                table(&title, set, rounds, flat_owned());
                table(&format!("{title}, borrowed"), set, rounds, flat_borrowed());
            }
        }
        let title = format!("array [tag, content], {label}");
        if title.contains(&only) {
            table(&title, &array, rounds, headed());
        }
        for (set, form) in [
            (&first, "adjacent, tag first"),
            (&last, "adjacent, tag last"),
            (&flat_first, "flat, tag first"),
            (&flat_last, "flat, tag last"),
        ] {
            let title = format!("nested: Vec of 20 in a struct, {form}, {label}");
            if title.contains(&only) {
                let listed = set.chunks(20).map(|some| {
                    let texts: Vec<&str> = some.iter().map(|(_, text)| text.as_str()).collect();
                    (0, format!(r#"{{"id":1,"list":[{}]}}"#, texts.join(",")))
                });
                table(
                    &title,
                    &listed.collect(),
                    rounds,
                    if form.starts_with("flat") { nested_flat() } else { nested_adjacent() },
                );
            }
        }
    }
    arrays(rounds, &only);
}

fn adjacent_owned<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "bound: struct { type: IgnoredAny, msg: T }",
            Box::new(|(kind, text)| by_kind!(*kind, own, |T| read::<Known<T>>(text))),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<owned::OurAdjacent>(text))),
        (
            "the same type through serde_json",
            Box::new(|(_, text)| read::<owned::OurAdjacent>(text)),
        ),
        ("serde adjacently tagged", Box::new(|(_, text)| read::<owned::SerdeAdjacent>(text))),
        (
            "two steps with &RawValue",
            Box::new(|(_, text)| {
                let envelope: TwoStep<'_> = serde_json::from_str(text).expect("an envelope");
                by_kind!(index(envelope.r#type), own, |T| read::<T>(envelope.msg.get()));
            }),
        ),
        (
            "serde_json::Value, then from_value",
            Box::new(|(_, text)| {
                let mut value: serde_json::Value = serde_json::from_str(text).expect("JSON");
                let content = value["msg"].take();
                by_kind!(index(value["type"].as_str().expect("a tag")), own, |T| {
                    black_box(serde_json::from_value::<T>(content).expect("content"));
                });
            }),
        ),
        ("typetag", Box::new(|(_, text)| read::<Box<dyn BoxedAdjacent>>(text))),
        (
            "sonic-rs, serde adjacently tagged",
            Box::new(|(_, text)| sonic::<owned::SerdeAdjacent>(text)),
        ),
        (
            "simd-json, serde adjacently tagged",
            Box::new(|(_, text)| simd::<owned::SerdeAdjacent>(text)),
        ),
    ]
}

fn adjacent_borrowed<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "bound: struct { type: IgnoredAny, msg: T<'_> }",
            Box::new(|(kind, text)| by_kind!(*kind, lend, |T| read::<Known<T<'_>>>(text))),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<borrowed::OurAdjacent<'_>>(text))),
        (
            "serde adjacently tagged",
            Box::new(|(_, text)| read::<borrowed::SerdeAdjacent<'_>>(text)),
        ),
    ]
}

fn flat_owned<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "bound: T, which ignores the tag",
            Box::new(|(kind, text)| by_kind!(*kind, own, |T| read::<T>(text))),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<owned::OurFlat>(text))),
        ("the same type through serde_json", Box::new(|(_, text)| read::<owned::OurFlat>(text))),
        ("serde internally tagged", Box::new(|(_, text)| read::<owned::SerdeFlat>(text))),
        (
            "two steps: the tag alone, then T",
            Box::new(|(_, text)| {
                let tag: TagOnly<'_> = serde_json::from_str(text).expect("an envelope");
                by_kind!(index(tag.r#type), own, |T| read::<T>(text));
            }),
        ),
        (
            "serde_json::Value, then from_value",
            Box::new(|(_, text)| {
                let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
                by_kind!(index(value["type"].as_str().expect("a tag")), own, |T| {
                    black_box(serde_json::from_value::<T>(value).expect("content"));
                });
            }),
        ),
        ("typetag", Box::new(|(_, text)| read::<Box<dyn BoxedFlat>>(text))),
        (
            "sonic-rs, serde internally tagged",
            Box::new(|(_, text)| sonic::<owned::SerdeFlat>(text)),
        ),
        (
            "simd-json, serde internally tagged",
            Box::new(|(_, text)| simd::<owned::SerdeFlat>(text)),
        ),
    ]
}

fn flat_borrowed<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "bound: T<'_>, which ignores the tag",
            Box::new(|(kind, text)| by_kind!(*kind, lend, |T| read::<T<'_>>(text))),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<borrowed::OurFlat<'_>>(text))),
        ("serde internally tagged", Box::new(|(_, text)| read::<borrowed::SerdeFlat<'_>>(text))),
    ]
}

fn headed<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "bound: (IgnoredAny, T)",
            Box::new(|(kind, text)| {
                by_kind!(*kind, own, |T| read::<(serde::de::IgnoredAny, T)>(text))
            }),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<owned::OurArray>(text))),
        ("serde adjacently tagged", Box::new(|(_, text)| read::<owned::SerdeAdjacent>(text))),
        (
            "two steps: (&str, &RawValue)",
            Box::new(|(_, text)| {
                let (tag, content): (&str, &RawValue) =
                    serde_json::from_str(text).expect("an envelope");
                by_kind!(index(tag), own, |T| read::<T>(content.get()));
            }),
        ),
    ]
}

#[derive(Deserialize)]
struct Nested<T> {
    #[serde(rename = "id")]
    _id: u64,
    #[serde(rename = "list")]
    _list: Vec<T>,
}

fn nested_adjacent<'r>() -> Vec<Row<'r>> {
    vec![
        (
            "serde adjacently tagged",
            Box::new(|(_, text)| read::<Nested<owned::SerdeAdjacent>>(text)),
        ),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<Nested<owned::OurAdjacent>>(text))),
        (
            "the same types through serde_json",
            Box::new(|(_, text)| read::<Nested<owned::OurAdjacent>>(text)),
        ),
    ]
}

fn nested_flat<'r>() -> Vec<Row<'r>> {
    vec![
        ("serde internally tagged", Box::new(|(_, text)| read::<Nested<owned::SerdeFlat>>(text))),
        ("tagged_json::from_str", Box::new(|(_, text)| ours::<Nested<owned::OurFlat>>(text))),
        (
            "the same types through serde_json",
            Box::new(|(_, text)| read::<Nested<owned::OurFlat>>(text)),
        ),
    ]
}

macro_rules! rows {
    ($($module:ident: $derive:path),*) => {$(
        mod $module {
            #[derive($derive)]
            #[allow(dead_code, reason = "serde reads without writing")]
            pub struct Notification { message: String, priority: u8, critical: bool }
            #[derive($derive)]
            #[allow(dead_code, reason = "serde reads without writing")]
            pub struct Order { id: u64, symbol: String, price: f64, amount: f64, side: String, kind: String, created: u64, updated: u64, active: bool, note: Option<String> }
        }
    )*};
}
rows! { ours_row: tagged_json::Array, serde_row: serde::Deserialize }

fn arrays(rounds: usize, only: &str) {
    let small = (0..10_000)
        .map(|n| (0, format!(r#"["Hello world {n}", {}, {}]"#, n % 256, n % 2 == 0)))
        .collect();
    let large = (0..10_000).map(|n| {
        (
            0,
            format!(
                r#"[{n},"tBTCUSD",{}.5,-0.25,"buy","limit",170000{n},170001{n},true,{}]"#,
                n % 977,
                if n % 3 == 0 { "\"note\"" } else { "null" }
            ),
        )
    });
    if "array of 3 fields".contains(only) {
        table(
            "array of 3 fields",
            &small,
            rounds,
            vec![
                (
                    "bound: serde's derived struct",
                    Box::new(|(_, text)| read::<serde_row::Notification>(text)),
                ),
                (
                    "tagged_json::from_str",
                    Box::new(|(_, text)| ours::<ours_row::Notification>(text)),
                ),
                (
                    "the same type through serde_json",
                    Box::new(|(_, text)| read::<ours_row::Notification>(text)),
                ),
                ("plain tuple", Box::new(|(_, text)| read::<(String, u8, bool)>(text))),
            ],
        );
    }
    if "array of 10 fields".contains(only) {
        table(
            "array of 10 fields",
            &large.collect(),
            rounds,
            vec![
                (
                    "bound: serde's derived struct",
                    Box::new(|(_, text)| read::<serde_row::Order>(text)),
                ),
                ("tagged_json::from_str", Box::new(|(_, text)| ours::<ours_row::Order>(text))),
                (
                    "the same type through serde_json",
                    Box::new(|(_, text)| read::<ours_row::Order>(text)),
                ),
            ],
        );
    }
}

fn table(title: &str, set: &Set, rounds: usize, rows: Vec<Row<'_>>) {
    let chunks: Vec<&[(usize, String)]> = set.chunks(set.len().div_ceil(100)).collect();
    let mut least = vec![vec![Duration::MAX; chunks.len()]; rows.len()];
    for round in 0..rounds {
        for (at, chunk) in chunks.iter().enumerate() {
            // Whoever comes first finds the messages out of the cache: all take turns in that.
            for turn in 0..rows.len() {
                let row = (turn + round) % rows.len();
                let work = &rows[row].1;
                let start = Instant::now();
                chunk.iter().for_each(work);
                least[row][at] = least[row][at].min(start.elapsed());
            }
        }
    }
    println!(
        "\n## {title}\n\n| decoder | ns/message | ratio | allocations | bytes |\n|---|---|---|---|---|"
    );
    let bound: Duration = least[0].iter().sum();
    for ((name, work), least) in rows.iter().zip(&least) {
        let total: Duration = least.iter().sum();
        let (count, bytes) = alloc::counted(|| set.iter().for_each(work));
        let each = |number: u64| number as f64 / set.len() as f64;
        println!(
            "| {name} | {:.0} | {:.3} | {:.2} | {:.0} |",
            total.as_nanos() as f64 / set.len() as f64,
            total.as_secs_f64() / bound.as_secs_f64(),
            each(count),
            each(bytes),
        );
    }
}
