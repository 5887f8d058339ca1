//! `-k EXPR`: which names, by their parts.

use std::fmt;

use crate::ecosystems;
use crate::target::{Kind, Target};

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 100;

/// What is wrong with a selection, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The option it was given to, such as `-k`.
    pub option: &'static str,
    /// What was typed.
    pub text: String,
    /// Where in it, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.at).unwrap_or(&self.text).chars().count();
        writeln!(f, "{}: {}", self.option, self.why)?;
        writeln!(f, "  {}", self.text)?;
        writeln!(f, "  {:before$}^", "")?;
        write!(f, "{}", self.remedy)
    }
}

impl std::error::Error for Error {}

/// A parsed `-k` expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// The ID has this in it, in lower case.
    Part(String),
    /// `kind(doc)`
    Kind(Kind),
    /// `ecosystem(python)`
    Ecosystem(String),
    /// `not X`
    Not(Box<Self>),
    /// `X and Y`
    And(Box<Self>, Box<Self>),
    /// `X or Y`
    Or(Box<Self>, Box<Self>),
}

impl Expression {
    /// Reads `a and (b or not "c d") and kind(doc)`.
    ///
    /// ```
    /// use prove::plan::Expression;
    /// assert!(Expression::parse("tree and not (slow or kind(doc))").is_ok());
    /// let error = Expression::parse("tree and").unwrap_err();
    /// assert_eq!(error.why, "a name is missing after `and`");
    /// assert_eq!(error.at, 8);
    /// ```
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parser = Parser { text, at: 0, last: "", depth: 0 };
        let expression = parser.or()?;
        match parser.next()? {
            None => Ok(expression),
            Some(token) => Err(parser.unexpected(&token)),
        }
    }

    /// Whether it takes this case; `None` where only the case's name can tell
    /// and `id` is none.
    pub fn takes(&self, target: &Target, label: &str, id: Option<&str>) -> Option<bool> {
        match self {
            Self::Part(part) => {
                // What stands in the target's own name stands in all its IDs.
                let name = id.unwrap_or(label);
                if name.to_lowercase().contains(part) { Some(true) } else { id.map(|_| false) }
            }
            Self::Kind(kind) => Some(target.kind == *kind),
            Self::Ecosystem(name) => Some(target.ecosystem == name),
            Self::Not(inner) => inner.takes(target, label, id).map(|takes| !takes),
            Self::And(a, b) => match (a.takes(target, label, id), b.takes(target, label, id)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                (None, _) | (_, None) => None,
            },
            Self::Or(a, b) => match (a.takes(target, label, id), b.takes(target, label, id)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                (None, _) | (_, None) => None,
            },
        }
    }
}

/// An ecosystem of this name.
pub(super) fn ecosystem(name: &str) -> Option<&'static str> {
    ecosystems::ALL.iter().map(|ecosystem| ecosystem.name()).find(|known| *known == name)
}

/// The names of all ecosystems, for a remedy.
pub(super) fn known_ecosystems() -> String {
    let names: Vec<_> = ecosystems::ALL.iter().map(|ecosystem| ecosystem.name()).collect();
    format!("there are {}", names.join(", "))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// The last word that asks for something after it.
    last: &'static str,
    depth: usize,
}

struct Token<'a> {
    at: usize,
    word: Word<'a>,
}

#[derive(Clone, Copy, PartialEq)]
enum Word<'a> {
    Open,
    Close,
    And,
    Or,
    Not,
    Bare(&'a str),
    Quoted(&'a str),
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expression, Error> {
        let mut left = self.and()?;
        while self.accept(Word::Or)? {
            left = Expression::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, Error> {
        let mut left = self.one()?;
        while self.accept(Word::And)? {
            left = Expression::And(left.into(), self.one()?.into());
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Expression, Error> {
        self.depth += 1;
        let Some(token) = self.next()?.filter(|_| self.depth <= DEPTH) else {
            return Err(self.nothing_there());
        };
        let one = match token.word {
            Word::Not => {
                self.last = "not";
                Expression::Not(self.one()?.into())
            }
            Word::Open => {
                self.last = "(";
                let inner = self.or()?;
                self.close(token.at)?;
                inner
            }
            Word::Bare(name) if self.text[self.at..].starts_with('(') => {
                self.function(token.at, name)?
            }
            Word::Bare(part) | Word::Quoted(part) => Expression::Part(part.to_lowercase()),
            Word::Close | Word::And | Word::Or => return Err(self.unexpected(&token)),
        };
        self.depth -= 1;
        Ok(one)
    }

    fn nothing_there(&self) -> Error {
        if self.depth > DEPTH {
            return self.error(self.at, "too deeply nested", "write it with fewer parentheses");
        }
        let why = match self.last {
            "" => "there is nothing in it".to_owned(),
            last => format!("a name is missing after `{last}`"),
        };
        self.error(self.text.len(), why, "write part of a name, such as `-k 'parse and not slow'`")
    }

    fn function(&mut self, at: usize, name: &str) -> Result<Expression, Error> {
        self.at += 1;
        let value_at = self.at;
        let value = match self.next()? {
            Some(Token { word: Word::Bare(value) | Word::Quoted(value), .. }) => value,
            Some(_) | None => "",
        };
        let found = match (name, value) {
            ("kind", "test") => Ok(Expression::Kind(Kind::Test)),
            ("kind", "doc") => Ok(Expression::Kind(Kind::Doc)),
            ("kind", _) => {
                Err((format!("there is no kind `{value}`"), "there are test, doc".into()))
            }
            ("ecosystem", _) => ecosystem(value)
                .map(|known| Expression::Ecosystem(known.into()))
                .ok_or_else(|| (format!("there is no ecosystem `{value}`"), known_ecosystems())),
            _ => {
                let remedy = "there are kind(...) and ecosystem(...); put quotes around a name \
                              that has parentheses";
                return Err(self.error(at, format!("there is no function `{name}`"), remedy));
            }
        };
        let found = found.map_err(|(why, remedy)| self.error(value_at, why, remedy))?;
        self.close(value_at - 1)?;
        Ok(found)
    }

    fn close(&mut self, open: usize) -> Result<(), Error> {
        if self.accept(Word::Close)? {
            return Ok(());
        }
        match self.next()? {
            Some(token) => Err(self.unexpected(&token)),
            None => Err(self.error(open, "this parenthesis is not closed", "add a `)`")),
        }
    }

    fn accept(&mut self, word: Word<'static>) -> Result<bool, Error> {
        let before = self.at;
        if self.next()?.is_some_and(|token| token.word == word) {
            self.last = match word {
                Word::And => "and",
                Word::Or => "or",
                Word::Open | Word::Close | Word::Not | Word::Bare(_) | Word::Quoted(_) => "",
            };
            return Ok(true);
        }
        self.at = before;
        Ok(false)
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, Error> {
        let rest = self.text[self.at..].trim_start();
        let at = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            self.at = at;
            return Ok(None);
        };
        let (length, word) = match first {
            '(' => (1, Word::Open),
            ')' => (1, Word::Close),
            '"' | '\'' => {
                let Some(end) = rest[1..].find(first) else {
                    return Err(self.error(
                        at,
                        "this quote is not closed",
                        format!("add a `{first}`"),
                    ));
                };
                (end + 2, Word::Quoted(&rest[1..=end]))
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "()\"'".contains(c);
                let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
                (word.len(), reserved(word).unwrap_or(Word::Bare(word)))
            }
        };
        self.at = at + length;
        Ok(Some(Token { at, word }))
    }

    fn unexpected(&self, token: &Token<'_>) -> Error {
        match token.word {
            Word::Close => self.error(token.at, "a `)` without its `(`", "remove it"),
            Word::And | Word::Or => self.error(
                token.at,
                "a name is missing before this",
                "write part of a name; put quotes around a name that is `and`, `or` or `not`",
            ),
            Word::Open | Word::Not | Word::Bare(_) | Word::Quoted(_) => self.error(
                token.at,
                "`and` or `or` is missing before this",
                "write `a and b`; put quotes around a name that has spaces",
            ),
        }
    }

    fn error(&self, at: usize, why: impl Into<String>, remedy: impl Into<String>) -> Error {
        Error { option: "-k", text: self.text.into(), at, why: why.into(), remedy: remedy.into() }
    }
}

fn reserved(word: &str) -> Option<Word<'static>> {
    match word {
        "and" => Some(Word::And),
        "or" => Some(Word::Or),
        "not" => Some(Word::Not),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TreePath;

    #[test]
    fn names_are_taken_by_their_parts() {
        let target = Target {
            path: TreePath::new("src/lib.rs"),
            kind: Kind::Doc,
            ecosystem: "cargo",
            name: None,
        };
        let id = target.id("Reader::open #2");
        let table = [
            // expression, the target alone, the case
            ("reader", None, true),
            ("lib.rs", Some(true), true),
            ("not lib", Some(false), false),
            ("not reader", None, false),
            ("nothing", None, false),
            ("'open #2'", None, true),
            (r#""d::O""#, None, false),
            ("R::O", None, true),
            ("kind(doc)", Some(true), true),
            ("kind( 'test' )", Some(false), false),
            ("ecosystem(cargo) and reader", None, true),
            ("ecosystem(tap) and reader", Some(false), false),
            ("kind(doc) or nothing", Some(true), true),
            ("nothing or nowhere and lib", None, false),
            ("(nothing or lib) and lib", Some(true), true),
            ("not nothing and not nowhere", None, true),
            ("not (nothing or reader)", None, false),
            ("'and' or 'not'", None, false),
        ];
        for (text, on_target, on_case) in table {
            let expression = Expression::parse(text).unwrap();
            assert_eq!(expression.takes(&target, &target.label(), None), on_target, "{text}");
            let takes = expression.takes(&target, &target.label(), Some(&id));
            assert_eq!(takes, Some(on_case), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        let table = [
            ("", 0, "there is nothing in it"),
            ("a and", 5, "a name is missing after `and`"),
            ("not", 3, "a name is missing after `not`"),
            ("a b", 2, "`and` or `or` is missing before this"),
            ("a and or b", 6, "a name is missing before this"),
            ("(a or b", 0, "this parenthesis is not closed"),
            ("a)", 1, "a `)` without its `(`"),
            ("()", 1, "a `)` without its `(`"),
            ("'a", 0, "this quote is not closed"),
            ("kind(x)", 5, "there is no kind `x`"),
            ("kind(doc", 4, "this parenthesis is not closed"),
            ("ecosystem(basic)", 10, "there is no ecosystem `basic`"),
            ("test(x)", 0, "there is no function `test`"),
        ];
        for (text, at, why) in table {
            let error = Expression::parse(text).unwrap_err();
            assert_eq!((error.at, error.why.as_str()), (at, why), "{text}");
            assert!(!error.remedy.is_empty());
        }
        let deep = "(".repeat(100_000);
        assert_eq!(Expression::parse(&deep).unwrap_err().why, "too deeply nested");
    }

    #[test]
    fn an_error_is_shown_under_the_text() {
        let shown = Expression::parse("é b").unwrap_err().to_string();
        assert!(shown.contains("\n  é b\n    ^\n"), "{shown}");
    }
}
