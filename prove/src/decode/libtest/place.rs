//! Places as the compiler writes them.

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

/// A path as it is seen from the tree's root, where `base` is the folder it is
/// relative to. Absolute ones stay; `./` and `../` are resolved as text.
pub(crate) fn join(base: &str, file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(file.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn joins_as_text() {
        assert_eq!(join("", "src/lib.rs"), "src/lib.rs");
        assert_eq!(join("a/b", "./c.rs"), "a/b/c.rs");
        assert_eq!(join("a/b", "../c.rs"), "a/c.rs");
        assert_eq!(join("a", "../../c.rs"), "../c.rs");
        assert_eq!(join("a", "/c.rs"), "/c.rs");
    }
}
