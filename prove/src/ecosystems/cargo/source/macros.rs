//! What macros may come to, by what they are defined with or given.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::attributes::makes_tests;
use super::{Defined, Makes};

impl Defined {
    /// What a macro's definition, or what is given to one, may come to.
    pub(super) fn read(name: String, tokens: TokenStream) -> Self {
        let mut found = Self { name, makes: Makes::default(), calls: Vec::new() };
        found.look(tokens);
        found
    }

    fn look(&mut self, tokens: TokenStream) {
        let mut before: [Option<String>; 2] = [None, None];
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                let attribute = group.delimiter() == Delimiter::Bracket
                    && before[1].as_deref().is_some_and(|before| ["#", "!"].contains(&before));
                if attribute {
                    self.attribute(group.stream());
                } else {
                    if let [Some(name), Some(bang)] = &before
                        && bang == "!"
                    {
                        self.calls.push(name.clone());
                        self.makes.tests |= makes_tests(name);
                    }
                    self.look(group.stream());
                }
            }
            let shown = match &token {
                TokenTree::Ident(ident) => Some(ident.to_string()),
                TokenTree::Punct(punct) => Some(punct.as_char().to_string()),
                TokenTree::Group(_) | TokenTree::Literal(_) => None,
            };
            before = [before[1].take(), shown];
        }
    }

    fn attribute(&mut self, tokens: TokenStream) {
        for (at, token) in tokens.into_iter().enumerate() {
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    // `#[cfg(test)]` and `#[doc(test(...))]` have it in groups.
                    self.makes.tests |= name == "test" || makes_tests(&name);
                }
                TokenTree::Literal(text) if at > 0 => {
                    self.makes.docs |= text.to_string().contains("```");
                }
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}
