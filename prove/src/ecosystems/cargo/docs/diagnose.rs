//! Which examples of a program keep it from compiling.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::source::Place;

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    line_end: usize,
    is_primary: bool,
    /// Where a macro was called that this is in.
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

/// The parts whose lines an error names, given the compiler's JSON, a
/// diagnostic a line. None at all: nobody knows.
pub(super) fn blamed(stderr: &str, places: &[Place]) -> BTreeSet<usize> {
    let mut blamed = BTreeSet::new();
    for line in stderr.lines() {
        let Ok(diagnostic) = tagged_json::from_str::<Diagnostic>(line) else { continue };
        if !diagnostic.level.starts_with("error") {
            continue;
        }
        let named = |primary: bool| {
            let spans = diagnostic.spans.iter().filter(move |span| span.is_primary == primary);
            spans.flat_map(|span| parts(span, places)).collect::<BTreeSet<_>>()
        };
        let primary = named(true);
        blamed.extend(if primary.is_empty() { named(false) } else { primary });
    }
    blamed
}

/// The parts in which a span lies, or the call of the macro that it lies in.
fn parts(span: &Span, places: &[Place]) -> Vec<usize> {
    let mut at = Some(span);
    while let Some(span) = at {
        let inside = |place: &Place| {
            place.file == span.file_name
                && place.start <= span.line_end
                && span.line_start <= place.end
        };
        let found: Vec<usize> = (0..places.len()).filter(|&part| inside(&places[part])).collect();
        if !found.is_empty() {
            return found;
        }
        at = span.expansion.as_ref().map(|expansion| &expansion.span);
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../../../../tests/streams/cargo/examples.rustc.jsonl");

    #[test]
    fn by_lines_and_by_the_callers_of_macros() {
        let place = |file: &str, start, end| Place { file: file.to_owned(), start, end };
        let places = [
            place("src/lib.rs", 5, 8),
            place("src/lib.rs", 9, 12),
            place("src/lib.rs", 20, 23),
            place("src/other.rs", 5, 8),
        ];
        assert_eq!(blamed(RECORDED, &places), BTreeSet::from([0, 2]));
        assert_eq!(blamed("error: linking failed\n", &places), BTreeSet::new());
    }
}
