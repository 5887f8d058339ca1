//! Documentation: which examples rustdoc finds in it.

use proc_macro2::LineColumn;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use syn::parse::ParseStream;
use syn::{LitStr, Token, parenthesized};

use super::cfg::Cfg;

/// A part of an item's documentation.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) when: Cfg,
    pub(super) what: What,
}

/// What it says.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    /// A comment, from this line on.
    Comment(String, u32),
    /// `#[doc = "..."]`, from this line on.
    Text(String, u32),
    /// `#[doc = include_str!("...")]`.
    Include(String, u32),
    /// Another macro's.
    Made(u32),
}

impl What {
    /// The line where it begins.
    pub(super) fn line(&self) -> u32 {
        match self {
            Self::Comment(_, line)
            | Self::Text(_, line)
            | Self::Include(_, line)
            | Self::Made(line) => *line,
        }
    }

    /// What stands behind `doc =` in an attribute that begins there.
    pub(super) fn parse(content: ParseStream<'_>, begin: LineColumn) -> syn::Result<Self> {
        let line = u32::try_from(begin.line).unwrap_or(u32::MAX);
        if content.peek(LitStr) {
            let text = content.parse::<LitStr>()?;
            // All tokens that a comment is read as stand where it does.
            let comment = text.span().start() == begin;
            let text = text.value();
            return Ok(if comment { Self::Comment(text, line) } else { Self::Text(text, line) });
        }
        let include =
            content.peek(syn::Ident) && content.fork().to_string().starts_with("include_str");
        if include {
            content.parse::<syn::Ident>()?;
            content.parse::<Token![!]>()?;
            let inside;
            parenthesized!(inside in content);
            if inside.peek(LitStr) {
                return Ok(Self::Include(inside.parse::<LitStr>()?.value(), line));
            }
            inside.parse::<proc_macro2::TokenStream>()?;
        }
        Ok(Self::Made(line))
    }
}

/// The examples of an item's documentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Examples {
    /// The line of each, or the file that it is included from, in order.
    pub(super) at: Vec<At>,
    /// Whether there may be others.
    pub(super) made: bool,
}

/// Where examples stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum At {
    Line(u32),
    /// All those of a file, included on this line.
    File(String, u32),
}

/// The examples of one item's documentation.
pub(super) fn examples(pieces: &[&Piece]) -> Examples {
    let mut found = Examples::default();
    let mut lines = Vec::new();
    let include = |lines: &mut Vec<Line>, found: &mut Examples| {
        let (at, open) = of_lines(&std::mem::take(lines));
        found.at.extend(at.into_iter().map(At::Line));
        // What is included in the midst of an example is a part of it.
        found.made |= open;
    };
    let mixed = pieces.iter().any(|piece| matches!(piece.what, What::Comment(..)))
        && pieces.iter().any(|piece| matches!(piece.what, What::Text(..)));
    for piece in pieces {
        match &piece.what {
            What::Comment(text, line) => lines.extend(comment(text, *line)),
            What::Text(text, line) => lines.extend(numbered(text, *line).map(|(text, number)| {
                // rustdoc's own allowance for the blank behind `///`.
                Line { text: if mixed { format!(" {text}") } else { text.to_owned() }, number }
            })),
            What::Include(path, line) => {
                include(&mut lines, &mut found);
                found.at.push(At::File(path.clone(), *line));
            }
            What::Made(_) => found.made = true,
        }
    }
    let (at, _) = of_lines(&lines);
    found.at.extend(at.into_iter().map(At::Line));
    found
}

/// The lines on which the examples of a file of Markdown begin.
pub(super) fn of_markdown(text: &str) -> Vec<u32> {
    let line = |(text, number): (&str, u32)| Line { text: text.to_owned(), number };
    of_lines(&numbered(text, 1).map(line).collect::<Vec<_>>()).0
}

struct Line {
    text: String,
    number: u32,
}

fn numbered(text: &str, first: u32) -> impl Iterator<Item = (&str, u32)> {
    text.split('\n').zip(first..)
}

/// A comment's lines, without the stars of `/** */`.
fn comment(text: &str, first: u32) -> Vec<Line> {
    let starred = text.contains('\n')
        && text.split('\n').skip(1).all(|line| {
            let line = line.trim_start();
            line.is_empty() || line.starts_with('*')
        });
    let plain = |(line, number): (&str, u32)| {
        let star = if starred { line.trim_start().strip_prefix('*') } else { None };
        Line { text: star.unwrap_or(line).to_owned(), number }
    };
    numbered(text, first).map(plain).collect()
}

/// The lines on which examples begin, and whether the last block is not closed.
fn of_lines(lines: &[Line]) -> (Vec<u32>, bool) {
    let is_code = |line: &Line| {
        line.text.contains("```")
            || line.text.contains("~~~")
            || line.text.starts_with("    ")
            || line.text.contains('\t')
    };
    if !lines.iter().any(is_code) {
        return (Vec::new(), false);
    }
    let blanks = |line: &Line| line.text.len() - line.text.trim_start().len();
    let filled = lines.iter().filter(|line| !line.text.trim().is_empty());
    let least = filled.map(blanks).min().unwrap_or(0);
    let mut text = String::new();
    let mut starts = Vec::new();
    for line in lines {
        starts.push(text.len());
        text.push_str(line.text.get(least..).unwrap_or_default());
        text.push('\n');
    }
    let mut found = Vec::new();
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let mut open = false;
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        let Event::Start(Tag::CodeBlock(kind)) = event else { continue };
        let fenced = matches!(kind, CodeBlockKind::Fenced(_));
        open = fenced && range.end >= text.trim_end().len() && !is_closed(&text[range.clone()]);
        let is_rust = match kind {
            CodeBlockKind::Indented => true,
            CodeBlockKind::Fenced(language) => is_rust(&language),
        };
        if is_rust {
            let at = starts.partition_point(|start| *start <= range.start) - 1;
            found.push(lines[at].number);
        }
    }
    (found, open)
}

fn is_closed(block: &str) -> bool {
    let mut lines = block.trim_end().lines();
    let fence =
        |line: &str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
    lines.next().is_some_and(fence) && lines.next_back().is_some_and(fence)
}

/// Whether rustdoc takes a block with these words for Rust.
fn is_rust(words: &str) -> bool {
    let (mut rust, mut other) = (false, false);
    let words = words.split(|c: char| c == ',' || c.is_whitespace());
    for word in words.filter(|word| !word.is_empty()) {
        let is_code = word.len() == 5
            && word.starts_with('E')
            && word[1..].bytes().all(|byte| byte.is_ascii_digit());
        match word {
            "rust" => rust = true,
            "custom" => other = true,
            "should_panic" | "no_run" | "ignore" | "test_harness" | "standalone_crate" => {
                rust |= !other;
            }
            "compile_fail" => rust |= !other,
            _ if word.starts_with("ignore-") || word.starts_with("edition") => rust |= !other,
            _ if is_code => rust |= !other,
            // `{.class}`
            _ if word.starts_with('{') || word.ends_with('}') => {}
            _ => other = true,
        }
    }
    rust || !other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[u32]) {
        assert_eq!(of_markdown(text), expect, "{text}");
    }

    #[test]
    fn blocks_that_are_rust() {
        check("```\n1;\n```\ntext\n\n    2;\n\n- a\n\n  ~~~ignore,E0308\n  ~~~\n", &[1, 6, 10]);
        check("```text\n```\n```rust,text\n```\n```no_run should_panic\n```\n```sh\n", &[3, 5]);
        check("```edition2021,compile_fail\n```\n``inline``\n", &[1]);
        check("<!--\n```\n```\n-->\n\n> ```\n> ```\n", &[6]);
    }

    fn piece(what: What) -> Piece {
        Piece { when: Cfg::ALWAYS, what }
    }

    #[test]
    fn comments_of_all_kinds() {
        let pieces = [
            piece(What::Comment(" ```".to_owned(), 1)),
            piece(What::Comment(" 1;".to_owned(), 2)),
            piece(What::Comment(" ```".to_owned(), 3)),
            piece(What::Text("\n```\n2;\n```".to_owned(), 5)),
            piece(What::Comment("\n * ```\n * 3;\n * ```\n ".to_owned(), 9)),
            piece(What::Include("a.md".to_owned(), 14)),
        ];
        let found = examples(&pieces.iter().collect::<Vec<_>>());
        let at = [At::Line(1), At::Line(6), At::Line(10), At::File("a.md".to_owned(), 14)];
        assert_eq!(found, Examples { at: at.into(), made: false });
    }

    #[test]
    fn a_file_inside_of_an_example() {
        let pieces = [
            piece(What::Text("```".to_owned(), 1)),
            piece(What::Include("a.rs".to_owned(), 2)),
            piece(What::Text("```".to_owned(), 3)),
        ];
        assert!(examples(&pieces.iter().collect::<Vec<_>>()).made);
    }
}
