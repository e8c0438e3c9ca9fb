use super::*;
use crate::image::Pixels;
use crate::image::svg::{parse, text};

const OPEN: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"";

/// The short copy of a drawing, which is checked to be stable, to be harmless and to be no longer than the copy.
fn short(svg: &str) -> String {
    let once = minified(svg.as_bytes()).unwrap();
    assert_eq!(minified(&once).unwrap(), once, "{svg}");
    let (copy, again) = (
        sanitized(svg.as_bytes()).unwrap(),
        sanitized(&once).unwrap(),
    );
    assert!(once.len() <= copy.len(), "{svg}");
    assert_eq!(painted(&copy), painted(&once), "{svg}");
    assert_eq!(painted(&again), painted(&once), "{svg}");
    String::from_utf8(once).unwrap()
}

/// What is drawn at three sizes.
fn painted(svg: &[u8]) -> Vec<Pixels> {
    let text = text(svg).unwrap();
    let drawing = parse(&text).unwrap();
    let sizes = [(64, 48), (200, 150), (333, 517)];
    sizes
        .map(|(width, height)| drawing.paint(width, height).unwrap())
        .into()
}

/// The short copy of a drawing with this content, without its root element.
fn content(inner: &str) -> String {
    let open = format!("{OPEN} viewBox=\"0 0 40 30\"");
    let copy = short(&format!("{open} xmlns:xlink=\"{XLINK}\">{inner}</svg>"));
    let rest = copy.strip_prefix(OPEN).unwrap();
    let rest = rest.replacen(&format!(" xmlns:xlink=\"{XLINK}\""), "", 1);
    let rest = rest.strip_prefix(" viewBox=\"0 0 40 30\"").unwrap();
    match rest {
        "/>" => String::new(),
        rest => rest[1..rest.len() - "</svg>".len()].to_owned(),
    }
}

#[test]
fn what_says_nothing_is_left_out() {
    for (inner, expected) in [
        (
            "<g><rect width='9' height='9'/></g>",
            "<rect width=\"9\" height=\"9\"/>",
        ),
        ("<g/><defs/><g><g/></g>", ""),
        ("<g transform='scale(2)'><g fill='red'/></g>", ""),
        (
            "<rect x='0' y='0.0' width='9px' height='9'/>",
            "<rect width=\"9\" height=\"9\"/>",
        ),
        (
            "<circle cx='0' cy='1' r='5'/>",
            "<circle cy=\"1\" r=\"5\"/>",
        ),
        (
            "<line x1='0' y1='0' x2='9' y2='9' stroke='#FF0000'/>",
            "<line x2=\"9\" y2=\"9\" stroke=\"red\"/>",
        ),
        (
            "<path d='M0 0h9v9z' opacity='1.0' stroke-linecap='butt'/>",
            "<path d=\"M0 0h9v9z\"/>",
        ),
        (
            "<path d='M0 0h9v9z' style='fill:#FF0000;stroke-opacity:1;opacity:1'/>",
            "<path d=\"M0 0h9v9z\" style=\"fill:red\"/>",
        ),
        (
            "<g xml:space='preserve'><path d='M0 0h9v9z'/><path d='M0 0h9'/></g>",
            "<path d=\"M0 0h9v9z\"/><path d=\"M0 0h9\"/>",
        ),
        (
            "<image x='0' width='9' height='9' preserveAspectRatio='xMidYMid meet'/>",
            "<image width=\"9\" height=\"9\"/>",
        ),
        (
            "<style type='text/css'>a{fill:red}</style>",
            "<style>a{fill:red}</style>",
        ),
        (
            "<a><g/> <rect width='1' height='1'/> </a>",
            "<a><g/><rect width=\"1\" height=\"1\"/></a>",
        ),
    ] {
        assert_eq!(content(inner), expected, "{inner}");
    }
}

#[test]
fn what_says_something_stays() {
    for kept in [
        "<g id=\"a\"/>",
        "<g class=\"a\"/>",
        "<g filter=\"url(#f)\"/>",
        "<g><title>A</title><path d=\"M0 0h9v9z\"/></g>",
        "<switch><g/><g><path d=\"M0 0h9v9z\"/></g></switch>",
        "<g><animateTransform attributeName=\"transform\" to=\"9\"/></g>",
        "<circle cx=\"0\" r=\"5\"><animate attributeName=\"cx\" to=\"9\"/></circle>",
        "<g><path d=\"M0 0h9v9z\"/></g><style>g>path{fill:red}</style>",
        "<g><g stroke-linecap=\"round\"><path stroke-linecap=\"butt\" d=\"M1 1h9\" stroke=\"red\"/></g></g>",
        "<path id=\"a\" stroke-linecap=\"butt\" d=\"M1 1h9\"/>",
        "<path opacity=\".5\" style=\"opacity:1\" d=\"M1 1h9v9z\"/>",
        "<text><tspan x=\"0\" y=\"9\">a</tspan></text>",
        "<rect rx=\"0\" ry=\"4\" width=\"9\" height=\"9\"/>",
        "<pattern id=\"p\" href=\"#q\"><g/></pattern>",
        "<mask id=\"p\"><g/></mask>",
        "<text xml:space=\"preserve\" y=\"9\"> a  <tspan> b </tspan> </text>",
        "<text y=\"9\">\n  a &amp; b ]]&gt; > \"\n</text>",
        "<text y=\"9\"><a> x <tspan> y </tspan> </a></text>",
        "<text y=\"9\">a<!-- -->b</text>",
        "<path aria-label='say \"a\"' d=\"M0 0h9\"/>",
    ] {
        let expected = kept.replace("<!-- -->", "");
        let expected = match expected.starts_with("<g><g stroke") {
            true => expected["<g>".len()..expected.len() - "</g>".len()].to_owned(),
            false => expected,
        };
        assert_eq!(content(kept), expected);
    }
}

#[test]
fn a_document_says_what_it_is_once() {
    for (svg, expected) in [
        (
            format!(
                "<?xml version='1.0'?>{OPEN} version='1.1' x='0px' y='0px' xml:space='preserve' viewBox='0 0 9 9' \
             style='enable-background:new 0 0 9 9;'><metadata/></svg>"
            ),
            format!("{OPEN} viewBox=\"0 0 9 9\"/>"),
        ),
        (
            format!(
                "{OPEN} xmlns:xlink='{XLINK}' viewBox='0,0, 9.0 9'><use xlink:href='#a'/></svg>"
            ),
            format!(
                "{OPEN} xmlns:xlink=\"{XLINK}\" viewBox=\"0 0 9 9\"><use xlink:href=\"#a\"/></svg>"
            ),
        ),
    ] {
        assert_eq!(short(&svg), expected, "{svg}");
    }
}

#[test]
fn where_styles_look_at_attributes_nothing_is_changed() {
    let svg = format!(
        "{OPEN}><style>[x='1.0']{{fill:red}}</style><rect x='1.0' width='9' height='9'/></svg>"
    );
    assert_eq!(
        minified(svg.as_bytes()).unwrap(),
        sanitized(svg.as_bytes()).unwrap()
    );
}

/// Drawings of many kinds, as programs and people write them.
const DRAWINGS: &[&str] = &[
    // Text, spaces and entities.
    "<text x='2.0' y='10.50' font-size='8px' font-family=\"'Open Sans', sans-serif\">a  b\n c &amp; &lt;d&gt; &#65;</text>\
     <text xml:space='preserve' x='2' y='20' font-size='8'>  a   b\n <tspan dx='1.0, 2.0' dy='-1.0' rotate='10.0 20'>cd</tspan> </text>",
    "<text x='20.0' y='20' text-anchor='middle' font-size='10.0px' letter-spacing='1.0px' textLength='30.0' style='fill:#FF0000; font-weight : bold'>Wide<tspan \
     x='0' y='28.0'>low</tspan></text>",
    "<path id='way' d='M 2.0 20.0 C 10.0 0.0 , 30.0 0.0 , 38.0 20.0' fill='none'/><text font-size='6'><textPath xlink:href='#way' startOffset='10.0%'>Along a \
     way</textPath></text>",
    "<text x='1' y='12' font-size='10'><![CDATA[<b> & ]]>c</text><title>A <![CDATA[&]]></title><desc>None</desc>",
    // Gradients and patterns.
    "<defs><linearGradient id='a' x1='0.0' y1='0.0' x2='1.0' y2='0.50'><stop offset='0.0' stop-color='#FFFFFF'/><stop offset='50.0%' \
     stop-color='rgb(255,0,0)' stop-opacity='0.50'/><stop offset='1.0' style='stop-color:#0000FF;stop-opacity:1'/></linearGradient>\
     <radialGradient id='b' xlink:href='#a' gradientUnits='userSpaceOnUse' cx='20.0' cy='15.0' r='10.50' fx='18' gradientTransform='matrix(1,0,0,1,0.5,0.0)'/></defs>\
     <rect width='40' height='30' fill='url(#a)'/><circle cx='20.0' cy='15.0' r='10.0' style='fill:url(#b);stroke:#000000;stroke-width:1.0px'/>",
    "<pattern id='p' x='0' y='0' width='8.0' height='8.0' patternUnits='userSpaceOnUse' patternTransform='rotate(30.0) scale(0.50 0.50)'>\
     <g><rect x='0' y='0' width='4' height='4' fill='teal'/></g><path d='M 4,4 L 8,4 L 8,8 L 4,8 Z' fill='#FF00FF'/></pattern>\
     <ellipse cx='20.0' cy='15.0' rx='15.0' ry='10.0' fill='url(#p) #FFFFFF'/>",
    // Masks, clip paths, filters.
    "<mask id='m'><g><rect width='40' height='30' fill='#FFFFFF'/><circle cx='20' cy='15' r='6.0' fill='#000000'/></g></mask>\
     <clipPath id='c' clip-rule='nonzero'><path d='M 0.0 0.0 L 40.0 15.0 L 0.0 30.0 Z' clip-rule='evenodd'/></clipPath>\
     <g clip-path='url(#c)'><g mask='url(#m)'><rect width='40' height='30' fill='#00FF00'/></g></g>",
    "<filter id='f' x='-10.0%' y='-10.0%' width='120.0%' height='120.0%'><feGaussianBlur in='SourceAlpha' stdDeviation='1.50'/><feOffset dx='1.0' dy='1.0'/>\
     <feColorMatrix type='matrix' values='0 0 0 0 0.50, 0 0 0 0 0.0 0 0 0 0 0.0 0 0 0 1.0 0'/><feMerge><feMergeNode/><feMergeNode in='SourceGraphic'/></feMerge>\
     </filter><g filter='url(#f)'><rect x='10.0' y='10.0' width='10.0' height='8.0' fill='orange'/></g>",
    "<filter id='l'><feSpecularLighting lighting-color='#FFFFFF' specularExponent='20.0' surfaceScale='5.0'><fePointLight x='10.0' y='10.0px' z='20.0'/>\
     </feSpecularLighting></filter><rect width='30' height='20' filter='url(#l)'/>",
    "<filter id='e' filterUnits='userSpaceOnUse' x='1' y='1' width='9' height='9'><feFlood flood-color='#FF0000' flood-opacity='1.0'/></filter><g filter='url(#e)'/>",
    // Symbols, use, nested drawings, switch.
    "<symbol id='s' viewBox='0 0 10.0 10.0' preserveAspectRatio='xMidYMid meet'><g><path d='M0,0 L10,0 L5,10 z'/></g></symbol>\
     <use xlink:href='#s' x='0' y='0' width='10.0' height='10.0' fill='#FF0000'/><use href='#s' x='20.0px' y='5' width='8' height='16'/>",
    "<svg x='5.0' y='5.0' width='20.0' height='10.0' viewBox='0 0 100 100' preserveAspectRatio='xMinYMin slice'><circle cx='50.0' cy='50.0' r='50.0'/>\
     <svg x='0' y='0' width='50%' height='50%'><rect width='100%' height='100%' fill='#AABBCC'/></svg></svg>",
    "<g stroke-linecap='round'><g id='part'><path d='M 5 5 L 20 5' stroke='#000' stroke-width='4.0' stroke-linecap='butt'/></g></g><use xlink:href='#part' y='10.0'/>",
    "<switch><g systemLanguage='xx'/><g><rect width='5' height='5'/></g><rect width='20' height='20'/></switch>",
    // Styles.
    "<style type='text/css'><![CDATA[ .a { fill: #FF0000; stroke-width: 2.0 } g > .b { stroke : blue } rect:first-child{opacity:0.5} ]]></style>\
     <g><rect class=' a  b ' x='1.0' y='1.0' width='20.0' height='10.0' style='stroke-linejoin:miter;opacity:1'/></g><g></g><rect class='a' y='15' width='9' height='9'/>",
    "<style>rect{x:5px}</style><rect x='0' y='0' width='9' height='9'/>",
    "<rect style='fill:#FF0000;fill:#00FF00;;opacity:0.5;opacity:1' width='9' height='9'/><rect opacity='0.5' style='opacity:1' x='10' width='9' height='9'/>",
    // Transforms.
    "<g transform='translate(10.0, 5.0) rotate(30.0) scale(1.50, 1.50) skewX(10.0)'><rect width='8.0' height='6.0'/></g>\
     <g transform=' matrix( 1 0 0 1 20 10 ) , matrix(0.5,0,0,0.5,0,0)'><rect width='8.0' height='6.0' transform='rotate(45 0 0)'/></g>",
    // Markers and strokes.
    "<marker id='k' viewBox='0 0 10 10' refX='5.0' refY='5.0' markerWidth='3.0' markerHeight='3.0' orient='auto'><path d='M 0.0 0.0 L 10.0 5.0 L 0.0 10.0 z'/></marker>\
     <polyline points='5.0,5.0 20.0,10.0, 10.0,20.0 35,25.50' fill='none' stroke='#000000' marker-start='url(#k)' marker-mid='url(#k)' marker-end='url(#k)'/>\
     <path d='M 5 28 L 5 28 L 20 28 L 20 28 Z M 22 28 l 5 0 l 0 -5' fill='none' stroke='red' marker-mid='url(#k)'/>",
    "<path d='M 2 5 H 38' stroke='#FF0000' stroke-width='3.0px' stroke-dasharray='5.0, 3.0px 1.50' stroke-dashoffset='1.0' stroke-linecap='butt'/>\
     <path d='M 5 25 L 20 10 L 35 25' fill='none' stroke='black' stroke-width='4' stroke-linejoin='miter' stroke-miterlimit='4'/>",
    // Shapes as programs write them.
    "<g id='Layer_1' style='fill:#000000;fill-opacity:1;stroke:none;stroke-width:1px;stroke-linecap:butt;stroke-linejoin:miter;stroke-opacity:1'>\
     <path style='fill-rule:nonzero;stroke-miterlimit:4;stroke-dasharray:none' d='m 12.345678,8.7654321 c 1.2345678,-2.3456789 3.4567891,-4.5678912 5.6789123,-1.2345678 \
     0.12345678,3.4567891 -2.3456789,5.6789123 -4.5678912,6.7891234 z m 3.2109876,2.1098765 a 2.5000001,2.5 0 0 1 -5,0 2.5,2.5 0 1 1 5,0 z'/></g>",
    "<path fill-rule='evenodd' clip-rule='evenodd' d='M19,4H5A2,2,0,0,0,3,6V18A2,2,0,0,0,5,20H19A2,2,0,0,0,21,18V6A2,2,0,0,0,19,4M19,18H5V8H19V18Z'/>",
    "<path d='M 10 10 L 20 20 L 30' fill='red'/><path d='M 5 5 l 10 0 l 0 10 q 5 5 10 0 t 5 -5 s 3 3 6 0 Z l 3 3 h 2 v 4 z'/>",
    "<polygon points='5,5 20.0,5.0 12.50,20.0'/><polygon points='25,5 30,5 30'/><polyline points='1 1,,2 2'/>",
    // Embedded pictures.
    "<image x='0' y='0' width='16.0' height='16.0' xlink:href='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAxMDAwMDA8J+BAQAQBgIBfrhi0wAAAABJRU5ErkJggg==' \
     preserveAspectRatio='none'/>",
    // Animations.
    "<circle cx='0' cy='0' r='5.0' fill='#FF0000'><animate attributeName='cx' values='0;40' dur='2s'/></circle><g><set attributeName='opacity' to='0'/><path \
     d='M 5,5 L 20,5 L 20,20 Z'/></g>",
    // Colours.
    "<g color='#FF0000'><rect width='9' height='9' fill='currentColor'/><rect x='10' width='9' height='9' fill='LightGoldenRodYellow' stroke='rgb(0, 0, 128)'/>\
     <rect x='20' width='9' height='9' fill='none' stroke='RGB(10%,20%,30%)'/><rect x='30' width='9' height='9' fill='hsl(120,100%,25%)' fill-opacity='50%'/></g>",
];

#[test]
fn drawings_of_all_kinds_are_drawn_the_same_and_are_shorter() {
    for drawing in DRAWINGS {
        let svg = format!(
            "{OPEN} xmlns:xlink='{XLINK}' width='40px' height='30.0' viewBox='0 0 40 30'>\n  {drawing}\n</svg>"
        );
        let copy = sanitized(svg.as_bytes()).unwrap();
        assert!(short(&svg).len() < copy.len(), "{drawing}");
    }
}

#[test]
fn what_is_no_drawing_is_refused_as_before() {
    for file in ["<html/>", "<svg>", "", "<svg>&unknown;</svg>"] {
        assert!(minified(file.as_bytes()).is_err(), "{file}");
    }
}

#[test]
fn a_large_drawing_is_short_at_once() {
    let inner: String = (0..40_000)
        .map(|at| format!("<g><rect x='{at}.0' width='1.0' height='1'/></g>"))
        .collect();
    let svg = format!("{OPEN}>{inner}</svg>");
    let short = minified(svg.as_bytes()).unwrap();
    assert!(short.len() * 5 < svg.len() * 4, "{}", short.len());
}

#[test]
fn so_many_bytes_of_paths_are_made_shorter() {
    let path = |count: usize| format!("<path d='M 0 0 {}'/>", "l 1.50 1.50 ".repeat(count));
    let (long, shorter) = (path(200_000), path(100_000));
    let svg = format!("{OPEN}>{shorter}{long}</svg>");
    let short = String::from_utf8(minified(svg.as_bytes()).unwrap()).unwrap();
    for path in [
        "<path d=\"M0 0 1.5 1.5 3 3",
        "<path d=\"M 0 0 l 1.50 1.50 l 1.50",
    ] {
        assert_eq!(short.matches(path).count(), 1, "{path}");
    }
}
