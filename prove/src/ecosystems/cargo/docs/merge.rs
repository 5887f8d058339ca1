//! Which examples can be built into one program, and how each stands in it.

use super::extract::Example;

/// Text that means something else in a program with other examples, or that
/// reaches beyond its own module. An example with it is built on its own.
const ALONE: &[&str] = &[
    "$crate",
    "#[ctor",
    "#[link",
    "crate::",
    "current_exe",
    "export_name",
    "file!()",
    "global_allocator",
    "global_asm!",
    "include!",
    "include_bytes!",
    "include_str!",
    "inventory::",
    "linkme",
    "macro_export",
    "module_path!",
    "no_main",
    "no_mangle",
    "panic_handler",
];

/// Attributes of a crate that say the same of a module.
const LINTS: &[&str] = &["allow", "warn", "deny", "forbid", "expect"];

/// Attributes that hold for a whole program; examples with the same go together.
const SHARED: &[&str] = &["feature", "recursion_limit", "type_length_limit"];

/// What examples of one program have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) edition: String,
    /// What stands at the program's root.
    pub(super) root: Vec<String>,
}

/// An example as it stands in a program with others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// Its place in the list of examples.
    pub(super) index: usize,
    /// The file that it stands in.
    pub(super) file: String,
    /// The line before its first line of code, where its module begins.
    pub(super) start: usize,
    /// The line on which its module ends: that of the closing fence.
    pub(super) end: usize,
    /// What opens its module: attributes, crates, `fn main`.
    pub(super) before: String,
    /// Its code, and what closes `main`.
    pub(super) body: String,
    /// Whether it runs.
    pub(super) runs: bool,
}

/// How an example stands in a program with others; `None` if it cannot.
pub(super) fn part(index: usize, example: &Example, edition: &str) -> Option<(Group, Part)> {
    let attributes = &example.attributes;
    if attributes.compile_fail || attributes.test_harness || attributes.standalone_crate {
        return None;
    }
    let text = &example.original_code;
    if ALONE.iter().any(|word| text.contains(word)) || example.file.contains(['=', '\n']) {
        return None;
    }
    let code = example.code.as_ref()?;
    let Level { shared: mut root, mut own } = level(&code.crate_level)?;
    let edition = example.edition(edition).to_owned();
    if edition == "2015" {
        // Paths of `use` begin at the program's root there.
        root.extend(own.iter().filter(|line| line.starts_with("extern crate")).cloned());
    }
    root.sort();
    root.dedup();
    let start = example.first_line().checked_sub(1).filter(|&line| line > 0)?;
    // The last line of code may be a comment.
    let (before, after) =
        code.wrapper.as_ref().map_or(("", "\n"), |wrapper| (&*wrapper.before, &*wrapper.after));
    own.push(before.trim_end().to_owned());
    let body = format!("{}{after}", code.rest);
    let before = own.join(" ");
    if before.contains('\n') {
        return None;
    }
    let part = Part {
        index,
        file: example.file.clone(),
        start,
        end: start + 1 + code.rest.lines().count(),
        before,
        body,
        runs: !example.is_only_compiled(),
    };
    Some((Group { edition, root }, part))
}

/// What stands at an example's crate level.
#[derive(Debug, Default, PartialEq)]
struct Level {
    /// For the program's root.
    shared: Vec<String>,
    /// For its module.
    own: Vec<String>,
}

/// Parts the crate level, of which each line is an item of its own in all but
/// odd cases; those are built on their own.
fn level(text: &str) -> Option<Level> {
    let mut level = Level::default();
    let mut macros = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = line.strip_prefix("#[macro_use] ").map_or(line, |rest| {
            macros = true;
            rest
        });
        if line == "#[macro_use]" {
            macros = true;
        } else if let Some(name) = inner_attribute(line) {
            if LINTS.contains(&name) {
                level.own.push(line.to_owned());
            } else if SHARED.contains(&name) {
                level.shared.push(line.to_owned());
            } else {
                return None;
            }
        } else if line == "#[allow(unused_extern_crates)]" {
            level.own.push(line.to_owned());
        } else if is_extern_crate(line) {
            if std::mem::take(&mut macros) {
                level.shared.push(format!("#[macro_use] {line}"));
            } else {
                level.own.push(line.to_owned());
            }
        } else {
            return None;
        }
    }
    (!macros).then_some(level)
}

/// `NAME` in `#![NAME...]`, if that is all there is.
fn inner_attribute(line: &str) -> Option<&str> {
    let inside = line.strip_prefix("#![")?.strip_suffix(']')?;
    let name = inside.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (!inside.contains("#![") && !line.contains("//")).then_some(name)
}

fn is_extern_crate(line: &str) -> bool {
    line.starts_with("extern crate ") && line.ends_with(';') && line.matches(';').count() == 1
}

impl Example {
    /// The line of the first line of its code: behind what was hoisted to the
    /// crate's level, and behind blank lines.
    pub(super) fn first_line(&self) -> usize {
        let hoisted = self.code.as_ref().and_then(|code| {
            let first = code.rest.lines().find(|line| !line.trim().is_empty())?;
            let at =
                self.original_code.find(&code.rest).or_else(|| self.original_code.find(first))?;
            Some(self.original_code[..at].matches('\n').count())
        });
        self.line + 1 + hoisted.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::examples;
    use super::*;

    const RECORDED: &str = include_str!("../../../../../tests/streams/cargo/doctests.json");

    #[track_caller]
    fn check(line: usize, expect: Option<(&str, &[&str], usize, usize, &str)>) {
        let examples = examples(RECORDED).unwrap();
        let example = examples.iter().find(|example| example.line == line).unwrap();
        let found = part(7, example, "2021");
        let shown = found.as_ref().map(|(group, part)| {
            let root: Vec<&str> = group.root.iter().map(String::as_str).collect();
            (group.edition.as_str(), root, part.start, part.end, part.before.as_str())
        });
        let expect = expect.map(|(edition, root, start, end, before)| {
            (edition, root.to_vec(), start, end, before)
        });
        assert_eq!(shown, expect);
    }

    #[test]
    fn a_module_spans_the_fences() {
        let own = "#![allow(unused)] #[allow(unused_extern_crates)] extern crate r#probe; ";
        check(3, Some(("2021", &[], 3, 5, &format!("{own}fn main() {{"))));
        check(7, Some(("2021", &[], 7, 9, "#![allow(unused)] fn main() {")));
        check(34, Some(("2018", &[], 34, 36, "#![allow(unused)] fn main() {")));
    }

    #[test]
    fn what_is_hoisted_does_not_move_the_code() {
        let before = "#![allow(unused)] #![allow(dead_code)] ";
        check(40, Some(("2021", &["#[macro_use] extern crate probe;"], 44, 48, before)));
        check(50, Some(("2021", &["#![feature(test)]"], 51, 53, "#![allow(unused)] ")));
    }

    #[test]
    fn what_goes_alone() {
        check(24, None); // compile_fail
        check(37, None); // standalone_crate
        assert_eq!(level("#![no_std]\n"), None);
        assert_eq!(level("#![allow(unused)] #![feature(x)]\n"), None);
        assert_eq!(level("#![allow(\nunused)]\n"), None);
        assert_eq!(level("#[macro_use(a)]\nextern crate b;\n"), None);
    }
}
