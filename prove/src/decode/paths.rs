//! Paths in what tests print.

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
