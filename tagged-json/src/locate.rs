//! Where in the input: lines, columns and JSON paths, worked out only once something is wrong.

/// Line and column of the place behind `consumed` bytes, counted as `serde_json` counts.
pub(crate) fn line_column(text: &[u8], consumed: usize) -> (usize, usize) {
    let before = text.get(..consumed).unwrap_or(text);
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|&byte| byte == b'\n').count();
    (line, before.len() - line_start)
}

/// The inverse of [`line_column`].
pub(crate) fn consumed(text: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match text.get(start..).and_then(|rest| rest.iter().position(|&byte| byte == b'\n')) {
            Some(at) => start += at + 1,
            None => break,
        }
    }
    (start + column).min(text.len())
}

/// Of an array or object that it refuses at a look, `serde_json` says the place in front: this is
/// the place of the bracket itself.
pub(crate) fn onto_bracket(text: &[u8], consumed: usize) -> usize {
    let bracket = |byte: &u8| matches!(byte, b'[' | b'{');
    if consumed > 0 && text.get(consumed - 1).is_some_and(bracket) {
        return consumed;
    }
    let rest = text.get(consumed..).unwrap_or_default();
    match rest.iter().position(|byte| !byte.is_ascii_whitespace()) {
        Some(at) if bracket(&rest[at]) => consumed + at + 1,
        _ => consumed,
    }
}

enum Frame {
    Array(usize),
    Object(Option<(usize, usize)>),
}

/// The JSON path of the value in which the byte before `consumed` stands.
///
/// It takes broken text as it comes: whatever was read before the error is well-formed.
pub(crate) fn path(text: &str, consumed: usize) -> String {
    let bytes = text.as_bytes().get(..consumed).unwrap_or(text.as_bytes());
    let mut stack = Vec::new();
    let mut key_next = false;
    let mut opened = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'[' => {
                stack.push(Frame::Array(0));
                opened = Some(at);
            }
            b'{' => {
                stack.push(Frame::Object(None));
                key_next = true;
            }
            b']' | b'}' => {
                stack.pop();
                key_next = false;
            }
            b',' => match stack.last_mut() {
                Some(Frame::Array(index)) => *index += 1,
                Some(Frame::Object(_)) => key_next = true,
                None => {}
            },
            b'"' => {
                let end = string_end(bytes, at);
                if let (true, Some(Frame::Object(key))) = (key_next, stack.last_mut()) {
                    *key = Some((at, end));
                    key_next = false;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    // A place on the bracket itself is that of the array, not of its first element.
    if opened.is_some_and(|opened| opened + 1 == bytes.len()) {
        stack.pop();
    }
    render(text, &stack)
}

/// The index behind the string that opens at `start`.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn render(text: &str, stack: &[Frame]) -> String {
    let mut path = String::from("$");
    for frame in stack {
        match frame {
            Frame::Array(index) => path.extend(["[", &index.to_string(), "]"]),
            Frame::Object(None) => {}
            Frame::Object(Some((start, end))) => {
                let quoted = text.get(*start..*end).unwrap_or_default();
                match serde_json::from_str::<String>(quoted) {
                    Ok(key) if is_plain(&key) => path.extend([".", &key]),
                    _ => path.extend(["[", quoted, "]"]),
                }
            }
        }
    }
    path
}

fn is_plain(key: &str) -> bool {
    let word = |c: char| c == '_' || c == '-' || c == '$' || c.is_alphanumeric();
    !key.is_empty() && key.chars().all(word)
}

/// The deepest nesting of arrays and objects, strings left out.
pub(crate) fn depth(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut now, mut most, mut at) = (0_usize, 0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => {
                now += 1;
                most = most.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, upto: &str, expected: &str) {
        let consumed = text.find(upto).map_or(text.len(), |at| at + upto.len());
        assert_eq!(path(text, consumed), expected);
    }

    #[test]
    fn paths() {
        check(r#"{"a":[1,{"b c":true}]}"#, "tru", r#"$.a[1]["b c"]"#);
        check(r#"{"a":[1,{"b c":true}]}"#, "}", "$.a[1]");
        check(r#"{"a\"":{"x":1},"t":"}{"}"#, "}{", "$.t");
        check(r#"["x,]",[],7]"#, "7", "$[2]");
        check("[1", "nowhere", "$[0]");
        check(r#"{"a": [1]}"#, "[", "$.a");
        check(r#"["[", 1]"#, "[\"[", "$[0]");
        check("", "", "$");
    }

    #[test]
    fn lines_and_columns_invert() {
        let text = b"{\n\n  \"a\": 1\n}";
        for at in 0..=text.len() {
            let (line, column) = line_column(text, at);
            assert_eq!(consumed(text, line, column), at);
        }
    }

    #[test]
    fn depth_ignores_strings() {
        assert_eq!(depth(r#"[{"[[[":"\"[["},[[]]]"#), 3);
    }
}
