use crate::identify::{Identified, identify};
use crate::image::decode::{How, Scale, decode, peak_bytes};
use crate::image::{Error, Pixels};

fn drawn(svg: &str, render: Option<(u32, u32)>) -> Result<Pixels, Error> {
    let Identified::Image(facts) = identify(svg.as_bytes(), true) else {
        panic!("not a drawing: {svg}");
    };
    let how = How {
        render,
        ..How::at(Scale::Full)
    };
    assert!(peak_bytes(&facts, &how) > 0);
    decode(svg.as_bytes(), &facts, &how)
}

fn svg(attributes: &str, content: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' {attributes}>{content}</svg>"
    )
}

/// The colour at a place.
fn at(pixels: &Pixels, x: usize, y: usize) -> [u8; 4] {
    let at = (y * pixels.width() as usize + x) * 4;
    pixels.data()[at..at + 4].try_into().unwrap()
}

#[test]
fn a_drawing_is_stretched_to_the_size_that_is_asked_for() {
    let halves = svg(
        "width='20' height='10'",
        "<rect width='10' height='10' fill='#f00'/><rect x='10' width='10' height='5' fill='#00f' opacity='.5'/>",
    );
    for size in [None, Some((20, 10)), Some((60, 90)), Some((3, 4))] {
        let pixels = drawn(&halves, size).unwrap();
        let (width, height) = size.unwrap_or((20, 10));
        assert_eq!((pixels.width(), pixels.height()), (width, height));
        assert_eq!(at(&pixels, 0, 0), [255, 0, 0, 255]);
        assert_eq!(at(&pixels, 0, height as usize - 1), [255, 0, 0, 255]);
        assert_eq!(at(&pixels, width as usize - 1, height as usize - 1), [0; 4]);
        // Straight, not multiplied by alpha.
        let [red, green, blue, alpha] = at(&pixels, width as usize - 1, 0);
        assert!((red, green, blue) == (0, 0, 255) && alpha.abs_diff(128) < 2);
    }
}

#[test]
fn a_drawing_of_odd_size_fills_its_picture() {
    for attributes in [
        "viewBox='0 0 10.5 7.2'",
        "width='20.4mm' height='3em'",
        "viewBox='5 5 30 20' width='60'",
    ] {
        let all = svg(attributes, "<rect width='200%' height='200%' fill='#0f0'/>");
        let pixels = drawn(&all, None).unwrap();
        let (right, bottom) = (pixels.width() as usize - 1, pixels.height() as usize - 1);
        assert_eq!(at(&pixels, right, bottom), [0, 255, 0, 255], "{attributes}");
    }
}

#[test]
fn nothing_is_read_from_outside() {
    let path = format!("{}/fixtures/png/plain.png", env!("CARGO_MANIFEST_DIR"));
    for href in [
        path.as_str(),
        &format!("file://{path}"),
        "http://127.0.0.1/a.png",
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>",
        "data:image/png;base64,iVBORw0KGgo=",
    ] {
        let href = href.replace('<', "&lt;").replace('\'', "&apos;");
        let svg = svg(
            "width='9' height='9'",
            &format!("<image width='9' height='9' href='{href}'/>"),
        );
        let pixels = drawn(&svg, None).unwrap();
        assert!(pixels.data().iter().all(|sample| *sample == 0), "{href}");
    }
}

#[test]
fn embedded_pictures_are_drawn() {
    use base64::Engine as _;
    let root = env!("CARGO_MANIFEST_DIR");
    let file = std::fs::read(format!("{root}/fixtures/png/{}", first_png())).unwrap();
    let data = base64::engine::general_purpose::STANDARD.encode(file);
    let svg = svg(
        "width='9' height='9'",
        &format!(
            "<image width='9' height='9' preserveAspectRatio='none' href='data:image/jpeg;base64,{data}'/>"
        ),
    );
    let pixels = drawn(&svg, None).unwrap();
    assert!(pixels.data().iter().any(|sample| *sample > 0));
}

/// A picture of the corpus that every decoder reads.
fn first_png() -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let names = std::fs::read_dir(format!("{root}/fixtures/png")).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("rgb"))
        .collect();
    names.sort();
    names.remove(0)
}

#[test]
fn what_nests_as_deep_as_it_may_is_drawn() {
    let nested = |open: &str| {
        svg(
            "width='40' height='40'",
            &format!(
                "{}<rect width='40' height='40'/>{}",
                open.repeat(110),
                "</g>".repeat(110)
            ),
        )
    };
    for open in [
        "<g>",
        "<g transform='rotate(1)'>",
        "<g opacity='.99'>",
        "<g filter='url(#f)'><filter id='f'><feOffset/></filter>",
    ] {
        assert!(drawn(&nested(open), None).is_ok(), "{open}");
    }
    let chain: String = (0..50)
        .map(|at| format!("<g id='u{at}' opacity='.9'><use href='#u{}'/></g>", at + 1))
        .collect();
    let chain = svg(
        "width='40' height='40'",
        &format!("{chain}<rect id='u50' width='9' height='9'/>"),
    );
    assert!(drawn(&chain, None).is_ok());
}

#[test]
fn shares_of_a_drawing_without_a_view_box_are_of_what_it_measures() {
    let table = [
        ("", (300, 150)),
        ("width='100%' height='100%'", (300, 150)),
        ("height = '50'", (300, 50)),
        ("width='50%'", (150, 150)),
        ("width='80' height='junk'", (80, 150)),
        ("width='80' height='40'", (80, 40)),
        ("viewBox='0 0 60 40'", (60, 40)),
        ("width='50%' viewBox='0 0 60 40'", (30, 20)),
    ];
    for (attributes, (width, height)) in table {
        let drawing = svg(attributes, "<rect width='100%' height='100%' fill='#f00'/>");
        let pixels = drawn(&drawing, None).unwrap();
        assert_eq!(
            (pixels.width(), pixels.height()),
            (width, height),
            "{attributes}"
        );
        let full = pixels
            .data()
            .chunks(4)
            .filter(|pixel| *pixel == [255, 0, 0, 255]);
        assert_eq!(full.count() as u32, width * height, "{attributes}");
    }
}

#[test]
fn damaged_drawings_are_answered() {
    let whole = svg(
        "width='20' height='10'",
        "<linearGradient id='a'><stop offset='1'/></linearGradient><g style='opacity:.5'><text>a&amp;b</text>\
         <path d='M0 0h9a1 1 0 0 0 4 4z' fill='url(#a)'/></g>",
    );
    let Identified::Image(facts) = identify(whole.as_bytes(), true) else {
        panic!("a drawing");
    };
    let how = How::at(Scale::Full);
    for end in 0..whole.len() {
        let answer = decode(&whole.as_bytes()[..end], &facts, &how);
        assert!(matches!(answer, Err(Error::Broken { .. })), "{end}");
    }
    for (at, bit) in (0..whole.len()).zip([1_u8, 2, 4, 8, 16, 32].into_iter().cycle()) {
        let mut damaged = whole.clone().into_bytes();
        damaged[at] ^= bit;
        let _ = decode(&damaged, &facts, &how);
    }
}
