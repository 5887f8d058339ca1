//! One failing case for each way to fail.

/// Adds, so they say.
///
/// ```
/// assert_eq!(failing::add(1, 1), 2);
/// ```
///
/// ```
/// assert_eq!(failing::add(2, 2), 5);
/// ```
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn assertion() {
        println!("about to add");
        assert_eq!(add(2, 2), 5, "two and two");
    }

    #[test]
    #[should_panic]
    fn does_not_panic() {
        add(1, 1);
    }

    #[test]
    #[should_panic(expected = "overflow")]
    fn panics_with_other_words() {
        panic!("something else");
    }

    #[test]
    fn returns_an_error() -> Result<(), std::num::ParseIntError> {
        "five".parse::<u32>()?;
        Ok(())
    }

    #[test]
    fn works() {
        assert_eq!(add(2, 2), 4);
    }
}
