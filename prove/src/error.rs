//! What ends a run before it begins, or cuts it short.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Wrong usage or configuration, or a system that gives nothing to work with.
/// Whatever is wrong with a *project* is a problem in the run instead.
#[derive(Debug)]
pub enum Error {
    /// The command line cannot be followed: why, and what to write instead.
    Usage(String),
    /// A configuration file cannot be followed.
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A report cannot be written.
    Report {
        /// Where to.
        to: String,
        /// Why not.
        source: io::Error,
    },
    /// The run itself cannot go on.
    Run(io::Error),
}

impl Error {
    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config { .. } => crate::exit::USAGE,
            Self::Report { .. } | Self::Run(_) => crate::exit::INCOMPLETE,
        }
    }

    /// Whether whoever reads our output has heard enough.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Report { source, .. } | Self::Run(source) => {
                source.kind() == io::ErrorKind::BrokenPipe
            }
            Self::Usage(_) | Self::Config { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why) => f.write_str(why),
            Self::Config { path, why } => write!(f, "cannot use {}: {why}", path.display()),
            Self::Report { to, source } => write!(f, "cannot write the report to {to}: {source}"),
            Self::Run(source) => write!(f, "cannot run anything here: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Report { source, .. } | Self::Run(source) => Some(source),
            Self::Usage(_) | Self::Config { .. } => None,
        }
    }
}
