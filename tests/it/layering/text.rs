//! Rust source with everything blanked that is no code of the product, each line in its place.

/// The source without comments, literals and code that is only for tests.
pub(super) fn code_of(source: &str) -> String {
    without_tests(&without_literals(source))
}

/// Blanks comments, and what strings and characters hold.
fn without_literals(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let length = literal_length(rest, code.chars().next_back());
        if length == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            code.extend(rest[..length].chars().map(blank));
            rest = &rest[length..];
        }
    }
    code
}

/// Bytes of the comment or literal at the start of `text`; 0 if there is none.
fn literal_length(text: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    match text.as_bytes() {
        [b'/', b'/', ..] => text.find('\n').unwrap_or(text.len()),
        [b'/', b'*', ..] => block_comment_length(text),
        [b'"', ..] => quoted_length(text, '"'),
        [b'\'', ..] => character_length(text),
        [b'r', b'"' | b'#', ..] if !in_word || before == Some('b') => raw_length(text),
        _ => 0,
    }
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let (opens, closes) = (
            text.as_bytes()[at..].starts_with(b"/*"),
            text.as_bytes()[at..].starts_with(b"*/"),
        );
        depth = depth + usize::from(opens) - usize::from(closes);
        at += if opens || closes { 2 } else { 1 };
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A quote begins a character if it holds an escape or closes after one character; else it is a lifetime's.
fn character_length(text: &str) -> usize {
    let mut characters = text.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted_length(text, '\''),
        _ => 0,
    }
}

/// A raw string; a raw identifier has a `#` and no quote.
fn raw_length(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|it| *it == b'#').count();
    let open = hashes + 2;
    if text.as_bytes().get(open - 1) != Some(&b'"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    text[open..]
        .find(&close)
        .map_or(text.len(), |at| open + at + close.len())
}

/// Blanks items under `#[cfg(test)]`; expects code without literals.
fn without_tests(code: &str) -> String {
    let Some((before, rest)) = code.split_once("#[cfg(test)]") else {
        return code.to_owned();
    };
    let (item, after) = rest.split_at(item_length(rest));
    let blanked: String = item.chars().map(blank).collect();
    format!("{before}{blanked}{}", without_tests(after))
}

/// Bytes up to the end of the item at the start of `code`: its semicolon, or the end of its braces.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in code.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

#[test]
fn what_is_no_code_is_blanked_and_lines_stay_in_place() {
    for (source, code) in [
        ("a // b\nc", "a\nc"),
        ("a /* b /* c */ \n d */ e", "a\ne"),
        (r#"f("a\"b", 'c', '\'', "d") g"#, "f(,,,)g"),
        ("f<'a>(&'a str, 'é')", "f<'a>(&'astr,)"),
        ("r#\"a\"b\"# c br\"d\" r#type", "cbr#type"),
        ("a #[cfg(test)]\nmod b { c { } }\nd", "a\n\nd"),
        ("#[cfg(test)]\nmod tests;\nd", "\n\nd"),
        ("#[cfg(test)] impl A<[u8; 2]> { fn b() {} } d", "d"),
        ("#[cfg(test)] use a::{b, c}; d", ";d"),
        ("a \"b", "a"),
        ("a /* b", "a"),
    ] {
        let found = code_of(source).replace(' ', "");
        assert_eq!(found, code, "{source}");
    }
}
