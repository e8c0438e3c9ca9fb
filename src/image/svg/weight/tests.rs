use super::*;
use crate::image::svg::document;

fn weighed(inner: &str) -> Result<(), String> {
    let text = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{inner}</svg>"
    );
    let document = document::parse(&text).unwrap();
    bounded(&document).map_err(|error| error.to_string())
}

/// `levels` groups, each with ten of what refers to the one before.
fn tenfold(
    levels: usize,
    group: impl Fn(usize, &str) -> String,
    item: impl Fn(usize) -> String,
) -> String {
    (1..=levels)
        .map(|level| group(level, &item(level - 1).repeat(10)))
        .collect()
}

#[test]
fn what_unfolds_without_end_is_refused() {
    let of = |name: &'static str| {
        move |at: usize, inner: &str| format!("<{name} id='{name}{at}'>{inner}</{name}>")
    };
    let bombs = [
        tenfold(9, of("g"), |at| format!("<use href='#g{at}'/>")),
        tenfold(9, of("symbol"), |at| {
            format!("<use xlink:href='#symbol{at}'/>")
        }),
        tenfold(9, of("mask"), |at| format!("<rect mask='url(#mask{at})'/>")),
        tenfold(9, of("clipPath"), |at| {
            format!("<rect style='clip-path: url( \"#clipPath{at}\" )'/>")
        }),
        tenfold(9, of("pattern"), |at| {
            format!("<rect fill='url(#pattern{at}) red'/>")
        }),
        tenfold(9, of("pattern"), |at| {
            format!("<g stroke='url(#pattern{at})'><g><rect/></g></g>")
        }),
        tenfold(9, of("marker"), |at| {
            format!("<path style='marker:url(#marker{at})' d='M0 0h1'/>")
        }),
        format!(
            "<marker id='m'>{0}</marker><g marker-mid='url(#m)'><path d='{1}'/></g>",
            "<g/>".repeat(1000),
            "h1".repeat(1000)
        ),
        format!(
            "{}<g id='a'>{}</g>",
            "<use href='#a'/>".repeat(1000),
            "<g/>".repeat(1000)
        ),
        format!(
            "{}<linearGradient id='a'>{}</linearGradient>",
            "<rect fill='url(#a)'/>".repeat(1000),
            "<stop/>".repeat(1000)
        ),
        format!(
            "<style>.b{{fill:url(#a)}}</style>{}<linearGradient id='a'>{}</linearGradient>",
            "<rect class='b'/>".repeat(1000),
            "<stop/>".repeat(1000)
        ),
        format!(
            "{}<text id='a'>{}</text>",
            "<use href='#a'/>".repeat(100),
            "letters".repeat(100)
        ),
        format!(
            "{}<path id='a' d='{}'/>",
            "<use href='#a'/>".repeat(100),
            "h1".repeat(100_000)
        ),
    ];
    for bomb in bombs {
        let why = weighed(&bomb).unwrap_err();
        assert!(why.contains("too much to draw"), "{why}: {:.200}", bomb);
    }
}

#[test]
fn what_is_part_of_itself_is_refused() {
    for inner in [
        "<g id='a'><use href='#a'/></g>",
        "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
        "<mask id='a'><rect mask='url(#a)'/></mask>",
        "<clipPath id='a' clip-path='url(#a)'/>",
        "<pattern id='a'><rect fill='url(#a)'/></pattern>",
        "<g fill='url(#a)'><pattern id='a'><rect/></pattern></g>",
        "<pattern id='a'><use href='#b'/></pattern><rect id='b' style='fill:url(#a)'/>",
        "<style>rect{fill:url(#a)}</style><pattern id='a'><rect/></pattern>",
        "<linearGradient id='a' href='#b'/><linearGradient id='b' href='#a'/>",
        "<filter id='a'><feImage href='#b'/></filter><g id='b' filter='url(#a)'/>",
        "<marker id='a'><path marker-end='url(#a)'/></marker>",
    ] {
        let why = weighed(inner).unwrap_err();
        assert!(why.contains("part of itself"), "{inner}: {why}");
    }
}

#[test]
fn references_nest_as_deep_as_elements() {
    let chain = |length: usize| -> String {
        (0..length)
            .map(|at| format!("<linearGradient id='g{at}' href='#g{}'/>", at + 1))
            .collect()
    };
    assert_eq!(weighed(&chain(100)), Ok(()));
    assert!(
        weighed(&chain(90_000))
            .unwrap_err()
            .contains("nested too deeply")
    );
    let halves = format!(
        "{0}<use href='#b'/>{1}{0}<g id='b'/>{1}",
        "<g>".repeat(70),
        "</g>".repeat(70)
    );
    assert_eq!(weighed(&halves), Ok(()));
    let whole = format!(
        "{0}<use href='#b'/>{1}<g id='b'>{0}{1}</g>",
        "<g>".repeat(70),
        "</g>".repeat(70)
    );
    assert!(weighed(&whole).unwrap_err().contains("nested too deeply"));
}

#[test]
fn styles_that_take_long_to_match_are_refused() {
    let deep = format!("{}{}", "<g>".repeat(100), "</g>".repeat(100));
    let steps = |count: usize| format!("<style>q {}x{{r:1}}</style>{deep}", "g ".repeat(count));
    assert_eq!(weighed(&steps(1)), Ok(()));
    assert!(weighed(&steps(8)).unwrap_err().contains("styles"));
    let many = format!(
        "<style>{}</style>{}",
        ".a{r:1}".repeat(20_000),
        "<g/>".repeat(20_000)
    );
    assert!(weighed(&many).unwrap_err().contains("styles"));
}

#[test]
fn what_drawings_are_made_of_is_light() {
    for inner in [
        "<a href='#top' id='top'><g id='b'/></a>".to_owned(),
        "<g mask='url(#m)'><mask id='m'><rect/></mask></g>".to_owned(),
        "<g fill='url(#a)'><linearGradient id='a'/><rect/></g>".to_owned(),
        "<g fill='url(#p)'><pattern id='p'><rect fill='red'/></pattern><rect/></g>".to_owned(),
        "<rect fill='url(#missing)'/><use/><use href='#missing'/><use href='http://a#b'/>"
            .to_owned(),
        format!(
            "<style>.a{{fill:url(#g)}}</style><linearGradient id='g'><stop/><stop/></linearGradient>{}",
            "<path class='a' d='M0 0h9v9z'/>".repeat(30_000)
        ),
        format!("<path d='{}'/>", "L 12.34 56.78 ".repeat(500_000)),
    ] {
        assert_eq!(weighed(&inner), Ok(()), "{inner:.100}");
    }
}
