use crate::image::svg::{parse, text};

fn painted(inner: &str, side: u32) -> Result<(), String> {
    let svg =
        format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 300 300'>{inner}</svg>");
    let drawing = parse(&text(svg.as_bytes()).unwrap()).unwrap();
    drawing
        .bounded(side, side)
        .map_err(|error| error.to_string())
}

const WHOLE: &str = "width='300' height='300'";

#[test]
fn what_takes_too_long_to_paint_is_refused() {
    let zigzag: String = (0..100_000)
        .map(|at| format!("L{} {}", at * 7919 % 100_003, (at % 2) * 300))
        .collect();
    let of = |content: &str| format!("{content}<rect {WHOLE} filter='url(#f)'/>");
    for inner in [
        format!("<rect {WHOLE}/>").repeat(3000),
        format!("<rect {WHOLE} fill-opacity='.5'/>").repeat(105),
        format!(
            "<mask id='m'><rect {WHOLE}/></mask>{}",
            format!("<rect {WHOLE} mask='url(#m)'/>").repeat(300)
        ),
        format!("<path d='M0 0{zigzag}'/>"),
        format!("<path d='M0 0{}'/>", "v300h.001v-300".repeat(100_000)),
        "<path d='M0 0h1e6' stroke='red' stroke-dasharray='1'/>".repeat(30),
        of("<filter id='f'><feTurbulence baseFrequency='.1' numOctaves='1000'/></filter>"),
        of("<filter id='f'><feMorphology radius='100'/></filter>"),
        of(&format!(
            "<filter id='f'>{}</filter>",
            "<feGaussianBlur stdDeviation='9'/>".repeat(100)
        )),
        format!(
            "<pattern id='p' width='1e5' height='1e5' patternUnits='userSpaceOnUse'><rect {WHOLE}/></pattern><rect {WHOLE} fill='url(#p)'/>"
        ),
    ] {
        let why = painted(&inner, 1000).unwrap_err();
        assert!(why.contains("too much work"), "{why}: {inner:.100}");
    }
}

#[test]
fn layers_are_counted_as_they_are_held() {
    let nested = |count: usize| {
        format!(
            "{}<rect {WHOLE}/>{}",
            "<g opacity='.9'>".repeat(count),
            "</g>".repeat(count)
        )
    };
    assert_eq!(painted(&nested(6), 2000), Ok(()));
    assert!(painted(&nested(12), 2000).unwrap_err().contains("layers"));
    let beside = nested(4).repeat(4);
    assert_eq!(painted(&beside, 2000), Ok(()));
}

#[test]
fn what_is_drawn_every_day_is_painted() {
    for inner in [
        format!("<rect {WHOLE}/>").repeat(50),
        format!(
            "<filter id='f'><feGaussianBlur stdDeviation='4'/></filter><rect {WHOLE} filter='url(#f)'/>"
        ),
        "<path d='M1 1h9v9h-9z' stroke='red'/>".repeat(20_000),
        format!(
            "<path d='M0 0{}z' stroke='red'/>",
            "l.01 .01l.01 -.01".repeat(20_000)
        ),
    ] {
        assert_eq!(painted(&inner, 1000), Ok(()), "{inner:.100}");
    }
}
