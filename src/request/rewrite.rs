//! The text of a source, as decoded, to its URL: replacements, the base URL, and the normal form.

use super::{Error, Fault, SourceUrl};

const SETTING: &str = "URL_REPLACEMENTS";

/// How the text of a source becomes a URL.
#[derive(Debug)]
pub(super) struct Rewriter {
    replacements: Vec<Replacement>,
    base_url: String,
    query_separator: String,
}

impl Rewriter {
    /// A rewriter that goes by `definitions` of the form `pattern=replacement`, in their order, then by the base.
    pub(super) fn try_new(
        definitions: &[String],
        base_url: &str,
        query_separator: &str,
    ) -> Result<Self, Vec<Fault>> {
        let (good, bad): (Vec<_>, Vec<_>) = definitions
            .iter()
            .filter(|text| !text.trim().is_empty())
            .map(|text| Replacement::parse(text.trim()))
            .partition(Result::is_ok);
        if !bad.is_empty() {
            return Err(bad.into_iter().filter_map(Result::err).collect());
        }
        Ok(Self {
            replacements: good.into_iter().flatten().collect(),
            base_url: base_url.to_owned(),
            query_separator: query_separator.to_owned(),
        })
    }

    /// The URL that `text` stands for.
    pub(super) fn source(&self, text: &str) -> Result<SourceUrl, Error> {
        if self.replacements.is_empty() && self.base_url.is_empty() {
            return SourceUrl::parse_with(text, &self.query_separator);
        }
        let mut url = text.to_owned();
        for replacement in &self.replacements {
            if let Some(replaced) = replacement.apply(&url) {
                url = replaced;
            }
        }
        if !url.starts_with(&self.base_url) {
            url.insert_str(0, &self.base_url);
        }
        SourceUrl::parse_with(&url, &self.query_separator)
    }
}

/// What takes the place of the beginning of a URL.
#[derive(Debug)]
struct Replacement {
    /// What stands between the `*` of the pattern, each of which is any text without `/`, the longest that fits.
    literals: Vec<String>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// What the `*` of this number, from 1, stood for; 0 is all that was matched.
    Capture(usize),
}

impl Replacement {
    fn parse(definition: &str) -> Result<Self, Fault> {
        let fault = |reason: &str| Fault {
            setting: SETTING,
            reason: format!("{definition:?}: {reason}"),
        };
        let (pattern, replacement) = definition
            .split_once('=')
            .ok_or_else(|| fault("no `=` after the pattern"))?;
        let literals: Vec<String> = pattern.split('*').map(str::to_owned).collect();
        let pieces = pieces(replacement)
            .ok_or_else(|| fault("a `${` without a number and a `}` after it"))?;
        let stars = literals.len() - 1;
        let missing = |piece: &Piece| matches!(piece, Piece::Capture(number) if *number > stars);
        if pieces.iter().any(missing) {
            return Err(fault("a `${N}` without its `*`"));
        }
        Ok(Self { literals, pieces })
    }

    /// The URL with its beginning replaced; `None` where the pattern does not match it.
    fn apply(&self, url: &str) -> Option<String> {
        let (end, captures) = Matcher::new(&self.literals, url).run()?;
        let mut replaced = String::with_capacity(url.len());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => replaced.push_str(text),
                Piece::Capture(0) => replaced.push_str(&url[..end]),
                Piece::Capture(number) => replaced.push_str(captures[number - 1]),
            }
        }
        replaced.push_str(&url[end..]);
        Some(replaced)
    }
}

fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut parts = text.split("${");
    let mut pieces = vec![Piece::Text(parts.next()?.to_owned())];
    for part in parts {
        let (number, after) = part.split_once('}')?;
        pieces.push(Piece::Capture(number.parse().ok()?));
        pieces.push(Piece::Text(after.to_owned()));
    }
    Some(pieces)
}

/// One pattern against the beginning of one URL.
///
/// A `*` ends before the next slash, and each literal holds so many of them; so the `*` of one place in the pattern
/// always lies in one segment of the URL, and an end of it that once led nowhere leads nowhere again. Each is tried
/// once, so that no URL makes this slow.
struct Matcher<'m> {
    literals: &'m [String],
    url: &'m str,
    /// By literal: the lowest end of the `*` before it that was tried.
    tried: Vec<usize>,
}

impl<'m> Matcher<'m> {
    fn new(literals: &'m [String], url: &'m str) -> Self {
        Self {
            literals,
            url,
            tried: vec![usize::MAX; literals.len()],
        }
    }

    /// Where the match ends, and what each `*` stood for.
    fn run(mut self) -> Option<(usize, Vec<&'m str>)> {
        let first = self.literals.first()?;
        if !self.url.starts_with(first.as_str()) {
            return None;
        }
        let mut captures = Vec::new();
        let end = self.rest(1, first.len(), &mut captures)?;
        captures.reverse();
        Some((end, captures))
    }

    /// Matches the `*` before the literal `index` and all after it from `at` on; captures come last first.
    fn rest(&mut self, index: usize, at: usize, captures: &mut Vec<&'m str>) -> Option<usize> {
        let Some(literal) = self.literals.get(index) else {
            return Some(at);
        };
        let url = self.url;
        let reach = url[at..].find('/').map_or(url.len(), |slash| at + slash);
        let limit = self.tried[index].min(reach + 1);
        for end in (at..limit).rev() {
            self.tried[index] = end;
            if !url.is_char_boundary(end) || !url[end..].starts_with(literal.as_str()) {
                continue;
            }
            if let Some(found) = self.rest(index + 1, end + literal.len(), captures) {
                captures.push(&url[at..end]);
                return Some(found);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewriter(definitions: &[&str], base_url: &str) -> Rewriter {
        let definitions: Vec<String> = definitions.iter().map(|&text| text.to_owned()).collect();
        Rewriter::try_new(&definitions, base_url, "?").unwrap()
    }

    #[test]
    fn replacements_follow_one_another_and_then_comes_the_base() {
        for (definitions, base_url, text, url) in [
            (&[][..], "", "http://a/b", "http://a/b"),
            (&[], "http://a/", "b.jpg", "http://a/b.jpg"),
            (&[], "http://a/", "http://a/b.jpg", "http://a/b.jpg"),
            (&[], "http://a/", "http://evil/b", "http://a/http://evil/b"),
            (
                &["mys3://=s3://my_bucket/images/"],
                "",
                "mys3://x/y",
                "s3://my_bucket/images/x/y",
            ),
            (&["x:/=http://a/"], "", "http://x:/", "http://x/"),
            (
                &["mys3://*/=s3://my_bucket/${1}/images/"],
                "",
                "mys3://cats/a.jpg",
                "s3://my_bucket/cats/images/a.jpg",
            ),
            (
                &["a/*/*/=http://${2}/${1}/"],
                "",
                "a/b/c/d/e",
                "http://c/b/d/e",
            ),
            (
                &["*-*/=http://h/${1}_${2}/"],
                "",
                "a-b-c/d",
                "http://h/a-b_c/d",
            ),
            (&["k*=http://h/${1}${0}"], "", "kx/y", "http://h/xkx/y"),
            (&["a/=b/", "b/=http://c/"], "", "a/x", "http://c/x"),
            (&["b/=c/", "a/=b/"], "http://h/", "a/x", "http://h/b/x"),
            (&["é*=http://h/${1}"], "", "éü/a", "http://h/%C3%BC/a"),
            (&["$=http://h/$1$$"], "", "$x", "http://h/$1$$x"),
        ] {
            let source = rewriter(definitions, base_url).source(text).unwrap();
            assert_eq!(source.as_str(), url, "{definitions:?} {text}");
        }
    }

    #[test]
    fn what_is_no_replacement_is_a_fault() {
        for definition in ["a", "a=${1}", "a*=${2}", "a*=${x}", "a*=${1", "*=${-1}"] {
            let faults = Rewriter::try_new(&[definition.to_owned()], "", "?").unwrap_err();
            assert_eq!(faults.len(), 1, "{definition}");
            assert_eq!(faults[0].setting, SETTING);
        }
    }

    #[test]
    fn no_url_makes_a_pattern_slow() {
        let pattern = format!("{}b=http://h/", "*a".repeat(12));
        let rewriter = rewriter(&[&pattern], "http://h/");
        let url = rewriter.source(&"a".repeat(4000)).unwrap();
        assert_eq!(url.as_str().len(), 4000 + "http://h/".len());
    }
}
