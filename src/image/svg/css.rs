//! Styles without what reaches beyond the drawing.
//!
//! The rules are taken apart by a simple reading and written anew. That reading may differ from a browser's, so
//! the outcome is judged as a whole text too, in ways that hold however it is read: no escapes, no comments, no
//! rules that load, and no address but that of a fragment.

use super::words::is_property;

/// Functions that take addresses besides `url`, and words that once ran code.
const HARMFUL: [&str; 11] = [
    "image(",
    "image-set(",
    "src(",
    "cross-fade(",
    "element(",
    "expression",
    "javascript:",
    "vbscript:",
    "@import",
    "@charset",
    "<!",
];

/// Rules of rules that may stay.
const NESTING: [&str; 4] = ["@media", "@supports", "@keyframes", "@-webkit-keyframes"];

/// The deepest nesting of rules.
const MAX_NESTING: u32 = 4;

/// Whether a value, or any text of a style, can neither load nor run anything.
pub(super) fn is_harmless(text: &str) -> bool {
    // An escape hides a word; a comment may split one.
    if text.contains('\\') || text.contains("/*") || text.contains('\0') {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let harmful = HARMFUL.iter().any(|word| text.contains(word));
    !harmful && text.split("url(").skip(1).all(is_fragment)
}

/// Whether what follows `url(` is the name of an element of the same document.
fn is_fragment(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.strip_prefix(['"', '\''])
        .unwrap_or(rest)
        .starts_with('#')
}

/// The declarations of a `style` attribute, or of a rule, that are harmless.
pub(super) fn declarations(text: &str) -> String {
    let kept: Vec<String> = without_comments(text)
        .split(';')
        .filter_map(declaration)
        .collect();
    let text = kept.join(";");
    match is_harmless(&text) {
        true => text,
        false => String::new(),
    }
}

fn declaration(text: &str) -> Option<String> {
    let (name, value) = text.split_once(':')?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    let sound = !value.is_empty() && !value.contains(['{', '}']) && is_whole(value);
    (is_property(&name) && sound).then(|| format!("{name}:{value}"))
}

/// A style sheet with its harmless rules.
pub(super) fn sheet(text: &str) -> String {
    let mut kept = String::new();
    rules(&without_comments(text), MAX_NESTING, &mut kept);
    match is_harmless(&kept) {
        true => kept,
        false => String::new(),
    }
}

/// Writes the rules of `text` that may stay. What nests too deeply is left out.
fn rules(text: &str, nesting: u32, kept: &mut String) {
    let mut rest = text.trim_start();
    while let Some(at) = rest.find(['{', ';', '}']) {
        let (prelude, from) = rest.split_at(at);
        if !from.starts_with('{') {
            // A rule without a block, or a stray end.
            rest = from[1..].trim_start();
            continue;
        }
        let (block, after) = block(&from[1..]);
        rule(prelude.trim(), block, nesting, kept);
        rest = after.trim_start();
    }
}

fn rule(prelude: &str, block: &str, nesting: u32, kept: &mut String) {
    if !is_whole(prelude) {
        return;
    }
    let mut inner = String::new();
    if prelude.starts_with('@') {
        let word = prelude.split_ascii_whitespace().next().unwrap_or_default();
        if nesting == 0 || !NESTING.contains(&word.to_ascii_lowercase().as_str()) {
            return;
        }
        rules(block, nesting - 1, &mut inner);
    } else {
        inner = declarations(block);
    }
    if !prelude.is_empty() && !inner.is_empty() {
        kept.extend([prelude, "{", &inner, "}"]);
    }
}

/// Whether a piece is harmless, and no half of one that was cut within quotes.
fn is_whole(text: &str) -> bool {
    let even = |quote: char| text.matches(quote).count().is_multiple_of(2);
    even('"') && even('\'') && is_harmless(text)
}

/// What stands before the brace that ends a block, and what after; all of it where none does.
fn block(text: &str) -> (&str, &str) {
    let mut depth = 1_u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    (text, "")
}

/// The text with a space for each comment, and without the marks that once hid styles from browsers.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.extend([before, " "]);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept.replace("<!--", " ").replace("-->", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_declarations_stay() {
        for (text, expected) in [
            ("fill:red;stroke:blue", "fill:red;stroke:blue"),
            (" Fill : red ;; ", "fill:red"),
            ("fill:url(#a);mask:url('#b')", "fill:url(#a);mask:url('#b')"),
            ("fill:url(http://a/b);stroke:red", "stroke:red"),
            ("fill:URL( //a/b#c )", ""),
            ("fill:u/**/rl(a)", "fill:u rl(a)"),
            ("fill:\\75rl(a);r:1", "r:1"),
            ("behavior:url(#a);-moz-binding:url(#a);r:1", "r:1"),
            ("width:expression(alert(1))", ""),
            ("background:image-set('a' 1x)", ""),
            ("--a:url(b);fill:var(--a)", "fill:var(--a)"),
            ("fill:red}*{fill:blue", ""),
            ("font:'a;b';r:1", "r:1"),
            ("/* fill:red", ""),
        ] {
            assert_eq!(declarations(text), expected, "{text}");
        }
    }

    #[test]
    fn only_harmless_rules_stay() {
        for (text, expected) in [
            (".a { fill : red; }\n.b{r:1}", ".a{fill:red}.b{r:1}"),
            ("@import url(a);.a{r:1}", ".a{r:1}"),
            ("@import 'a';.a{r:1}", ".a{r:1}"),
            ("@im\\port 'a';.a{r:1}", ".a{r:1}"),
            ("@font-face{src:url(a);x:y}.a{r:1}", ".a{r:1}"),
            ("@media print{.a{r:1}.b{x:url(y)}}", "@media print{.a{r:1}}"),
            (
                "@keyframes a{from{r:1}to{r:2}}",
                "@keyframes a{from{r:1}to{r:2}}",
            ),
            (
                "@media a{@media b{@media c{@media d{@media e{a{r:1}}}}}}",
                "",
            ),
            ("<!-- .a{r:1} -->", ".a{r:1}"),
            (".a{r:1", ".a{r:1}"),
            ("}}.a{r:1}", ".a{r:1}"),
            (".a[x='}']{r:1}", ""),
            ("@@@{}{}{", ""),
        ] {
            let written = sheet(text);
            assert_eq!(written, expected, "{text}");
            assert_eq!(sheet(&written), written, "{text}");
        }
    }
}
