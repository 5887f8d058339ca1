//! The source of a program made of many examples.
//!
//! The examples of one file stand in one file again, each on the lines on
//! which it truly stands, under the file's own name (the compiler's
//! `--remap-path-prefix`). So what the compiler and a panic say of places is
//! true; rustdoc's own are not (rust-lang/rust#73469).

use std::fmt::Write as _;

use super::merge::{Group, Part};

/// The function that runs an example, in its module.
const ENTRY: &str = "pub(crate) fn __prove_entry() -> ::std::process::ExitCode { \
                     ::std::process::Termination::report(main()) }";

/// The program's own part: for each line `INDEX FILE` on stdin it forks, has
/// the child run the example of that number with the file for its output, and
/// answers with the child's status. So each has a process that is as good as
/// new, for a tenth of what starting a program costs; and nothing of this is
/// to be seen in the example's arguments, environment or open files.
const SERVER: &str = r#"
#[allow(warnings)]
fn main() -> ::std::process::ExitCode {
    use ::std::io::{BufRead, Write};
    use ::std::os::fd::AsRawFd;
    $unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
        fn dup2(from: i32, to: i32) -> i32;
    }
    let entries: &[fn() -> ::std::process::ExitCode] = &[$entries];
    let mut line = ::std::string::String::new();
    loop {
        line.clear();
        if ::std::io::stdin().read_line(&mut line).unwrap_or(0) == 0 {
            return ::std::process::ExitCode::SUCCESS;
        }
        let (index, path) = line.trim_end().split_once(' ').unwrap();
        let entry = entries[index.parse::<usize>().unwrap()];
        let child = unsafe { fork() };
        if child == 0 {
            {
                let null = ::std::fs::File::open("/dev/null").unwrap();
                let output = ::std::fs::File::create(path).unwrap();
                unsafe {
                    dup2(null.as_raw_fd(), 0);
                    dup2(output.as_raw_fd(), 1);
                    dup2(output.as_raw_fd(), 2);
                }
            }
            ::std::mem::drop(line);
            return entry();
        }
        let mut status = 0;
        if child < 0 || unsafe { waitpid(child, &mut status, 0) } != child {
            return ::std::process::ExitCode::FAILURE;
        }
        let mut answer = ::std::io::stdout();
        writeln!(answer, "{}", status).unwrap();
        answer.flush().unwrap();
    }
}
"#;

/// A file of a program.
#[derive(Debug, PartialEq)]
pub(super) struct File {
    /// Its name beside the others.
    pub(super) name: String,
    /// The name that the compiler is to show for it.
    pub(super) shown: String,
    pub(super) text: String,
}

/// A program.
#[derive(Debug, PartialEq)]
pub(super) struct Program {
    /// The root comes first.
    pub(super) files: Vec<File>,
    /// The file and lines of each part, in the parts' order.
    pub(super) places: Vec<Place>,
}

/// Where a part stands in a program, as the compiler shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) file: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The name of a program's root.
pub(super) const ROOT: &str = "examples.rs";

/// A program of these parts. Those that run get numbers in their order.
pub(super) fn program(group: &Group, parts: &[Part]) -> Program {
    let mut sheets: Vec<Sheet> = Vec::new();
    let mut places = vec![None; parts.len()];
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| (&parts[at].file, parts[at].start));
    for at in order {
        let part = &parts[at];
        let free =
            sheets.iter().rposition(|sheet| sheet.file == part.file && sheet.line <= part.start);
        let number = free.unwrap_or_else(|| {
            let layer = sheets.iter().filter(|sheet| sheet.file == part.file).count();
            sheets.push(Sheet::new(&part.file, layer));
            sheets.len() - 1
        });
        sheets[number].add(at, part);
        places[at] = Some((number, part.start, part.end));
    }
    let place = |(number, start, end): (usize, usize, usize)| Place {
        file: sheets[number].shown.clone(),
        start,
        end,
    };
    let numbers: Vec<_> = places.iter().flatten().map(|&(number, ..)| number).collect();
    let root = root(group, parts, &numbers, sheets.len());
    let places = places.iter().flatten().map(|&at| place(at)).collect();
    let mut files = vec![File { name: ROOT.to_owned(), shown: ROOT.to_owned(), text: root }];
    files.extend(sheets.into_iter().enumerate().map(|(number, sheet)| File {
        name: format!("file_{number}.rs"),
        shown: sheet.shown,
        text: sheet.text,
    }));
    Program { files, places }
}

fn root(group: &Group, parts: &[Part], sheets: &[usize], count: usize) -> String {
    let mut text = "#![allow(warnings)]\n".to_owned();
    for line in &group.root {
        let _ = writeln!(text, "{line}");
    }
    for number in 0..count {
        let _ = writeln!(text, "#[path = \"file_{number}.rs\"] mod file_{number};");
    }
    let entries: Vec<_> = parts
        .iter()
        .enumerate()
        .zip(sheets)
        .filter(|((_, part), _)| part.runs)
        .map(|((at, _), number)| format!("file_{number}::__example_{at}::__prove_entry"))
        .collect();
    // Edition 2024 asks for the word, which earlier compilers do not know.
    let unsafe_word = if group.edition.as_str() >= "2024" { "unsafe" } else { "" };
    let server = SERVER.replace("$unsafe", unsafe_word).replace("$entries", &entries.join(", "));
    text.push_str(&server);
    text
}

/// A file as it is written.
struct Sheet {
    file: String,
    shown: String,
    text: String,
    /// The line that is being written, from 1.
    line: usize,
}

impl Sheet {
    /// Several examples can claim the same lines, where a macro wrote them. The
    /// compiler takes files of one name for one file, so that each further one
    /// gets another name for it.
    fn new(file: &str, layer: usize) -> Self {
        let detour = "_/../".repeat(layer);
        let shown = match file.strip_prefix('/') {
            Some(rest) => format!("/{detour}{rest}"),
            None => format!("{detour}{file}"),
        };
        Self { file: file.to_owned(), shown, text: String::new(), line: 1 }
    }

    fn add(&mut self, at: usize, part: &Part) {
        let gap = part.start - self.line;
        self.text.extend(std::iter::repeat_n('\n', gap));
        let begin = self.text.len();
        let entry = if part.runs { ENTRY } else { "" };
        let _ = write!(
            self.text,
            " pub mod __example_{at} {{ {}\n{} {entry} }}\n",
            part.before, part.body
        );
        self.line = part.start + self.text[begin..].matches('\n').count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(index: usize, file: &str, start: usize, body: &str) -> Part {
        Part {
            index,
            file: file.to_owned(),
            start,
            end: start + 1 + body.lines().count(),
            before: "fn main() {".to_owned(),
            body: body.to_owned(),
            runs: !body.contains("loop"),
        }
    }

    #[test]
    fn every_example_stands_on_its_own_lines() {
        let parts = [
            part(0, "src/b.rs", 9, "b9();\n}"),
            part(1, "src/a.rs", 2, "a2();\na3();\n}"),
            part(2, "src/b.rs", 2, "loop {}\n}"),
            part(3, "src/b.rs", 9, "twice();\n}"),
        ];
        let group = Group { edition: "2021".to_owned(), root: vec!["#![feature(x)]".to_owned()] };
        let Program { files, places } = program(&group, &parts);
        let shown: Vec<_> = files.iter().map(|file| file.shown.as_str()).collect();
        assert_eq!(shown, [ROOT, "src/a.rs", "src/b.rs", "_/../src/b.rs"]);
        assert_eq!(places[3], Place { file: "_/../src/b.rs".to_owned(), start: 9, end: 12 });
        let line = |file: usize, line: usize| files[file].text.lines().nth(line - 1).unwrap();
        assert_eq!(line(1, 3), "a2();");
        assert_eq!(line(2, 3), "loop {}");
        assert_eq!(line(2, 10), "b9();");
        assert_eq!(line(3, 10), "twice();");
        let root = &files[0].text;
        assert!(root.starts_with("#![allow(warnings)]\n#![feature(x)]\n"), "{root}");
        assert!(root.contains("&[file_1::__example_0::__prove_entry, file_0::__example_1::"));
        assert!(!root.contains("__example_2::"), "it does not run");
    }
}
