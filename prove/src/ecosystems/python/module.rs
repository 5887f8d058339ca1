//! What a Python module holds, at a glance: tests, examples, imports.

use super::cases::Cases;
use super::lexer::{self, Line, STRING, Text};

/// Stands in [`Module::doc_suites`] for the module itself.
pub(super) const ITSELF: &str = "__name__";

/// What can be seen in a module without executing it.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Module {
    /// A class with a base is defined, or something imported, that may be a
    /// `TestCase`; or `load_tests` is.
    pub(super) holds_cases: bool,
    /// A class is defined on a base called like `TestCase`.
    pub(super) defines_cases: bool,
    /// `load_tests` is defined: it says what the module's tests are.
    pub(super) load_tests: bool,
    /// Where the first test function or class stands that only pytest runs.
    pub(super) bare: Option<u32>,
    /// Where pytest is imported.
    pub(super) pytest: Option<u32>,
    /// How many docstring examples there are.
    pub(super) examples: usize,
    /// `doctest.testmod()` is called.
    pub(super) testmod: bool,
    /// The modules whose doctests `load_tests` adds.
    pub(super) doc_suites: Vec<String>,
    /// The texts that it hands to doctest, relative to its folder.
    pub(super) doc_files: Vec<String>,
    /// Something is imported relative to the package.
    pub(super) relative: bool,
    /// Importing it does more than define things.
    pub(super) script: bool,
    /// The modules that are imported, absolutely.
    pub(super) imports: Vec<String>,
    /// Its cases, as far as they can be seen.
    pub(super) cases: Cases,
}

impl Module {
    /// Looks at a source.
    pub(super) fn of(source: &str) -> Self {
        let lines = lexer::lines(source);
        let mut glance = Glance::default();
        for line in &lines {
            glance.line(line);
        }
        glance.end(&lines)
    }
}

/// A class or function that encloses the line.
struct Scope {
    indent: usize,
    function: bool,
    /// A class on no base whose name is one that pytest looks into.
    bare: bool,
}

#[derive(Default)]
struct Glance {
    module: Module,
    scopes: Vec<Scope>,
    /// The next line may be a docstring.
    fresh: bool,
    begun: bool,
    /// What is imported, under the name it has here.
    names: Vec<(String, String)>,
}

impl Glance {
    fn line(&mut self, line: &Line<'_>) {
        while self.scopes.last().is_some_and(|scope| line.indent <= scope.indent) {
            self.scopes.pop();
        }
        let fresh = std::mem::take(&mut self.fresh) || !std::mem::replace(&mut self.begun, true);
        let in_function = self.scopes.iter().rev().skip(usize::from(fresh)).any(|s| s.function);
        let code = line.code.as_str();
        if fresh && code.starts_with(STRING) && !in_function {
            self.module.examples += line.strings.iter().copied().map(examples).sum::<usize>();
        } else if let Some(head) = code.strip_prefix("class ") {
            self.class(head, line);
        } else if let Some(head) =
            code.strip_prefix("async ").map_or(code, str::trim_start).strip_prefix("def ")
        {
            self.function(head, line);
        } else if let Some(rest) = code.strip_prefix("import ") {
            self.import(rest, line);
        } else if let Some(rest) = code.strip_prefix("from ") {
            self.import_from(rest, line);
        } else if self.scopes.is_empty() {
            self.statement(line);
        }
        if code.contains("testmod(") {
            self.module.testmod = true;
        }
        if code.contains("testfile(") || code.contains("DocFileSuite(") {
            self.module.doc_files.extend(line.strings.iter().map(|text| text.raw.to_owned()));
        }
    }

    fn class(&mut self, head: &str, line: &Line<'_>) {
        let (name, rest) = word(head);
        let bases = rest.trim_start().strip_prefix('(').map_or("", str::trim_start);
        let derived = !bases.is_empty() && !bases.starts_with(')') && word(bases).0 != "object";
        if self.scopes.is_empty() {
            self.module.holds_cases |= derived;
            self.module.defines_cases |= derived && bases.contains("TestCase");
        }
        let bare = self.scopes.is_empty() && !derived && name.starts_with("Test");
        self.scopes.push(Scope { indent: line.indent, function: false, bare });
        self.fresh = true;
    }

    fn function(&mut self, head: &str, line: &Line<'_>) {
        let name = word(head).0;
        let bare = match self.scopes.as_slice() {
            [] => line.indent == 0,
            [scope] => scope.bare,
            _ => false,
        };
        if bare && name.starts_with("test") {
            self.module.bare.get_or_insert(line.number);
        }
        if self.scopes.is_empty() && name == "load_tests" {
            self.module.load_tests = true;
        }
        self.scopes.push(Scope { indent: line.indent, function: true, bare: false });
        self.fresh = true;
    }

    fn import(&mut self, rest: &str, line: &Line<'_>) {
        for item in rest.split(',') {
            let (module, name) = renamed(item);
            self.imported(module, line);
            self.names.push((name.to_owned(), module.to_owned()));
        }
    }

    fn import_from(&mut self, rest: &str, line: &Line<'_>) {
        let Some((module, items)) = rest.split_once(" import") else { return };
        let module = module.trim();
        self.module.relative |= module.starts_with('.');
        self.imported(module, line);
        for item in items.split(|c: char| ",()".contains(c)).map(str::trim) {
            let (what, name) = renamed(item);
            if what == "*" || what.contains("Test") || what == "load_tests" {
                self.module.holds_cases |= self.scopes.is_empty();
            }
            self.module.load_tests |= name == "load_tests" && self.scopes.is_empty();
            self.names.push((name.to_owned(), format!("{module}.{what}")));
        }
    }

    fn imported(&mut self, module: &str, line: &Line<'_>) {
        match module.split('.').next() {
            Some("unittest") => self.module.holds_cases = true,
            Some("pytest" | "_pytest") => {
                self.module.pytest.get_or_insert(line.number);
            }
            _ => {}
        }
        if !module.starts_with('.') && !module.is_empty() {
            self.module.imports.push(module.to_owned());
        }
    }

    /// A statement of the module itself.
    fn statement(&mut self, line: &Line<'_>) {
        let code = line.code.as_str();
        if code.starts_with("__test__") {
            self.module.examples += line.strings.iter().copied().map(examples).sum::<usize>();
        }
        let name = code.find(|c: char| !(c.is_alphanumeric() || "_.".contains(c)));
        let calls = name.is_some_and(|end| end > 0 && code[end..].starts_with('('));
        let keyword = matches!(word(code).0, "if" | "elif" | "while" | "del" | "assert" | "return");
        if line.indent == 0 && calls && !keyword {
            self.module.script = true;
        }
    }

    fn end(mut self, lines: &[Line<'_>]) -> Module {
        self.module.cases = Cases::of(lines);
        if self.module.load_tests {
            self.module.holds_cases = true;
            for line in lines {
                self.doc_suites(line);
            }
        }
        self.module
    }

    /// The modules that a line hands to `DocTestSuite`: exactly, where it names
    /// them; else every module that the file imports or has as a string, as
    /// running an example twice is worse than leaving it to its own switch.
    fn doc_suites(&mut self, line: &Line<'_>) {
        for (at, call) in line.code.match_indices("DocTestSuite(") {
            let argument = line.code[at + call.len()..].trim_start();
            let string = line.code[..at].matches(STRING).count();
            let found = match argument.chars().next() {
                _ if of_itself(argument) => Some(ITSELF.to_owned()),
                Some(STRING) => line.strings.get(string).map(|text| text.raw.to_owned()),
                _ => self.dotted(argument),
            };
            if let Some(module) = found {
                self.module.doc_suites.push(module);
            } else {
                let names = self.names.iter().map(|(_, module)| module.clone());
                self.module.doc_suites.extend(names);
                self.module.doc_suites.extend(self.module.imports.iter().cloned());
            }
        }
    }

    /// The module that an expression names, by what was imported.
    fn dotted(&self, argument: &str) -> Option<String> {
        let end = argument.find(|c: char| !(c.is_alphanumeric() || "_.".contains(c)))?;
        let text = &argument[..end];
        let (name, module) = self.names.iter().find(|(name, _)| {
            text == name || text.strip_prefix(name.as_str()).is_some_and(|r| r.starts_with('.'))
        })?;
        Some(format!("{module}{}", &text[name.len()..]))
    }
}

/// Whether the argument of `DocTestSuite` is the module in which it stands.
fn of_itself(argument: &str) -> bool {
    let (name, rest) = word(argument);
    let keyword = rest.trim_start().starts_with('=') && name != "module";
    argument.starts_with(')') || keyword || name == "__name__" || name == "None"
}

/// How many examples a docstring has.
pub(super) fn examples(text: Text<'_>) -> usize {
    let prompt = |line: &&str| {
        line.trim_start().strip_prefix(">>>").is_some_and(|rest| rest.starts_with([' ', '\n']))
    };
    if text.plain { text.raw.lines().filter(prompt).count() } else { 0 }
}

/// The identifier that a text begins with, and what follows it.
pub(super) fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

/// What is imported, and the name it has from then on.
pub(super) fn renamed(item: &str) -> (&str, &str) {
    let item = item.trim();
    item.split_once(" as ").map_or((item, item), |(what, name)| (what.trim(), name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_seen() {
        let holds = |source: &str| Module::of(source).holds_cases;
        assert!(holds("import unittest\n"));
        assert!(holds("from django.test import TestCase\n"));
        assert!(holds("if True:\n    class A(Base):\n        def test_a(self): pass\n"));
        assert!(holds("from .shared import *\n"));
        assert!(holds("def load_tests(loader, tests, pattern): return tests\n"));
        assert!(!holds("class A: pass\nclass B(object): pass\nclass C(): pass\n"));
        assert!(!holds("'''\nimport unittest\n'''\n# import unittest\nx = 1\n"));
        assert!(!holds("def f():\n    class A(Base): pass\n"));
        assert!(Module::of("class A(unittest.TestCase): pass").defines_cases);
        assert!(!Module::of("class A(Exception): pass").defines_cases);
    }

    #[test]
    fn what_only_pytest_runs_is_seen() {
        let bare = |source: &str| Module::of(source).bare;
        assert_eq!(bare("x = 1\n\ndef test_a(): pass\n"), Some(3));
        assert_eq!(bare("async def test_a(): pass\n"), Some(1));
        assert_eq!(bare("class TestA:\n    def test_b(self): pass\n"), Some(2));
        assert_eq!(bare("class TestA(Case):\n    def test_b(self): pass\n"), None);
        assert_eq!(bare("class A:\n    def test_b(self): pass\n"), None);
        assert_eq!(bare("def f():\n    def test_b(): pass\n"), None);
        assert_eq!(Module::of("import os, pytest as p\n").pytest, Some(1));
        assert_eq!(
            Module::of("try:\n    from pytest import mark\nexcept E: pass\n").pytest,
            Some(2)
        );
    }

    #[test]
    fn examples_are_counted_where_doctest_looks() {
        let examples = |source: &str| Module::of(source).examples;
        assert_eq!(examples("'''\n>>> 1\n1\n>>> 2\n2\n'''\n"), 2);
        assert_eq!(examples("def f():\n    r'''x\n\n    >>> f()\n    '''\n"), 1);
        assert_eq!(examples("class A:\n  '''\n  >>> 1\n  '''\n  def m(self):\n    '>>> 2 '\n"), 2);
        assert_eq!(examples("@cache\nasync def f():\n    '''\n    >>> f()\n    '''\n"), 1);
        assert_eq!(examples("x = '''\n>>> 1\n'''\n# >>> 2\n"), 0);
        assert_eq!(
            examples("def f():\n    def g():\n        '''\n        >>> 1\n        '''\n"),
            0
        );
        assert_eq!(examples("def f():\n    x = 1\n    '''\n    >>> 1\n    '''\n"), 0);
        assert_eq!(examples("__test__ = {\n 'a': '''\n>>> 1\n1\n'''}\n"), 1);
        assert!(Module::of("if __name__ == '__main__':\n    doctest.testmod()\n").testmod);
    }

    #[test]
    fn load_tests_tells_whose_doctests_it_adds() {
        let suites = |call: &str| {
            let source = format!(
                "import doctest\nimport a.b as c\nfrom d import e\n\
                 def load_tests(loader, tests, pattern):\n    tests.addTests({call})\n"
            );
            Module::of(&source).doc_suites
        };
        assert_eq!(suites("doctest.DocTestSuite('more.recipes')"), ["more.recipes"]);
        assert_eq!(suites("doctest.DocTestSuite(c)"), ["a.b"]);
        assert_eq!(suites("doctest.DocTestSuite(c.x, optionflags=1)"), ["a.b.x"]);
        assert_eq!(suites("DocTestSuite(e)"), ["d.e"]);
        assert_eq!(suites("DocTestSuite()"), [ITSELF]);
        assert_eq!(suites("DocTestSuite(optionflags=ELLIPSIS)"), [ITSELF]);
        assert!(suites("DocTestSuite(module)").contains(&"a.b".to_owned()));
        assert!(Module::of("def f():\n    DocTestSuite('a')\n").doc_suites.is_empty());
    }

    #[test]
    fn texts_that_are_handed_to_doctest_are_seen() {
        let files = |source: &str| Module::of(source).doc_files;
        assert_eq!(files("doctest.testfile('../a.rst', verbose=True)\n"), ["../a.rst"]);
        assert_eq!(files("def f():\n    DocFileSuite('a.rst',\n 'b.txt')\n"), ["a.rst", "b.txt"]);
        assert!(files("open('a.rst')\n").is_empty());
    }

    #[test]
    fn a_script_is_told_from_a_module() {
        let script = |source: &str| Module::of(source).script;
        assert!(script("import a\nmain()\n"));
        assert!(script("sys.exit(main())\n"));
        assert!(!script("x = f()\nif __name__ == '__main__':\n    main()\nif (a): pass\n"));
        assert!(!script("@decorate(1)\ndef f():\n    g()\n"));
    }
}
