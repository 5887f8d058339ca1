//! What a `.t` file says of itself, by its first 4 KiB.

use crate::tree::File;

/// A script past this size that gives no evidence is not run on its name alone.
const LARGE: u64 = 16 << 20;

/// What a `.t` file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    /// Its first line behind `#!`.
    pub(super) shebang: Option<String>,
    /// Whether its owner may execute it.
    pub(super) executable: bool,
    /// What it looks like.
    pub(super) looks: Looks,
}

/// What a `.t` file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// It begins with `#!`.
    Shebang,
    /// Perl, by this.
    Perl(&'static str),
    /// A shell script that prints a plan.
    Shell,
    /// A cram test: a transcript of a shell session.
    Cram,
    /// Not text, or so large that a name is no evidence.
    Data,
    /// Nothing known.
    Unknown,
}

/// What only Perl says, at the beginning of a line.
const PERL: [&str; 10] = [
    "use strict",
    "use warnings",
    "use Test",
    "use v5",
    "use 5",
    "use lib",
    "require ",
    "BEGIN {",
    "package ",
    "print \"1..",
];

/// What a shell script that prints a plan says.
const SHELL: [&str; 6] =
    ["echo 1..", "echo \"1..", "echo '1..", "printf '1..", "printf \"1..", "printf 1.."];

impl Script {
    /// Looks at a file.
    pub(super) fn read(file: File<'_>) -> Self {
        let shebang = file.shebang().filter(|line| !line.is_empty()).map(str::to_owned);
        let looks = match shebang {
            Some(_) => Looks::Shebang,
            None => looks(file),
        };
        Self { shebang, executable: file.executable, looks }
    }

    /// The program that its first line names, and the arguments given there.
    ///
    /// `env` is looked through, as the program that it would find is found in
    /// the same way.
    pub(super) fn interpreter(&self) -> Option<(&str, Vec<&str>)> {
        let line = self.shebang.as_deref()?;
        let mut words = line.split_ascii_whitespace();
        let mut program = words.next()?;
        if base_name(program) != "env" {
            // The system hands over the rest as one argument.
            let rest = line[program.len()..].trim();
            return Some((
                program,
                Some(rest).filter(|rest| !rest.is_empty()).into_iter().collect(),
            ));
        }
        program = words.find(|word| *word != "-S" && *word != "-i" && !word.contains('='))?;
        Some((program, words.collect()))
    }

    /// Whether Perl runs it: what its first line says, else what it looks like.
    pub(super) fn is_perl(&self) -> bool {
        match self.interpreter() {
            Some((program, _)) => base_name(program).starts_with("perl"),
            None => self.looks != Looks::Shell,
        }
    }

    /// Perl's taint switch, `-T` or `-t`, where the first line has one: it has
    /// to stand on the command line as well.
    pub(super) fn taint(&self) -> Option<&'static str> {
        let (_, arguments) = self.interpreter()?;
        arguments
            .iter()
            .flat_map(|words| words.split_ascii_whitespace())
            .filter(|word| word.starts_with('-') && !word.starts_with("--"))
            .find_map(|word| {
                // Behind these letters, a switch has an argument of its own.
                let letters = word.split(['I', 'M', 'm', 'e', 'x', 'C', 'D']).next()?;
                let at = letters.find(['T', 't'])?;
                Some(if letters[at..].starts_with('T') { "-T" } else { "-t" })
            })
    }
}

/// The last component of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn looks(file: File<'_>) -> Looks {
    if memchr::memchr(0, file.content).is_some() {
        return Looks::Data;
    }
    let text = String::from_utf8_lossy(file.content);
    // A cram test may have anything between its commands.
    if text.lines().any(|line| line.starts_with("  $ ")) {
        return Looks::Cram;
    }
    let perl = |line: &str| PERL.iter().copied().find(|words| line.trim_start().starts_with(words));
    let shell = |line: &str| SHELL.iter().any(|words| line.trim_start().starts_with(words));
    for line in text.lines() {
        if let Some(words) = perl(line) {
            return Looks::Perl(words);
        }
        if shell(line) {
            return Looks::Shell;
        }
    }
    if file.size > LARGE { Looks::Data } else { Looks::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TreePath;

    fn read(content: &str, size: u64) -> Script {
        let path = TreePath::new("t/a.t");
        Script::read(File { path: &path, content: content.as_bytes(), size, executable: false })
    }

    #[test]
    fn looks() {
        let looks = |content: &str| read(content, content.len() as u64).looks;
        assert_eq!(looks("#!/bin/sh\n  $ no cram\n"), Looks::Shebang);
        assert_eq!(looks("# what it is\nuse Test::More;\n"), Looks::Perl("use Test"));
        assert_eq!(looks("n=1\necho \"1..$n\"\n"), Looks::Shell);
        assert_eq!(looks("Say hello:\n\n  $ echo use strict\n  use strict\n"), Looks::Cram);
        assert_eq!(looks(".TH NAME 1\n"), Looks::Unknown);
        assert_eq!(looks(""), Looks::Unknown);
        assert_eq!(looks("#!\nuse strict"), Looks::Perl("use strict"));
        assert_eq!(looks("use strict\0"), Looks::Data);
        assert_eq!(read("text", 1 << 30).looks, Looks::Data);
    }

    #[track_caller]
    fn check(shebang: &str, interpreter: &str, perl: bool, taint: Option<&str>) {
        let script = read(&format!("#!{shebang}\n"), 1);
        let (program, arguments) = script.interpreter().unwrap();
        assert_eq!([&[program], &*arguments].concat().join("|"), interpreter, "{shebang}");
        assert_eq!((script.is_perl(), script.taint()), (perl, taint), "{shebang}");
    }

    #[test]
    fn first_lines() {
        check("/bin/sh", "/bin/sh", false, None);
        check(" /bin/bash -e -u ", "/bin/bash|-e -u", false, None);
        check("/usr/bin/env python3", "python3", false, None);
        check("/usr/bin/env -S LANG=C perl -w -T", "perl|-w|-T", true, Some("-T"));
        check("/usr/bin/perl -w", "/usr/bin/perl|-w", true, None);
        check("perl -wT", "perl|-wT", true, Some("-T"));
        check("/opt/perl5.36.0 -t", "/opt/perl5.36.0|-t", true, Some("-t"));
        check("/usr/bin/perl -Mutf8 -It", "/usr/bin/perl|-Mutf8 -It", true, None);
        assert!(read("", 0).is_perl());
        assert!(!read("echo 1..1\n", 9).is_perl());
    }
}
