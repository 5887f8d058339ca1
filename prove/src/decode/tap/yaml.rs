//! The YAML block under a point: kept in bounds, and read for the few things
//! that a report needs. It is data for people: what is odd in it stays text.

use super::super::Capture;

/// A block that has begun and not ended.
#[derive(Debug)]
pub(super) struct Block {
    /// How many spaces stand before each of its lines.
    pub(super) indent: usize,
    /// The subtest depth of its point.
    pub(super) depth: usize,
    text: Capture,
}

/// What became of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is part of the block.
    Inside,
    /// It ends the block.
    End,
    /// It cannot be part of it: the block is none.
    Broken,
}

impl Block {
    /// A block whose `---` was seen.
    pub(super) fn new(indent: usize, depth: usize) -> Self {
        Self { indent, depth, text: Capture::default() }
    }

    /// Takes the next line of the stream.
    pub(super) fn line(&mut self, line: &[u8]) -> Step {
        let spaces = line.iter().take_while(|&&byte| byte == b' ').count();
        if spaces < self.indent && !line.trim_ascii().is_empty() {
            return Step::Broken;
        }
        let text = &line[spaces.min(self.indent)..];
        if text.trim_ascii_end() == b"..." {
            return Step::End;
        }
        self.text.push(text);
        self.text.push(b"\n");
        Step::Inside
    }

    /// What it says.
    pub(super) fn facts(&self) -> Facts {
        Facts::read(&self.text.text())
    }

    /// The block as it was printed.
    pub(super) fn printed(&self) -> String {
        let pad = " ".repeat(self.indent);
        let mut text = format!("{pad}---\n");
        for line in self.text.text().lines() {
            text.push_str(&pad);
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// What a block says of its point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// All of it.
    pub(super) text: String,
    /// `message`, and its further lines.
    pub(super) message: Option<String>,
    /// `file`, at the top or under `at`.
    pub(super) file: Option<String>,
    /// `line`, likewise.
    pub(super) line: Option<u32>,
    /// `duration_ms`, in seconds.
    pub(super) seconds: Option<f64>,
}

impl Facts {
    fn read(text: &str) -> Self {
        let mut facts = Self { text: text.trim_end().to_owned(), ..Self::default() };
        let mut lines = text.lines().peekable();
        let mut key = "";
        while let Some(line) = lines.next() {
            let nested = line.starts_with(' ');
            let Some((name, value)) = line.split_once(':') else { continue };
            let (name, value) = (name.trim(), value.trim());
            if !nested {
                key = name;
            }
            if matches!(key, "message" | "error")
                && matches!(value.trim_end_matches(['-', '+']), "|" | ">")
            {
                let mut block = Vec::new();
                while let Some(line) =
                    lines.next_if(|line| line.starts_with(' ') || line.is_empty())
                {
                    block.push(line.trim());
                }
                facts.take(key, block.join("\n").trim());
            } else if !nested || key == "at" || key == "location" {
                facts.take(name, value);
            }
        }
        facts
    }

    fn take(&mut self, name: &str, value: &str) {
        let text = unquote(value);
        match name {
            "message" => self.message = Some(text),
            // Node's word for it.
            "error" => drop(self.message.get_or_insert(text)),
            "file" | "fileName" => self.file = Some(text),
            "line" | "lineNumber" => self.line = text.parse().ok(),
            "duration_ms" => self.seconds = text.parse().ok().map(|ms: f64| ms / 1000.0),
            "at" | "location" => self.take_place(&text),
            _ => {}
        }
    }

    /// `FILE:LINE:COLUMN`, also in parentheses behind the name of a function;
    /// or `{file: FILE, line: LINE}`.
    fn take_place(&mut self, text: &str) {
        if let Some(inline) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            for (name, value) in inline.split(',').filter_map(|pair| pair.split_once(':')) {
                self.take(unquote(name).as_str(), value.trim());
            }
            return;
        }
        let place = text.rsplit_once('(').map_or(text, |(_, place)| place.trim_end_matches(')'));
        let numbers: Vec<_> = place.rsplitn(3, ':').collect();
        let (file, line) = match numbers.as_slice() {
            [_, line, file] if line.parse::<u32>().is_ok() => (*file, *line),
            [line, rest @ ..] if !rest.is_empty() => {
                (&place[..place.len() - line.len() - 1], *line)
            }
            _ => return,
        };
        if let Ok(line) = line.parse() {
            self.file = Some(file.to_owned());
            self.line = Some(line);
        }
    }
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    let inside = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    match (inside('"'), inside('\'')) {
        (Some(text), _) => text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"),
        (_, Some(text)) => text.replace("''", "'"),
        (None, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, message: Option<&str>, place: Option<(&str, u32)>) {
        let facts = Facts::read(text);
        assert_eq!(facts.message.as_deref(), message, "{text}");
        assert_eq!(facts.file.as_deref().zip(facts.line), place, "{text}");
    }

    #[test]
    fn what_a_report_needs() {
        let nested =
            "message: \"no \\\"peebles\\\"\"\nat:\n  file: test/dns.c\n  line: 142\nfound: x\n";
        check(nested, Some("no \"peebles\""), Some(("test/dns.c", 142)));
        check("file: 'it''s.t'\nline: 3\n", None, Some(("it's.t", 3)));
        check("at: {file: a.sh, line: 4}\n", None, Some(("a.sh", 4)));
        check("at: Test.<anonymous> (/w/x.js:5:7)\n", None, Some(("/w/x.js", 5)));
        check("location: '/w/x.js:5:7'\n", None, Some(("/w/x.js", 5)));
        check("at: x.py:12\n", None, Some(("x.py", 12)));
        check("message: |-\n  two\n  lines\nline: 2", Some("two\nlines"), None);
        check("error: |-\n  two\n  lines\nstack: |-\n  at: x", Some("two\nlines"), None);
        check("found:\n  message: not mine\n  line: 3\n", None, None);
        check("sea turtle\n\t: :\nat:\n", None, None);
        assert_eq!(Facts::read("duration_ms: 250\n").seconds, Some(0.25));
    }

    #[test]
    fn a_block_ends_or_is_none() {
        let mut block = Block::new(2, 0);
        assert_eq!(block.line(b"  a: b"), Step::Inside);
        assert_eq!(block.line(b""), Step::Inside);
        assert_eq!(block.line(b"    ..."), Step::Inside);
        assert_eq!(block.line(b"ok 2"), Step::Broken);
        assert_eq!(block.printed(), "  ---\n  a: b\n  \n    ...\n");
        assert_eq!(block.line(b"  ..."), Step::End);
    }
}
