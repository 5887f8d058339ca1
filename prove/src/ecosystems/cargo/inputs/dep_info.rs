//! Dep-info, as rustc writes it: rules of a makefile.

/// What a compilation has read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct DepInfo {
    /// Files, relative to the folder that rustc ran in.
    pub(super) files: Vec<String>,
    /// Variables that `env!` and `option_env!` have asked for.
    pub(super) variables: Vec<String>,
}

impl DepInfo {
    pub(super) fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines() {
            if let Some(variable) = line.strip_prefix("# env-dep:") {
                let name = variable.split_once('=').map_or(variable, |(name, _)| name);
                found.variables.push(name.to_owned());
            } else if let Some((_, files)) = line.split_once(": ") {
                found.files.extend(words(files));
            }
        }
        found.files.sort();
        found.files.dedup();
        found.variables.sort();
        found.variables.dedup();
        found
    }
}

/// Words between blanks; `\ ` is a blank in a word.
fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut goes_on = false;
    for part in text.split(' ').filter(|part| !part.is_empty()) {
        let (part, more) = match part.strip_suffix('\\') {
            Some(part) => (format!("{part} "), true),
            None => (part.to_owned(), false),
        };
        match all.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(&part),
            None => all.push(part),
        }
        goes_on = more;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_variables() {
        let text = "/t/deps/a-1.d: src/lib.rs src/a\\ b.rs /t/out/made.rs\n\n\
                    /t/deps/a-1: src/lib.rs\n\nsrc/lib.rs:\nsrc/a\\ b.rs:\n\n\
                    # env-dep:CARGO_PKG_NAME=a\n# env-dep:NOT_SET\n";
        assert_eq!(
            DepInfo::parse(text),
            DepInfo {
                files: ["/t/out/made.rs", "src/a b.rs", "src/lib.rs"].map(str::to_owned).into(),
                variables: ["CARGO_PKG_NAME", "NOT_SET"].map(str::to_owned).into(),
            }
        );
    }
}
