//! A look at the end of the text for a tag that comes late.
//!
//! It is a guess: nothing is validated, an inner member of the same name may be taken for the
//! tag. The decoder that acts on it verifies the real tag and starts again if they differ.

use std::borrow::Cow;

use crate::tag::Tag;

/// The text of a tag that is a string and the last member, as late tags mostly are. What has
/// escapes comes as it is written: no tag is called that.
#[inline]
pub(crate) fn last_string<'de>(text: &'de str, member: &str) -> Option<&'de str> {
    let bytes = text.as_bytes().trim_ascii_end().strip_suffix(b"}")?.trim_ascii_end();
    let inner = bytes.strip_suffix(b"\"")?;
    let start = inner.iter().rposition(|&byte| byte == b'"')? + 1;
    let key = inner[..start - 1].trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    key.strip_suffix(b"\"")?.strip_suffix(member.as_bytes())?.strip_suffix(b"\"")?;
    text.get(start..inner.len())
}

/// A late tag is mostly the last member; siblings of the envelope may stand behind it.
const WINDOW: usize = 256;

pub(crate) fn late_tag<'de>(text: &'de str, member: &str) -> Option<Tag<'de>> {
    let bytes = text.as_bytes();
    let member = member.as_bytes();
    let first = bytes.len().saturating_sub(WINDOW);
    let mut end = bytes.len();
    loop {
        // The closing quote of the key, then the rest of it.
        let quote = first + bytes.get(first..end)?.iter().rposition(|&byte| byte == b'"')?;
        let start = quote.checked_sub(member.len() + 1)?;
        if bytes.get(start) == Some(&b'"') && bytes.get(start + 1..quote) == Some(member) {
            if let Some(tag) = value(text, quote + 1) {
                return Some(tag);
            }
        }
        end = quote;
    }
}

fn value(text: &str, from: usize) -> Option<Tag<'_>> {
    let blank = |c: char| matches!(c, ' ' | '\n' | '\r' | '\t');
    let rest = text.get(from..)?.trim_start_matches(blank).strip_prefix(':')?;
    let rest = rest.trim_start_matches(blank);
    if let Some(rest) = rest.strip_prefix('"') {
        let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\')?;
        return (rest.as_bytes().get(end) == Some(&b'"'))
            .then(|| Tag::Str(Cow::Borrowed(&rest[..end])));
    }
    let end = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'-')?;
    match &rest[..end] {
        "true" => Some(Tag::Bool(true)),
        "false" => Some(Tag::Bool(false)),
        number => number.parse().ok().map(Tag::Int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_last_member_of_that_name() {
        let check = |text, expected| assert_eq!(late_tag(text, "type"), expected, "{text}");
        check(r#"{"msg":{"type":"inner"},"type":"sound"}"#, Some("sound".into()));
        check("{\"msg\":1,\n \"type\" :\t17 }", Some(17.into()));
        check(r#"{"msg":1,"type":true}"#, Some(true.into()));
        check(r#"{"msg":1,"type":"so\u0075nd"}"#, None);
        check(r#"{"msg":1,"mytype":"x"}"#, None);
        check(r#"{"msg":"type"}"#, None);
        check(r#"type":"x"}"#, None);
        check("", None);
        check(r#"{"type""#, None);
    }

    #[test]
    fn finds_a_string_at_the_very_end() {
        let check = |text, expected| assert_eq!(last_string(text, "type"), expected, "{text}");
        check(r#"{"msg":{"type":"inner"},"type":"sound"}"#, Some("sound"));
        check("{\"msg\":1,\"type\" :\n\"é\" }\n", Some("é"));
        check(r#"{"type":""}"#, Some(""));
        check(r#"{"type":"a\"b"}"#, None);
        check(r#"{"mytype":"x"}"#, None);
        check(r#"{"type":17}"#, None);
        check(r#"{"type":"x","id":"y"}"#, None);
        check(r#""}"#, None);
        check("", None);
    }

    #[test]
    fn does_not_split_characters() {
        let text = format!("{{\"msg\":\"{}\",\"type\":\"é\"}}", "é".repeat(200));
        assert_eq!(late_tag(&text, "type"), Some("é".into()));
    }
}
