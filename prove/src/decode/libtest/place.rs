//! Places as the compiler writes them.

use crate::decode::paths::join;
use crate::target::Location;

/// `FILE:L:C` or `FILE:L` as a location. What lies in the standard library
/// says nothing of the test.
pub(in crate::decode) fn place(text: &str, base: &str) -> Option<Location> {
    let (rest, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (file, line) = match rest.rsplit_once(':') {
        Some((file, line)) if line.parse::<u32>().is_ok() => (file, line.parse().ok()),
        _ => (rest, Some(last)),
    };
    if file.starts_with("/rustc/") || file.contains("/rustlib/src/") {
        return None;
    }
    Some(Location { file: join(base, file), line })
}
