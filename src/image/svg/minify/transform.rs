//! Lists of transforms in fewer letters.

use svgtypes::TransformListParser;

use super::number::{list, plain};

/// The same list with shorter numbers and without what stands between; nothing where it is not read to its end.
pub(super) fn shorter(text: &str) -> Option<String> {
    let read = TransformListParser::from(text).all(|transform| transform.is_ok());
    if !read {
        return None;
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once('(') {
        let (numbers, after) = after.split_once(')')?;
        let numbers = list(numbers, plain)?;
        let numbers: Vec<&str> = numbers.split(' ').collect();
        written.push_str(&function(name.trim(), &numbers)?);
        rest =
            after.trim_start_matches(|letter: char| letter == ',' || letter.is_ascii_whitespace());
    }
    rest.is_empty().then_some(written)
}

/// A function without what it means by itself.
fn function(name: &str, numbers: &[&str]) -> Option<String> {
    let (name, numbers) = match (name, numbers) {
        ("matrix", ["1", "0", "0", "1", x, y]) => ("translate", shift(x, y)),
        ("matrix", [x, "0", "0", y, "0", "0"]) | ("scale", [x, y]) => ("scale", scale(x, y)),
        ("translate", [x, y]) => ("translate", shift(x, y)),
        ("rotate", [angle, "0", "0"]) => ("rotate", (*angle).to_owned()),
        ("matrix" | "translate" | "scale" | "rotate" | "skewX" | "skewY", numbers) => {
            (name, numbers.join(" "))
        }
        _ => return None,
    };
    Some(format!("{name}({numbers})"))
}

fn shift(x: &str, y: &str) -> String {
    match y {
        "0" => x.to_owned(),
        _ => format!("{x} {y}"),
    }
}

fn scale(x: &str, y: &str) -> String {
    match x == y {
        true => x.to_owned(),
        false => format!("{x} {y}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_are_written_without_what_they_mean_by_themselves() {
        for (text, expected) in [
            ("translate(10.0, 20.50)", Some("translate(10 20.5)")),
            ("translate( 5 , 0 )", Some("translate(5)")),
            ("matrix(1,0,0,1,-3.0,4)", Some("translate(-3 4)")),
            ("matrix(2 0 0 2 0 0)", Some("scale(2)")),
            ("matrix(1 0.5 0 1 0 0)", Some("matrix(1 .5 0 1 0 0)")),
            ("scale(0.5,0.50)", Some("scale(.5)")),
            ("scale(1,-1)", Some("scale(1 -1)")),
            ("rotate(45 0 0) , skewX(10)", Some("rotate(45)skewX(10)")),
            ("rotate(45,10,10)", Some("rotate(45 10 10)")),
            ("translate(1)\n scale (2)", Some("translate(1)scale(2)")),
            ("translate(1px)", None),
            ("rotate(45deg)", None),
            ("none", None),
            ("translate(1", None),
            ("translate(1) x", None),
        ] {
            assert_eq!(shorter(text).as_deref(), expected, "{text}");
        }
    }
}
