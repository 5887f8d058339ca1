//! `[[override]]` in `prove.toml`, read at the edge.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ecosystems::Isolation;
use crate::plan::{Asks, Expression, Override, Serial};

use super::args::Args;

/// What of them the command line has said for all cases, which wins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Typed {
    /// `--timeout`
    pub(super) timeout: bool,
    /// `--retries`
    pub(super) retries: bool,
    /// `--isolation`
    pub(super) isolation: bool,
}

impl Typed {
    /// What of them was typed.
    pub(super) fn of(args: &Args) -> Self {
        Self {
            timeout: args.timeout.is_some(),
            retries: args.retries.is_some(),
            isolation: args.isolation.is_some(),
        }
    }
}

/// One table, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(rename = "match")]
    pattern: String,
    serial: Option<toml::Value>,
    isolation: Option<Isolation>,
    threads: Option<toml::Value>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    timeout: Option<String>,
    retries: Option<u32>,
}

/// Reads all tables; or what is wrong with the first that cannot be followed.
pub(super) fn read(tables: Vec<Table>, typed: Typed) -> Result<Vec<Override>, String> {
    let one = |(n, table): (usize, Table)| {
        let pattern = table.pattern.clone();
        table.read(typed).map_err(|why| format!("[[override]] {n}, match = {pattern:?}: {why}"))
    };
    (1..).zip(tables).map(one).collect()
}

impl Table {
    fn read(self, typed: Typed) -> Result<Override, String> {
        let expression = Expression::parse(&self.pattern).map_err(|mut error| {
            error.option = "match";
            error.to_string()
        })?;
        let timeout = self.timeout.as_deref().map(super::duration::parse).transpose();
        let asks = Asks {
            serial: self.serial.as_ref().map(serial).transpose()?,
            isolation: self.isolation,
            threads: self.threads.as_ref().map(threads).transpose()?,
            env: self.env.into_iter().map(variable).collect::<Result<_, _>>()?,
            timeout: timeout.map_err(|why| format!("timeout: {why}"))?,
            retries: self.retries,
        };
        if asks == Asks::default() {
            return Err("it asks for nothing; write serial, isolation, threads, env, timeout or \
                        retries under it"
                .to_owned());
        }
        let asks = Asks {
            timeout: asks.timeout.filter(|_| !typed.timeout),
            retries: asks.retries.filter(|_| !typed.retries),
            isolation: asks.isolation.filter(|_| !typed.isolation),
            ..asks
        };
        Ok(Override { pattern: self.pattern, expression, asks })
    }
}

fn serial(value: &toml::Value) -> Result<Serial, String> {
    let group =
        |value: &toml::Value| value.as_str().filter(|name| !name.trim().is_empty()).map(Into::into);
    let groups = match value {
        toml::Value::Boolean(true) => return Ok(Serial::Alone),
        toml::Value::String(_) => group(value).map(|group| [group].into()),
        toml::Value::Array(names) if !names.is_empty() => names.iter().map(group).collect(),
        _ => None,
    };
    groups.map(Serial::Groups).ok_or_else(|| {
        format!(
            "serial: `{value}` is neither the name of a group, as in \"database\", nor a list of \
             names, nor `true` for nothing beside it"
        )
    })
}

fn threads(value: &toml::Value) -> Result<usize, String> {
    let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("threads: `{value}` is not a whole number above zero"))
}

fn variable((name, value): (String, String)) -> Result<(String, String), String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(format!("env: {name:?} is not the name of a variable"));
    }
    if value.contains('\0') {
        return Err(format!("env: the value of {name} has a NUL in it, which no process can get"));
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[derive(Deserialize)]
    struct File {
        #[serde(rename = "override")]
        tables: Vec<Table>,
    }

    fn parse(text: &str, typed: Typed) -> Result<Vec<Override>, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        read(file.tables, typed)
    }

    #[test]
    fn every_key_is_read() {
        let text = "[[override]]\nmatch = 'db and kind(test)'\nserial = 'db'\nisolation = 'process'\n\
                    threads = 2\nenv = { A = 'b=c' }\ntimeout = '5s'\nretries = 3\n\
                    [[override]]\nmatch = 'x'\nserial = true\n\
                    [[override]]\nmatch = 'x'\nserial = ['a', 'b']\n";
        let all = parse(text, Typed::default()).unwrap();
        let first = Asks {
            serial: Some(Serial::Groups(["db".into()].into())),
            isolation: Some(Isolation::Process),
            threads: Some(2),
            env: [("A".to_owned(), "b=c".to_owned())].into(),
            timeout: Some(Duration::from_secs(5)),
            retries: Some(3),
        };
        assert_eq!(all[0].asks, first);
        assert_eq!(all[1].asks.serial, Some(Serial::Alone));
        assert_eq!(all[2].asks.serial, Some(Serial::Groups(["a".into(), "b".into()].into())));
        let typed = Typed { timeout: true, retries: true, isolation: true };
        let all = parse(text, typed).unwrap();
        assert_eq!(all[0].asks, Asks { timeout: None, retries: None, isolation: None, ..first });
    }

    #[test]
    fn what_cannot_be_followed_is_named_with_its_remedy() {
        let table = [
            ("serial = 'db'", "missing field `match`"),
            ("match = 'a'", "it asks for nothing; write serial"),
            ("match = 'a b'\nretries = 1", "match: `and` or `or` is missing"),
            ("match = 'a'\nretry = 1", "unknown field `retry`"),
            ("match = 'a'\nretries = -1", "retries = -1"),
            ("match = 'a'\nserial = false", "serial: `false` is neither"),
            ("match = 'a'\nserial = []", "serial: `[]` is neither"),
            ("match = 'a'\nserial = ['x', 1]", "is neither"),
            ("match = 'a'\nserial = ' '", "is neither"),
            ("match = 'a'\nthreads = 0", "threads: `0` is not"),
            ("match = 'a'\nthreads = 'all'", "threads: `\"all\"` is not"),
            ("match = 'a'\nisolation = 'thread'", "expected one of `shared`, `fork`, `process`"),
            ("match = 'a'\ntimeout = 'soon'", "timeout: `soon` is not a duration"),
            ("match = 'a'\nenv = { '' = 'x' }", "env: \"\" is not the name"),
            ("match = 'a'\nenv = { 'A=B' = 'x' }", "env: \"A=B\" is not the name"),
            ("match = 'a'\nenv = { A = \"\\u0000\" }", "env: the value of A has a NUL"),
            ("match = 'a'\nenv = { A = 1 }", "expected a string"),
        ];
        for (text, part) in table {
            let said = parse(&format!("[[override]]\n{text}\n"), Typed::default()).unwrap_err();
            assert!(said.contains(part), "{text}: {said}");
        }
        let second =
            "[[override]]\nmatch = 'a'\nretries = 1\n[[override]]\nmatch = ''\nretries = 1";
        let said = parse(second, Typed::default()).unwrap_err();
        assert!(
            said.starts_with("[[override]] 2, match = \"\": match: there is nothing"),
            "{said}"
        );
    }
}
