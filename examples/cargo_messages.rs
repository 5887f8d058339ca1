//! What `cargo build --message-format=json` says, with plain text of build scripts in between.
//!
//! `cargo run -p tagged-json --example cargo_messages`

#![expect(clippy::print_stdout, reason = "an example shows what it read")]

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use tagged_json::{Entry, Envelope, Error};

#[derive(Envelope, Debug)]
#[envelope(tag = "reason", rename_all = "kebab-case")]
enum Cargo<'a> {
    CompilerArtifact {
        package_id: &'a str,
        filenames: Vec<&'a str>,
        executable: Option<&'a str>,
        fresh: bool,
    },
    BuildScriptExecuted {
        package_id: &'a str,
        out_dir: &'a str,
    },
    BuildFinished {
        success: bool,
    },
}

#[derive(Envelope, Debug)]
#[envelope(tag = "reason", rename_all = "kebab-case")]
enum Brief {
    BuildFinished {
        success: bool,
    },
    /// Everything that we do not look at.
    #[envelope(other)]
    Other,
}

/// Messages, and a stream of them with noise in it.
///
/// # Errors
///
/// When an example is not what it should be.
pub fn main() -> Result<(), Error> {
    let artifact = r#"{"reason":"compiler-artifact","package_id":"path+file:///a#0.1.0","filenames":["/a/liba.rlib"],"executable":null,"fresh":true}"#;
    both_ways::<Cargo<'_>>(artifact)?;
    both_ways::<Cargo<'_>>(
        r#"{"reason":"build-script-executed","package_id":"path+file:///a#0.1.0","out_dir":"/t"}"#,
    )?;
    both_ways::<Cargo<'_>>(r#"{"reason":"build-finished","success":true}"#)?;

    let stream = format!(
        "{artifact}\nnote: from a build script\n{{\"reason\":\"build-finished\",\"success\":false}}\n"
    );
    let mut noise = 0;
    let mut failed = false;
    for line in tagged_json::lines::<_, Brief>(stream.as_bytes()).keep_bad() {
        match line?.value {
            Entry::Message(Brief::BuildFinished { success }) => failed = !success,
            Entry::Message(Brief::Other) => {}
            Entry::Bad { line, .. } => noise += line.len(),
        }
    }
    assert_eq!((failed, noise), (true, "note: from a build script".len()));
    Ok(())
}

/// Reads a message and writes it again, to the byte.
fn both_ways<'a, T>(text: &'a str) -> Result<T, Error>
where
    T: Deserialize<'a> + Serialize + Debug,
{
    let message: T = tagged_json::from_str(text)?;
    println!("{message:?}");
    assert_eq!(tagged_json::to_string(&message)?, text);
    Ok(message)
}
