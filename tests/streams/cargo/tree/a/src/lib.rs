//! A package whose tests write down their environment.

/// ```
/// assert_eq!(tree_a::one(), 1);
/// ```
pub fn one() -> u8 {
    1
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_its_environment() {
        let Ok(path) = std::env::var("TREE_DUMP") else { return };
        let folder = std::env::current_dir().unwrap();
        let mut lines: Vec<String> =
            std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!("in {}", folder.display()));
        lines.sort();
        std::fs::write(format!("{path}/unit"), lines.join("\n")).unwrap();
    }
}
