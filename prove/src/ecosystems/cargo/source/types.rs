//! The type that an `impl` is for, as rustdoc writes it in names.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

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

/// rustdoc leaves out every blank, even those that part words, and puts in the
/// lifetimes that references leave out.
pub(super) fn shown_type(tokens: &[TokenTree]) -> String {
    let mut shown = String::new();
    write(tokens.iter().cloned().collect(), &mut shown);
    shown
}

fn write(tokens: TokenStream, shown: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                shown.push_str(open);
                write(group.stream(), shown);
                shown.push_str(close);
            }
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                shown.push('&');
                if !is(tokens.peek(), '\'') {
                    shown.push_str("'_");
                }
            }
            other => shown.push_str(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expect: &str) {
        let head: Vec<_> = head.parse::<TokenStream>().unwrap().into_iter().collect();
        assert_eq!(shown_type(self_type(&head)), expect, "{head:?}");
    }

    #[test]
    fn the_type_behind_for() {
        check("Vec<T>", "Vec<T>");
        check("<T: Fn(u8) -> T> R<'a, Option<T>> where T: X", "R<'a,Option<T>>");
        check("<'a, T> From<&'a T> for &mut [T; 3]", "&'_mut[T;3]");
        check("<T> !Send for *const (T, fn(&u8) -> u8)", "*const(T,fn(&'_u8)->u8)");
        check("for<'a> Fn(&'a u8)", "for<'a>Fn(&'au8)");
    }
}
