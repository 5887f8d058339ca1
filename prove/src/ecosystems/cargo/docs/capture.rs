//! Doc examples through rustdoc: how cargo would start it.
//!
//! `RUSTDOC=prove cargo test --doc` has cargo hand over, for each library,
//! rustdoc's whole command line and environment, without an example being run.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::launch::Launch;

use super::super::messages::Message;

/// Set for cargo by a session: the true rustdoc, while we stand in for it.
pub(in super::super) const STAND_IN: &str = "PROVE_RUSTDOC";

/// What a program that cargo takes for rustdoc has to do.
#[derive(Debug, PartialEq)]
pub enum StandIn {
    /// Print this line and leave with code 0.
    Print(String),
    /// Become this program, with the arguments as they are.
    Become(PathBuf),
}

/// A call of rustdoc.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Rustdoc {
    pub(in super::super) program: PathBuf,
    pub(in super::super) args: Vec<String>,
    pub(in super::super) cwd: PathBuf,
    pub(in super::super) env: Vec<(String, String)>,
}

/// What to do if this process was started by cargo as rustdoc; `None` if it
/// was not. `args` without the program's name.
pub fn rustdoc_capture(
    args: &[OsString],
    env: impl IntoIterator<Item = (OsString, OsString)>,
    cwd: PathBuf,
) -> Option<StandIn> {
    let env: Vec<(OsString, OsString)> = env.into_iter().collect();
    let (_, program) = env.iter().find(|(name, _)| name == STAND_IN)?;
    let program = PathBuf::from(program);
    if !args.iter().any(|arg| arg == "--test") {
        return Some(StandIn::Become(program));
    }
    let text = |text: &OsStr| text.to_str().map(str::to_owned);
    // What is not UTF-8 is inherited by the launch all the same.
    let env = env.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    let args = args.iter().map(|arg| text(arg)).collect::<Option<Vec<_>>>();
    let Some(args) = args else { return Some(StandIn::Become(program)) };
    let rustdoc = Rustdoc { program, args, cwd, env: env.collect() };
    tagged_json::to_string(&Message::ProveRustdoc(rustdoc)).ok().map(StandIn::Print)
}

impl Rustdoc {
    /// The crate's root, as rustdoc is given it.
    pub(in super::super) fn source(&self) -> Option<PathBuf> {
        let at = self.args.iter().position(|arg| arg == "--test")?;
        let source = self.args[at + 1..].iter().find(|arg| !arg.starts_with('-'))?;
        Some(self.cwd.join(source))
    }

    /// A run with these arguments for the harness. rustdoc splits each at
    /// blanks, so they have none.
    pub(in super::super) fn launch<'a>(
        &self,
        harness: impl IntoIterator<Item = &'a str>,
    ) -> Launch {
        let harness = harness.into_iter().flat_map(|arg| ["--test-args", arg]).map(OsString::from);
        let given = self.args.iter().map(OsString::from);
        let program = std::iter::once(OsString::from(&self.program));
        let mut launch = Launch::new(program.chain(given).chain(harness), &self.cwd);
        for (name, value) in &self.env {
            // Ours are of the process that learned this: its mark, by which what
            // it leaves behind is found, is not that of the one to be started.
            if !name.starts_with("PROVE_") && name != "RUSTDOC" {
                launch = launch.env(name, value);
            }
        }
        launch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(texts: &[&str]) -> Vec<OsString> {
        texts.iter().map(OsString::from).collect()
    }

    fn env() -> Vec<(OsString, OsString)> {
        [(STAND_IN, "/t/bin/rustdoc"), ("OUT_DIR", "/o"), ("PROVE_RUN", "a.1")]
            .map(|(k, v)| (k.into(), v.into()))
            .into()
    }

    #[test]
    fn only_as_rustdoc() {
        assert_eq!(rustdoc_capture(&os(&["--test", "x.rs"]), Vec::new(), "/p".into()), None);
        assert_eq!(
            rustdoc_capture(&os(&["-vV"]), env(), "/p".into()),
            Some(StandIn::Become("/t/bin/rustdoc".into()))
        );
    }

    #[test]
    fn what_is_printed_is_understood() {
        let args = os(&["--crate-type", "lib", "--test", "src/lib.rs", "--extern", "a=b"]);
        let Some(StandIn::Print(line)) = rustdoc_capture(&args, env(), "/p".into()) else {
            panic!("nothing printed")
        };
        let message = Message::parse(line.as_bytes());
        let Some(Message::ProveRustdoc(rustdoc)) = message else { panic!("{line}: {message:?}") };
        assert_eq!(rustdoc.source(), Some("/p/src/lib.rs".into()));
        let launch = rustdoc.launch(["--list"]);
        assert_eq!(
            launch.to_string(),
            "/t/bin/rustdoc --crate-type lib --test src/lib.rs --extern a=b --test-args --list"
        );
        assert_eq!(launch.env, [("OUT_DIR".into(), Some("/o".into()))]);
    }
}
