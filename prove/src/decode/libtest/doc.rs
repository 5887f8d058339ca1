//! How rustdoc names documentation examples, and how we do.

use std::collections::HashMap;

use crate::target::{CaseName, Location};

use super::panic::{self, Reason};
use super::place::place;
use crate::decode::paths::join;

/// The item of examples that stand at the crate's root.
const CRATE: &str = "(crate)";

/// A documentation example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Example {
    /// `ITEM #K`: its item's K-th example, from 1, in the order of lines.
    pub(crate) name: CaseName,
    /// Where it begins.
    pub(crate) location: Option<Location>,
}

/// The examples of a crate under rustdoc's names, `FILE - ITEM (line N)`. A
/// name without a line in it, which numbers survive, replaces each.
pub(crate) fn examples(names: &[CaseName], base: &str) -> Vec<Example> {
    let parsed: Vec<_> = names.iter().map(|name| parse(name)).collect();
    let mut by_item: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (item, ..)) in parsed.iter().enumerate() {
        by_item.entry(item).or_default().push(index);
    }
    let mut rank = vec![0; names.len()];
    for places in by_item.values_mut() {
        places.sort_by_key(|&index| (parsed[index].1, parsed[index].2));
        for (k, &index) in places.iter().enumerate() {
            rank[index] = k + 1;
        }
    }
    let example = |(&(item, file, line), k): (&(&str, Option<&str>, Option<u32>), usize)| Example {
        name: format!("{item} #{k}").into(),
        location: file.map(|file| Location { file: join(base, file), line }),
    };
    parsed.iter().zip(rank).map(example).collect()
}

/// Item, file and line. A name of another form is an item of its own.
fn parse(name: &str) -> (&str, Option<&str>, Option<u32>) {
    let parts = || {
        let (file, rest) = name.split_once(" - ")?;
        let (item, line) = rest.rsplit_once("(line ")?;
        let line = line.split_once(')')?.0.parse().ok()?;
        let item = item.trim_end();
        Some((if item.is_empty() { CRATE } else { item }, Some(file), Some(line)))
    };
    parts().unwrap_or((name, None, None))
}

/// Why an example failed. Where rustdoc compiled it, a panic's place is not the
/// example's (rust-lang/rust#73469), but a compile error's is. Where it is our
/// `own` program, both are.
pub(super) fn reason(output: &str, base: &str, own: bool) -> Reason {
    let error = output.lines().position(|line| line.starts_with("error"));
    if let Some(at) = error {
        let lines: Vec<&str> = output.lines().skip(at).collect();
        let arrow = lines.iter().find_map(|line| line.trim_start().strip_prefix("--> "));
        return Reason {
            message: Some(lines[0].to_owned()),
            location: arrow.and_then(|text| place(text, base)),
        };
    }
    let found = panic::reason(output, "main", base);
    let first = || output.lines().find(|line| !line.is_empty()).map(str::to_owned);
    Reason { message: found.message.or_else(first), location: found.location.filter(|_| own) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_lines_of_an_item() {
        let names = [
            "src/lib.rs - (line 3)",
            "src/lib.rs - add (line 12)",
            "src/lib.rs - add (line 5)",
            "src/parse.rs - parse::Reader<'a>::open (line 4)",
        ];
        let found = examples(&names.map(CaseName::from), "sub");
        let shown: Vec<_> = found
            .iter()
            .map(|example| format!("{} {}", example.name, example.location.as_ref().unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                "(crate) #1 sub/src/lib.rs:3",
                "add #2 sub/src/lib.rs:12",
                "add #1 sub/src/lib.rs:5",
                "parse::Reader<'a>::open #1 sub/src/parse.rs:4",
            ]
        );
    }

    #[test]
    fn a_name_of_another_form_stands_for_itself() {
        let found = examples(&["odd".into(), "odd".into()], "");
        assert_eq!(&*found[1].name, "odd #2");
        assert_eq!(found[0].location, None);
    }
}
