//! The paths that code names, `use` groups taken apart.

/// A path as it is written, without generics, and where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) path: String,
    pub(super) line: usize,
}

/// Every path of two segments or more in code that has neither comments nor strings.
pub(super) fn used_paths(code: &str) -> Vec<Used> {
    let mut reader = Reader {
        code: code.as_bytes(),
        at: 0,
        line: 1,
        found: Vec::new(),
    };
    while reader.at < reader.code.len() {
        if reader.word_ahead() {
            reader.tree("");
        } else {
            // A `$crate` or a `.method` is no path of ours; what follows the sign is skipped as one word.
            let joins = matches!(reader.peek(), Some(b'$' | b'.'));
            reader.step();
            if joins {
                reader.word();
            }
        }
    }
    reader.found.retain(|used| used.path.contains("::"));
    reader.found
}

struct Reader<'a> {
    code: &'a [u8],
    at: usize,
    line: usize,
    found: Vec<Used>,
}

impl Reader<'_> {
    /// Reads a path or a group, all of it below `prefix`.
    fn tree(&mut self, prefix: &str) {
        self.space();
        if self.peek() == Some(b'{') {
            return self.group(prefix);
        }
        let line = self.line;
        let word = self.word();
        let path = match prefix {
            "" => word,
            _ => format!("{prefix}::{word}"),
        };
        if self.separator() {
            self.tree(&path);
        } else {
            self.found.push(Used { path, line });
        }
    }

    fn group(&mut self, prefix: &str) {
        self.step();
        loop {
            self.space();
            if !matches!(self.peek(), None | Some(b'}')) {
                self.tree(prefix);
            }
            // An alias may follow.
            while !matches!(self.peek(), None | Some(b',' | b'}')) {
                self.step();
            }
            if self.peek() != Some(b',') {
                return self.step();
            }
            self.step();
        }
    }

    /// Passes `::` if a word, a star or a group comes after it.
    fn separator(&mut self) -> bool {
        let (at, line) = (self.at, self.line);
        if self.code[self.at..].starts_with(b"::") {
            self.at += 2;
            self.space();
            if self.word_ahead() || matches!(self.peek(), Some(b'{' | b'*')) {
                return true;
            }
        }
        (self.at, self.line) = (at, line);
        false
    }

    /// Passes a word, or the star at the end of a path.
    fn word(&mut self) -> String {
        let start = self.at;
        if self.peek() == Some(b'*') {
            self.step();
        }
        while self.peek().is_some_and(is_word) {
            self.step();
        }
        String::from_utf8_lossy(&self.code[start..self.at]).into_owned()
    }

    fn word_ahead(&self) -> bool {
        self.peek().is_some_and(is_word)
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.step();
        }
    }

    fn step(&mut self) {
        self.line += usize::from(self.peek() == Some(b'\n'));
        self.at = (self.at + 1).min(self.code.len());
    }

    fn peek(&self) -> Option<u8> {
        self.code.get(self.at).copied()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[test]
fn paths_are_found_wherever_they_stand() {
    for (code, paths) in [
        ("use crate::a::B;", "crate::a::B"),
        ("pub use crate::a::*;", "crate::a::*"),
        (
            "use crate::{a::{B as C, d::*}, e,};",
            "crate::a::B crate::a::d::* crate::e",
        ),
        ("use crate::\n    a;", "crate::a"),
        ("let x = crate::a::f::<u8>(y.z());", "crate::a::f"),
        ("fn f(_: &'a super::B) {}", "super::B"),
        (
            "if x == crate::a::B { crate::c::d() }",
            "crate::a::B crate::c::d",
        ),
        ("let x = Vec::<http::Uri>::new();", "http::Uri"),
        ("impl ::std::fmt::Debug for X {}", "std::fmt::Debug"),
        ("$crate::a::b!(); x.y::<Z>()", "a::b"),
        ("let x = 1; match y { _ => z }", ""),
        ("use crate::{", ""),
    ] {
        let found: Vec<_> = used_paths(code).into_iter().map(|it| it.path).collect();
        assert_eq!(found.join(" "), paths, "{code}");
    }
}

#[test]
fn each_path_knows_its_line() {
    let used = used_paths("\nuse a::{\n    b,\n    c::d,\n};\ne::f();");
    let lines: Vec<_> = used.iter().map(|it| (it.path.as_str(), it.line)).collect();
    assert_eq!(lines, [("a::b", 3), ("a::c::d", 4), ("e::f", 6)]);
}
