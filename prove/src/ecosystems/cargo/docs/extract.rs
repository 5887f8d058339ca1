//! Every example of a crate, as rustdoc extracts it.
//!
//! `rustdoc --output-format doctest` is not stable yet, so its version is
//! checked, and what is not understood is a reason to take plain rustdoc.

use serde::Deserialize;

/// The version of rustdoc's format that this reads.
const VERSION: u32 = 2;

#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

#[derive(Deserialize)]
struct Extracted {
    doctests: Vec<Example>,
}

/// An example.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Example {
    /// rustdoc's name for it, which is not always unique.
    pub(super) name: String,
    /// The file that it stands in, relative to rustdoc's working directory.
    pub(super) file: String,
    /// The line of its opening fence.
    pub(super) line: usize,
    /// What stands behind its opening fence.
    #[serde(rename = "doctest_attributes")]
    pub(super) attributes: Attributes,
    /// Its text, with the hidden lines.
    pub(super) original_code: String,
    /// The program that it makes; `None` if it is not Rust.
    #[serde(rename = "doctest_code")]
    pub(super) code: Option<Code>,
}

/// What stands behind an example's opening fence.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are rustdoc's")]
pub(super) struct Attributes {
    pub(super) should_panic: bool,
    pub(super) no_run: bool,
    pub(super) ignore: Ignore,
    pub(super) test_harness: bool,
    pub(super) compile_fail: bool,
    pub(super) standalone_crate: bool,
    pub(super) error_codes: Vec<String>,
    pub(super) edition: Option<String>,
}

/// Where an example is left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Ignore {
    All,
    None,
    /// On platforms whose name has one of these in it.
    Some(Vec<String>),
}

/// The program that an example makes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Code {
    /// What has to stand at the crate's root: attributes, `extern crate`.
    pub(super) crate_level: String,
    /// The rest of the example.
    #[serde(rename = "code")]
    pub(super) rest: String,
    /// The `main` around it, where it has none itself.
    pub(super) wrapper: Option<Wrapper>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Wrapper {
    pub(super) before: String,
    pub(super) after: String,
}

/// The examples in what rustdoc printed, under their names in order, as
/// rustdoc itself runs them; else why they cannot be taken from it.
pub(super) fn examples(json: &str) -> Result<Vec<Example>, String> {
    let odd = |error: tagged_json::Error| format!("rustdoc's list of examples is odd: {error}");
    let Version { format_version } = tagged_json::from_str(json).map_err(odd)?;
    if format_version != VERSION {
        return Err(format!("rustdoc lists examples in version {format_version}, not {VERSION}"));
    }
    let Extracted { mut doctests } = tagged_json::from_str(json).map_err(odd)?;
    doctests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(doctests)
}

impl Example {
    /// Whether rustdoc leaves it out on this platform.
    pub(super) fn is_ignored(&self, target: &str) -> bool {
        match &self.attributes.ignore {
            Ignore::All => true,
            Ignore::None => false,
            Ignore::Some(parts) => parts.iter().any(|part| target.contains(part.as_str())),
        }
    }

    /// Its edition.
    pub(super) fn edition<'a>(&'a self, default: &'a str) -> &'a str {
        self.attributes.edition.as_deref().unwrap_or(default)
    }

    /// Whether it is only compiled.
    pub(super) fn is_only_compiled(&self) -> bool {
        self.attributes.no_run || self.attributes.compile_fail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../../../../tests/streams/cargo/doctests.json");

    #[test]
    fn as_recorded() {
        let examples = examples(RECORDED).unwrap();
        let names: Vec<_> = examples.iter().map(|example| example.name.as_str()).collect();
        assert!(names.is_sorted());
        let find = |line: usize| examples.iter().find(|example| example.line == line).unwrap();
        assert!(find(20).attributes.should_panic);
        assert!(find(7).is_only_compiled());
        assert_eq!(find(24).attributes.error_codes, ["E0308"]);
        assert!(find(28).is_ignored("any") && !find(3).is_ignored("any"));
        assert!(find(31).is_ignored("x86_64-unknown-linux-gnu") && !find(31).is_ignored("arm"));
        assert_eq!((find(34).edition("2021"), find(3).edition("2021")), ("2018", "2021"));
        assert!(find(37).attributes.standalone_crate);
        assert_eq!(find(37).code.as_ref().unwrap().wrapper, None);
    }

    #[test]
    fn another_version_is_not_read() {
        let error = examples(r#"{"format_version":3,"doctests":"other"}"#).unwrap_err();
        assert_eq!(error, "rustdoc lists examples in version 3, not 2");
        assert!(examples("error: unknown").is_err());
    }
}
