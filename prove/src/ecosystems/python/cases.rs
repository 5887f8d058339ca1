//! Which cases a module has, as far as its source tells. What it does not tell
//! (bases from elsewhere, names that are made as it runs) is left to the run.

use std::collections::{BTreeMap, HashMap};

use super::lexer::{Line, STRING};
use super::module::{examples, renamed, word};

/// Standard modules whose classes are no test cases.
const PLAIN: [&str; 24] = [
    "abc",
    "argparse",
    "ast",
    "asyncio",
    "collections",
    "configparser",
    "contextlib",
    "ctypes",
    "dataclasses",
    "enum",
    "http",
    "io",
    "json",
    "logging",
    "multiprocessing",
    "queue",
    "socket",
    "socketserver",
    "string",
    "subprocess",
    "threading",
    "types",
    "typing",
    "xml",
];

/// Names, and the lines on which they stand.
pub(super) type Named = Vec<(String, u32)>;

/// The cases of a module.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cases {
    /// What unittest would run: `Class::method`.
    pub(super) tests: Found,
    /// What doctest would run: the empty name of the module itself, `.Class.method`.
    pub(super) docs: Found,
}

/// What can be seen of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Those that are there; none where even that is for a run to tell.
    pub(super) cases: Option<Named>,
    /// What may make others.
    pub(super) more: Named,
}

/// What encloses a line.
struct Scope {
    indent: usize,
    /// How far its body is indented, once that is known.
    body: Option<usize>,
    /// The class it is; none for a function.
    class: Option<usize>,
    /// Its docstring's name, if doctest looks there.
    doc: Option<String>,
}

struct Class {
    name: String,
    bases: Vec<String>,
    methods: BTreeMap<String, u32>,
    line: u32,
    nested: bool,
    /// Whether it is there, and as it is written.
    certain: bool,
}

/// What a class is to unittest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    Case,
    Plain,
    Unknown,
}

#[derive(Default)]
struct Outline {
    classes: Vec<Class>,
    scopes: Vec<Scope>,
    docs: BTreeMap<String, Option<u32>>,
    /// What is imported, under the name it has here.
    names: HashMap<String, String>,
    /// Where the decorators of the next definition begin, and what they are.
    decorators: Option<(u32, String)>,
    begun: bool,
    more_tests: Named,
    more_docs: Named,
    /// Something says as it runs what the tests are.
    tests_are_told: bool,
}

impl Cases {
    /// What these lines define.
    pub(super) fn of(lines: &[Line<'_>]) -> Self {
        let mut outline = Outline::default();
        for line in lines {
            outline.line(line);
        }
        let mut tests = BTreeMap::new();
        outline.tests(&mut tests);
        let named = |(name, line): (String, Option<u32>)| Some((name, line?));
        let docs = Some(outline.docs.into_iter().filter_map(named).collect());
        let tests = (!outline.tests_are_told).then(|| tests.into_iter().collect());
        Self {
            tests: Found { cases: tests, more: outline.more_tests },
            docs: Found { cases: docs, more: outline.more_docs },
        }
    }
}

impl Outline {
    fn line(&mut self, line: &Line<'_>) {
        while self.scopes.last().is_some_and(|scope| line.indent <= scope.indent) {
            self.scopes.pop();
        }
        let code = line.code.as_str();
        let first = match self.scopes.last_mut() {
            Some(scope) => scope.body.replace(scope.body.unwrap_or(line.indent)).is_none(),
            None => !std::mem::replace(&mut self.begun, true),
        };
        if first && code.starts_with(STRING) {
            return self.docstring(line);
        }
        if let Some(decorator) = code.strip_prefix('@') {
            let (_, all) = self.decorators.get_or_insert((line.number, String::new()));
            all.push_str(decorator);
            all.push(' ');
            return;
        }
        let head = code.strip_prefix("async ").map_or(code, str::trim_start);
        if let Some(head) = code.strip_prefix("class ") {
            self.class(head, line);
        } else if let Some(head) = head.strip_prefix("def ") {
            self.function(head, line);
        } else if let Some(items) = code.strip_prefix("import ") {
            for (what, name) in items.split(',').map(renamed) {
                let (_, name) = if what == name { (what, word(name).0) } else { (what, name) };
                let what = if what.contains('.') && !items.contains(" as ") { name } else { what };
                self.names.insert(name.to_owned(), what.to_owned());
            }
        } else if let Some(rest) = code.strip_prefix("from ") {
            self.import_from(rest, line.number);
        } else {
            self.statement(code, line.number);
        }
    }

    fn docstring(&mut self, line: &Line<'_>) {
        let found: usize = line.strings.iter().copied().map(examples).sum();
        let name = match self.scopes.last() {
            None => Some(String::new()),
            Some(scope) => scope.doc.clone(),
        };
        if let (Some(name), Some(text), true) = (name, line.strings.first(), found > 0) {
            self.docs.insert(name, Some(text.number));
        }
    }

    /// Whether a definition on this line always takes place.
    fn is_certain(&self, line: &Line<'_>) -> bool {
        line.indent == self.scopes.last().map_or(0, |scope| scope.body.unwrap_or(line.indent))
    }

    /// What doctest calls something of this name here, if it looks here.
    fn doc_name(&self, name: &str) -> Option<String> {
        match self.scopes.last() {
            None => Some(format!(".{name}")),
            Some(Scope { class: Some(_), doc: Some(outer), .. }) => Some(format!("{outer}.{name}")),
            Some(_) => None,
        }
    }

    /// Something may have a docstring of this name; what it had before is gone.
    fn documented(&mut self, doc: Option<String>, certain: bool, line: u32) -> Option<String> {
        let doc = doc?;
        if certain {
            self.docs.insert(doc.clone(), None);
            return Some(doc);
        }
        self.more_docs.push((doc.trim_start_matches('.').to_owned(), line));
        None
    }

    fn class(&mut self, head: &str, line: &Line<'_>) {
        let decorators = self.decorators.take();
        let (name, rest) = word(head);
        let doc = self.doc_name(name);
        let certain = self.is_certain(line);
        let bases = bases(rest);
        let made = bases.iter().any(|base| base.contains('='));
        let changed = decorators.is_some_and(|(_, all)| !is_harmless(&all));
        let doc = self.documented(doc, certain, line.number);
        let class = Some(self.classes.len());
        self.classes.push(Class {
            name: name.to_owned(),
            bases,
            methods: BTreeMap::new(),
            line: line.number,
            nested: !self.scopes.is_empty(),
            certain: certain && !made && !changed,
        });
        self.scopes.push(Scope { indent: line.indent, body: None, class, doc });
    }

    fn function(&mut self, head: &str, line: &Line<'_>) {
        let decorators = self.decorators.take();
        let (at, all) = decorators.unwrap_or((line.number, String::new()));
        let name = word(head).0;
        let certain = self.is_certain(line);
        let accessor = all.contains(".setter") || all.contains(".deleter");
        let doc = self.doc_name(name).filter(|_| !accessor);
        let doc = self.documented(doc, certain, line.number);
        self.tests_are_told |= self.scopes.is_empty() && name == "load_tests";
        if let Some(class) = self.scopes.last().and_then(|scope| scope.class)
            && (name.starts_with("test") || name == "runTest")
        {
            if certain && !multiplies(&all) {
                self.classes[class].methods.insert(name.to_owned(), at);
            } else {
                self.more_tests.push((name.to_owned(), at));
            }
        }
        self.scopes.push(Scope { indent: line.indent, body: None, class: None, doc });
    }

    fn import_from(&mut self, rest: &str, line: u32) {
        let Some((module, items)) = rest.split_once(" import") else { return };
        let module = module.trim();
        for item in items.split(|c: char| ",()".contains(c)).filter(|item| !item.trim().is_empty())
        {
            let (what, name) = renamed(item);
            let full = format!("{module}.{what}");
            // unittest runs what a module imports as well.
            let case = ["Test", "Case", "load_tests"].iter().any(|part| what.contains(part));
            if self.scopes.is_empty() && (what == "*" || case && word(module).0 != "unittest") {
                self.tests_are_told |= name == "load_tests";
                self.more_tests.push((full.clone(), line));
            }
            self.names.insert(name.to_owned(), full);
        }
    }

    /// A statement that may make names as it runs.
    fn statement(&mut self, code: &str, line: u32) {
        self.decorators = None;
        let has = |part: &&str| code.contains(*part);
        // What a method does, it does as the tests run: too late to make one.
        let method = self.scopes.last().is_some_and(|scope| scope.class.is_none())
            && self.scopes.iter().any(|scope| scope.class.is_some());
        let makers = ["setattr(", "globals()", "exec("];
        let maker = makers.iter().find(|part| has(part)).filter(|_| !method);
        let (name, rest) = word(code);
        let assigned = rest.trim_start().starts_with(['=', ',']);
        if name == "del" && self.removes(rest) {
            self.tests_are_told = true;
        }
        let (test, doc) = match self.scopes.last() {
            None => {
                self.tests_are_told |= name == "load_tests" && assigned;
                if let Some(value) = rest.trim_start().strip_prefix('=') {
                    self.assigned(name, value.trim());
                }
                let made = assigned && (has(&" type(") || name.contains("Test")) && has(&"(");
                let told = rest.starts_with('(') && name.contains("test");
                (made || told, assigned && name == "__test__" || has(&"__doc__"))
            }
            Some(Scope { class: Some(_), .. }) => {
                (assigned && name.starts_with("test"), has(&"__doc__"))
            }
            Some(_) => (false, has(&".__doc__")),
        };
        if maker.is_some() || test {
            let name = maker.map_or(name, |maker| word(maker).0);
            self.more_tests.push((name.to_owned(), line));
        }
        if doc {
            let name = if name == "__test__" { name } else { "__doc__" };
            self.more_docs.push((name.to_owned(), line));
        }
    }

    /// A name of the module is from now on that of something else, or of something made.
    fn assigned(&mut self, name: &str, value: &str) {
        let (first, rest) = word(value);
        let dotted = rest.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
        let known = self.names.get(first).filter(|_| dotted).map(|full| format!("{full}{rest}"));
        self.names.insert(name.to_owned(), known.unwrap_or_default());
    }

    /// Whether `del` of these takes away a class, or a test of the class it is in.
    fn removes(&self, names: &str) -> bool {
        let class = self.scopes.last().is_some_and(|scope| scope.class.is_some());
        let removed = |name: &str| class && name.starts_with("test") || self.own(name).is_some();
        names.split(',').any(|name| removed(name.trim().trim_matches(['(', ')'])))
    }

    fn tests(&mut self, into: &mut BTreeMap<String, u32>) {
        let mut more = Vec::new();
        for class in self.classes.iter().filter(|class| !class.nested) {
            // What is defined again is gone.
            if !self.own(&class.name).is_some_and(|own| std::ptr::eq(own, class)) {
                continue;
            }
            match self.nature(class, 0) {
                Nature::Plain if class.certain => {}
                Nature::Case if class.certain => {
                    let mut methods = BTreeMap::new();
                    self.methods(class, &mut methods, 0);
                    // Runs only where there is no other.
                    if methods.len() > 1 {
                        methods.remove("runTest");
                    }
                    let named = |(name, at)| (format!("{}::{name}", class.name), at);
                    into.extend(methods.into_iter().map(named));
                }
                Nature::Unknown | Nature::Case | Nature::Plain => {
                    more.push((class.name.clone(), class.line));
                }
            }
        }
        self.more_tests.append(&mut more);
        self.more_tests.sort_by_key(|(_, line)| *line);
    }

    /// The class of this module that a base names.
    fn own(&self, base: &str) -> Option<&Class> {
        self.classes.iter().rfind(|class| !class.nested && class.name == base)
    }

    fn nature(&self, class: &Class, depth: usize) -> Nature {
        if depth > 50 {
            return Nature::Unknown; // In a circle: it does not load.
        }
        let mut nature = Nature::Plain;
        for base in &class.bases {
            match self.nature_of_base(class, base, depth) {
                Nature::Unknown => return Nature::Unknown,
                Nature::Case => nature = Nature::Case,
                Nature::Plain => {}
            }
        }
        nature
    }

    fn nature_of_base(&self, class: &Class, base: &str, depth: usize) -> Nature {
        let base = base.split('[').next().unwrap_or_default().trim();
        if let Some(own) = self.own(base).filter(|own| !std::ptr::eq(*own, class)) {
            return self.nature(own, depth + 1);
        }
        let (first, rest) = word(base);
        let Some(full) = self.names.get(first).map(|name| format!("{name}{rest}")) else {
            // Neither imported nor defined: one of Python's own, if it is a name at all.
            return if rest.is_empty() { Nature::Plain } else { Nature::Unknown };
        };
        let top = word(&full).0;
        match full.rsplit('.').next() {
            Some("TestCase" | "IsolatedAsyncioTestCase") if top == "unittest" => Nature::Case,
            _ if top == "unittest" || PLAIN.contains(&top) => Nature::Plain,
            // Helpers come from elsewhere as well; test cases say so in a name.
            _ if class.methods.is_empty()
                && !sounds_of_tests(&full)
                && !sounds_of_tests(&class.name) =>
            {
                Nature::Plain
            }
            _ => Nature::Unknown,
        }
    }

    /// The methods of a class and of its bases, those of the class first of all.
    fn methods<'a>(&'a self, class: &'a Class, into: &mut BTreeMap<&'a str, u32>, depth: usize) {
        for (name, at) in &class.methods {
            into.entry(name).or_insert(*at);
        }
        for own in class.bases.iter().filter_map(|base| self.own(base)) {
            if depth < 50 && !std::ptr::eq(own, class) {
                self.methods(own, into, depth + 1);
            }
        }
    }
}

/// What stands between the parentheses behind a class's name.
fn bases(rest: &str) -> Vec<String> {
    let Some(inside) = rest.trim_start().strip_prefix('(') else { return Vec::new() };
    let mut depth = 0_usize;
    let mut bases = Vec::new();
    let mut base = String::new();
    for c in inside.chars() {
        match c {
            ')' if depth == 0 => break,
            ',' if depth == 0 => {
                bases.push(std::mem::take(&mut base));
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        base.push(c);
    }
    bases.push(base);
    let bases = bases.into_iter().map(|base| base.trim().to_owned());
    bases.filter(|base| !base.is_empty()).collect()
}

/// Whether a name is one that people give to test cases.
fn sounds_of_tests(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.is_empty()
        || ["test", "case", "check", "spec", "suite"].iter().any(|part| name.contains(part))
}

/// Whether decorators of a class leave its cases as they are.
fn is_harmless(decorators: &str) -> bool {
    let known = |word: &str| {
        let name = word.split('(').next().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        last.starts_with("skip") || name.contains("patch") || last == "expectedFailure"
    };
    decorators.split(' ').next().is_some_and(known)
}

/// Whether decorators of a method make several of it.
fn multiplies(decorators: &str) -> bool {
    ["parameteri", "expand", "ddt", "data(", "cases("].iter().any(|part| decorators.contains(part))
}

#[cfg(test)]
mod tests {
    use super::super::lexer::lines;
    use super::*;

    /// `NAME:LINE`, `+` before what may make more; `?` where nothing is known.
    fn shown(found: Found) -> String {
        let one = |(name, line): (String, u32)| format!("{name}:{line}");
        let cases = match found.cases {
            None => vec!["?".to_owned()],
            Some(named) => named.into_iter().map(one).collect(),
        };
        let more = found.more.into_iter().map(|more| format!("+{}", one(more)));
        cases.into_iter().chain(more).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn tests(source: &str, expect: &str) {
        assert_eq!(shown(Cases::of(&lines(source)).tests), expect, "{source}");
    }

    #[track_caller]
    fn docs(source: &str, expect: &str) {
        assert_eq!(shown(Cases::of(&lines(source)).docs), expect, "{source}");
    }

    #[test]
    fn test_cases_are_listed_as_unittest_runs_them() {
        let alias =
            "import unittest\nC = unittest.TestCase\nclass T(C):\n  def test_x(self): pass\n";
        tests(alias, "T::test_x:4");
        let run = "import unittest\nclass T(unittest.TestCase):\n  def runTest(self): pass\n";
        tests(run, "T::runTest:3");
        tests(&format!("{run}  def test_a(self): pass\n"), "T::test_a:4");
        let two = "    def test_b(self): pass\n    @skip('x')\n    def test_a(self): pass\n    def help(self): pass\n";
        tests(
            &format!("import unittest\nclass T(unittest.TestCase):\n{two}"),
            "T::test_a:4 T::test_b:3",
        );
        tests(
            &format!("from unittest import TestCase as C\nclass T(C):\n{two}"),
            "T::test_a:4 T::test_b:3",
        );
        tests(
            "import unittest as u\nclass T(u.IsolatedAsyncioTestCase):\n    async def test_c(self): pass\n",
            "T::test_c:3",
        );
        let mixed = format!(
            "import unittest, threading\nclass Mixin:\n{two}class B(Mixin, unittest.TestCase):\n    def test_b(self): pass\nclass A(B): pass\nclass C(threading.Thread): pass\n"
        );
        tests(&mixed, "A::test_a:4 A::test_b:8 B::test_a:4 B::test_b:8");
        tests(
            "import unittest\nclass T(unittest.TestCase):\n    class In(unittest.TestCase):\n        def test_x(self): pass\n",
            "",
        );
        tests(
            "import unittest\n@unittest.skipIf(1, 'x')\nclass T(unittest.TestCase):\n  def test_x(self):\n    def test_y(): pass\n",
            "T::test_x:4",
        );
    }

    #[test]
    fn what_cannot_be_known_is_not_guessed() {
        let case = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n";
        let of_class = "class U(unittest.TestCase):\n";
        for (more, what) in [
            ("from base import Base\nclass TestU(Base): pass\n", " +TestU:5"),
            ("from base import Base\nclass U(Base):\n    def test_b(self): pass\n", " +U:5"),
            ("from base import Base\nclass Helper(Base): pass\n", ""),
            ("from shared import SharedTests\n", " +shared.SharedTests:4"),
            ("from shared import *\n", " +shared.*:4"),
            ("setattr(T, 'test_b', None)\n", " +setattr:4"),
            ("for x in 'ab':\n    globals()['T' + x] = T\n", " +globals:5"),
            ("U = type('U', (T,), {})\n", " +U:4"),
            ("if True:\n    class U(unittest.TestCase): pass\n", " +U:5"),
            ("class U(unittest.TestCase, metaclass=M): pass\n", " +U:4"),
            ("@parameterized_class('a')\nclass U(unittest.TestCase): pass\n", " +U:5"),
            ("class U(make()): pass\n", " +U:4"),
            ("Made = make()\nclass U(Made): pass\n", " +U:5"),
            ("TestU, TestV = make()\n", " +TestU:4"),
            ("class T(int): pass\n", "-"),
            ("class C:\n    def f(self): setattr(self, 'a', 1)\n", ""),
            ("class C:\n    def f(self):\n        setattr(self, 'a', 1)\n", ""),
        ] {
            let known = if what == "-" { "" } else { "T::test_a:3" };
            tests(&format!("{case}{more}"), &format!("{known}{}", what.trim_start_matches('-')));
        }
        for (body, what) in [
            ("    @parameterized.expand([1])\n    def test_x(self, n): pass\n", "+test_x:5"),
            ("    test_x = make()\n", "+test_x:5"),
            ("    if True:\n        def test_x(self): pass\n", "+test_x:6"),
        ] {
            tests(&format!("{case}{of_class}{body}"), &format!("T::test_a:3 {what}"));
        }
        tests(&format!("{case}def load_tests(a, b, c): return b\n"), "?");
        tests(&format!("{case}del T\n"), "?");
        tests("class A(B): pass\nclass B(A): pass\n", "+A:1 +B:2");
    }

    #[test]
    fn examples_are_listed_as_doctest_finds_them() {
        let doc = |indent: &str| format!("{indent}'''\n{indent}>>> 1\n{indent}1\n{indent}'''\n");
        docs(&doc(""), ":1");
        docs(&format!("@cache\ndef f():\n{}", doc("  ")), ".f:3");
        let class = format!(
            "class A:\n{}  @property\n  def p(self):\n{}  @p.setter\n  def p(self, x):\n    'none'\n  class B:\n{}",
            doc("  "),
            doc("    "),
            doc("    ")
        );
        docs(&class, ".A:2 .A.B:16 .A.p:8");
        docs(&format!("def f():\n{}def f(): pass\n", doc("  ")), "");
        docs(&format!("def f():\n  def g():\n{}", doc("    ")), "");
        docs(&format!("if x:\n  def f():\n{}", doc("    ")), "+f:2");
        docs("__test__ = {}\n", "+__test__:1");
        docs("f.__doc__ = ''\n", "+__doc__:1");
    }
}
