//! Text from outside, made harmless.

/// Whether a terminal, or an editor, may act on this character instead of
/// showing it: controls, changes of direction, invisible separators.
pub(crate) fn acts(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}')
}
