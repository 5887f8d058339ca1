//! `rename_all`, with serde's names for the cases.

use syn::{Error, LitStr, Result};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const NAMES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    pub(crate) fn parse(name: &LitStr) -> Result<Self> {
        let text = name.value();
        NAMES.iter().find(|(known, _)| *known == text).map(|(_, case)| *case).ok_or_else(|| {
            let known: Vec<_> = NAMES.iter().map(|(known, _)| format!("{known:?}")).collect();
            Error::new(
                name.span(),
                format!("unknown case {text:?}, expected one of {}", known.join(", ")),
            )
        })
    }

    /// Renames a variant, which is written in `PascalCase`.
    pub(crate) fn variant(self, name: &str) -> String {
        let separated = |separator: char| {
            let mut out = String::new();
            for (at, c) in name.char_indices() {
                if at > 0 && c.is_uppercase() {
                    out.push(separator);
                }
                out.extend(c.to_lowercase());
            }
            out
        };
        match self {
            Case::Pascal => name.to_owned(),
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Camel => {
                let mut chars = name.chars();
                chars
                    .next()
                    .map(|first| first.to_lowercase().chain(chars).collect())
                    .unwrap_or_default()
            }
            Case::Snake => separated('_'),
            Case::ScreamingSnake => separated('_').to_uppercase(),
            Case::Kebab => separated('-'),
            Case::ScreamingKebab => separated('-').to_uppercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_as_serde_names_them() {
        let check = |case: Case, expected| assert_eq!(case.variant("CaseStarted"), expected);
        check(Case::Lower, "casestarted");
        check(Case::Upper, "CASESTARTED");
        check(Case::Pascal, "CaseStarted");
        check(Case::Camel, "caseStarted");
        check(Case::Snake, "case_started");
        check(Case::ScreamingSnake, "CASE_STARTED");
        check(Case::Kebab, "case-started");
        check(Case::ScreamingKebab, "CASE-STARTED");
    }
}
