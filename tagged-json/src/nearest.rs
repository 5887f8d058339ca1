//! The known tag that was probably meant.

use crate::routed::PAIR;
use crate::tag::{Literal, Tag};

/// More names than this in a message help nobody.
const LISTED: usize = 8;

/// The nearest known string tag, if it is near enough to be a slip.
pub(crate) fn nearest(tag: &Tag<'_>, known: &[Literal]) -> Option<&'static str> {
    let names = known.iter().filter_map(|literal| match literal {
        // A pair cannot be suggested as one string.
        Literal::Str(name) if name.contains(PAIR) => None,
        Literal::Str(name) => Some(*name),
        Literal::Int(_) | Literal::Bool(_) => None,
    });
    nearest_name(tag.as_str()?, names)
}

/// The same among plain names.
pub(crate) fn nearest_name<'n>(
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    let text: String = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let allowed = 1 + text.chars().count() / 4;
    known
        .map(|name| (distance(&text, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The known tags, for the message.
pub(crate) fn list(known: &[Literal]) -> String {
    let shown = |literal: &Literal| match literal {
        Literal::Str(name) => format!("{:?}", name.replace(PAIR, " ")),
        Literal::Int(number) => number.to_string(),
        Literal::Bool(flag) => flag.to_string(),
    };
    let names: Vec<_> = known.iter().take(LISTED).map(shown).collect();
    match known.len() {
        0 => "none, as it has no variants".to_owned(),
        1..=LISTED => names.join(" or "),
        more => format!("{} or {} others", names.join(", "), more - LISTED),
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, a) in left.chars().enumerate() {
        let mut now = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let mut cost =
                (last[column] + usize::from(a != b)).min(last[column + 1] + 1).min(now[column] + 1);
            if column > 0 && previous == Some(b) && a == right[column - 1] {
                cost = cost.min(before_last[column - 1] + 1);
            }
            now.push(cost);
        }
        before_last = std::mem::replace(&mut last, now);
        previous = Some(a);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Literal; 4] =
        [Literal::Str("sound"), Literal::Str("cowbell"), Literal::Str("ok"), Literal::Int(1)];

    #[test]
    fn suggests_slips_only() {
        let check = |tag: &'static str, expected| {
            assert_eq!(nearest(&tag.into(), &KNOWN), expected, "{tag}");
        };
        check("cowbel", Some("cowbell"));
        check("Sound", Some("sound"));
        check("osund", Some("sound"));
        check("zzz", None);
        check("no", None);
        check("", None);
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(list(&KNOWN), r#""sound" or "cowbell" or "ok" or 1"#);
        assert_eq!(list(&[Literal::Int(7); 10]), "7, 7, 7, 7, 7, 7, 7, 7 or 2 others");
    }
}
