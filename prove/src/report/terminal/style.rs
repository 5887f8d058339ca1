//! Colours, where they are wanted.

use colored::Colorize;

/// Paints text, or leaves it as it is.
///
/// `colored` has one switch for the whole process. It is only ever turned on,
/// and a plain report never asks it, so that reports with and without colour
/// stand side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    on: bool,
}

impl Style {
    pub(super) fn new(on: bool) -> Self {
        if on {
            colored::control::set_override(true);
        }
        Self { on }
    }

    /// It is well.
    pub(super) fn good(self, text: &str) -> String {
        if self.on { text.green().to_string() } else { text.into() }
    }

    /// It is not.
    pub(super) fn bad(self, text: &str) -> String {
        if self.on { text.red().bold().to_string() } else { text.into() }
    }

    /// It may deserve a look.
    pub(super) fn odd(self, text: &str) -> String {
        if self.on { text.yellow().to_string() } else { text.into() }
    }

    /// A heading.
    pub(super) fn head(self, text: &str) -> String {
        if self.on { text.bold().to_string() } else { text.into() }
    }

    /// Of less weight.
    pub(super) fn faint(self, text: &str) -> String {
        if self.on { text.dimmed().to_string() } else { text.into() }
    }
}
