//! What `cargo --message-format=json` says, one object a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

/// A line of cargo's stdout.
#[derive(Debug, Envelope)]
#[envelope(tag = "reason", rename_all = "kebab-case")]
pub(super) enum Message {
    CompilerArtifact(Artifact),
    CompilerMessage(CompilerMessage),
    BuildScriptExecuted(BuildScript),
    /// Ours: what cargo would have started rustdoc with.
    ProveRustdoc(super::docs::Rustdoc),
    #[envelope(other)]
    Other,
}

impl Message {
    /// `None` for what is not cargo's: a test program may print as well.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        tagged_json::from_slice(line).ok()
    }
}

/// Something was built, or was fresh.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Artifact {
    pub(super) package_id: String,
    pub(super) manifest_path: PathBuf,
    pub(super) target: BuiltTarget,
    pub(super) profile: Profile,
    pub(super) executable: Option<PathBuf>,
    /// All that was made, this among it.
    #[serde(default)]
    pub(super) filenames: Vec<PathBuf>,
}

/// The target that it was built from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BuiltTarget {
    pub(super) kind: Vec<String>,
    pub(super) name: String,
    pub(super) src_path: PathBuf,
    #[serde(default)]
    pub(super) doctest: bool,
}

/// How it was built.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Profile {
    pub(super) test: bool,
}

/// What the compiler says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CompilerMessage {
    pub(super) manifest_path: PathBuf,
    pub(super) target: BuiltTarget,
    pub(super) message: Diagnostic,
}

/// One diagnostic.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Diagnostic {
    pub(super) level: String,
    #[serde(default)]
    pub(super) rendered: Option<String>,
    #[serde(default)]
    pub(super) spans: Vec<Span>,
}

/// Where in the source.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) file_name: String,
    pub(super) line_start: u32,
    pub(super) is_primary: bool,
}

/// What a build script asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BuildScript {
    pub(super) package_id: String,
    #[serde(default)]
    pub(super) linked_paths: Vec<String>,
    #[serde(default)]
    pub(super) env: Vec<(String, String)>,
    pub(super) out_dir: PathBuf,
}
