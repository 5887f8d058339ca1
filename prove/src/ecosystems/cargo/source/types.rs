//! The type that an `impl` is for, as rustdoc writes it in names.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// The self type in `<T> Trait<T> for Type<T> where ...`.
pub(super) fn self_type(head: &[TokenTree]) -> &[TokenTree] {
    let mut rest = head;
    if is(rest.first(), '<') {
        rest = &rest[matching(rest)..];
    }
    let (mut from, mut depth) = (0, 0_usize);
    for (at, token) in rest.iter().enumerate() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' && !is_arrow(rest, at) => {
                depth = depth.saturating_sub(1);
            }
            // `for<'a>` begins a type.
            TokenTree::Ident(word) if word == "for" && depth == 0 && !is(rest.get(at + 1), '<') => {
                from = at + 1;
            }
            TokenTree::Ident(word) if word == "where" && depth == 0 => return &rest[from..at],
            _ => {}
        }
    }
    &rest[from..]
}

fn is(token: Option<&TokenTree>, what: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == what)
}

fn is_arrow(tokens: &[TokenTree], at: usize) -> bool {
    at > 0
        && matches!(&tokens[at - 1], TokenTree::Punct(punct)
            if punct.as_char() == '-' && punct.spacing() == Spacing::Joint)
}

/// Behind the `>` that closes the first token.
fn matching(tokens: &[TokenTree]) -> usize {
    let mut depth = 0_usize;
    for at in 0..tokens.len() {
        if is(tokens.get(at), '<') {
            depth += 1;
        } else if is(tokens.get(at), '>') && !is_arrow(tokens, at) {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// rustdoc leaves out every blank, even those that part words.
pub(super) fn shown_type(tokens: &[TokenTree]) -> String {
    let tokens: TokenStream = tokens.iter().cloned().collect();
    tokens.to_string().chars().filter(|c| !c.is_whitespace()).collect()
}
