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

#[test]
#[ignore = "for the eye"]
fn look() {
    let text = svg("viewBox='0 0 400 300'", "
      <defs><linearGradient id='g'><stop offset='0' stop-color='red'/><stop offset='1' stop-color='blue'/></linearGradient>
      <radialGradient id='r'><stop offset='0' stop-color='white'/><stop offset='1' stop-color='black'/></radialGradient>
      <filter id='f'><feGaussianBlur stdDeviation='4'/></filter>
      <mask id='m'><rect width='400' height='300' fill='url(#r)'/></mask>
      <pattern id='p' width='20' height='20' patternUnits='userSpaceOnUse'><circle cx='10' cy='10' r='6' fill='teal'/></pattern></defs>
      <rect width='400' height='300' fill='#eee'/>
      <rect x='10' y='10' width='120' height='60' fill='url(#g)'/>
      <circle cx='200' cy='40' r='30' fill='orange' filter='url(#f)'/>
      <g mask='url(#m)'><rect x='250' y='10' width='140' height='80' fill='green'/></g>
      <rect x='10' y='80' width='120' height='60' fill='url(#p)' stroke='black'/>
      <text x='10' y='180' font-size='24'>Latin fi Àé — <tspan font-weight='bold'>bold</tspan> <tspan font-style='italic'>italic</tspan></text>
      <text x='10' y='210' font-size='24' font-family='serif'>Ελληνικά Кириллица</text>
      <text x='10' y='240' font-size='24' font-family='Courier'>monospace Ж 0123</text>
      <text x='10' y='270' font-size='24'>שלום مرحبا 日本 →</text>");
    let pixels = drawn(&text, Some((800, 600))).unwrap();
    ::image::save_buffer(
        "/tmp/look.png",
        pixels.data(),
        pixels.width(),
        pixels.height(),
        ::image::ColorType::Rgba8,
    )
    .unwrap();
}

#[test]
#[ignore = "measures"]
fn worst() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let letters = "Hamburgefonstiv ".repeat(3000);
    let styled = "fill:red;stroke:blue;stroke-width:1;opacity:1;font-size:12px;".repeat(8);
    let cases: Vec<(&str, String)> = vec![
        ("elements", "<rect width='9' height='9'/>".repeat(195_000)),
        ("uses", format!("<g id='a'>{}</g>{}", "<rect width='9' height='9'/>".repeat(1000), "<use href='#a'/>".repeat(190))),
        ("text", format!("<text>{letters}</text>")),
        ("missing", format!("<text>{}</text>", "\u{65e5}".repeat(16_000))),
        ("texts", "<text>Ha</text>".repeat(23_000)),
        ("path", format!("<path d='M0 0{}'/>", "h1v1".repeat(2_000_000))),
        ("zigzag", format!("<path d='M0 0{}'/>", (0..100_000).map(|at| format!("L{} {}", at * 7919 % 100_003, (at % 2) * 150)).collect::<String>())),
        ("styled", format!("<rect style='{styled}' width='9' height='9'/>").repeat(6000)),
        ("masks", format!("<mask id='m'><rect width='300' height='150' fill='#fff'/></mask>{}", "<rect width='300' height='150' mask='url(#m)'/>".repeat(200))),
        ("opacity", format!("{}<rect width='300' height='150'/>{}", "<g opacity='.9'>".repeat(100), "</g>".repeat(100))),
        ("gradients", format!("<linearGradient id='g'>{}</linearGradient>{}", "<stop offset='.5'/>".repeat(300), "<rect width='300' height='150' fill='url(#g)'/>".repeat(1000))),
        ("nested", format!("{}<rect width='9' height='9'/>{}", "<g transform='scale(1)' clip-path='url(#c)' opacity='.9'>".repeat(120), "</g>".repeat(120))),
        ("dashes", "<path d='M0 0h1e6' stroke='red' stroke-dasharray='1'/>".repeat(100)),
        ("turbulence", "<filter id='f'><feTurbulence baseFrequency='.1' numOctaves='100'/></filter><rect width='300' height='150' filter='url(#f)'/>".to_owned()),
        ("morphology", "<filter id='f'><feMorphology radius='1000'/></filter><rect width='300' height='150' filter='url(#f)'/>".to_owned()),
        ("pattern", "<pattern id='p' width='1e5' height='1e5' patternUnits='userSpaceOnUse'><rect width='9' height='9'/></pattern><rect width='300' height='150' fill='url(#p)'/>".to_owned()),
        ("rects", "<rect width='300' height='150'/>".repeat(1000)),
    ];
    for (name, content) in cases {
        if !name.contains(&only) {
            continue;
        }
        let svg = svg("viewBox='0 0 300 150'", &content);
        let before = std::time::Instant::now();
        let size = std::env::var("SIDE")
            .ok()
            .map_or(1000, |side| side.parse().unwrap());
        let answer = drawn(&svg, Some((size, size)));
        println!(
            "{name}: {:?} {:?}",
            before.elapsed(),
            answer.map_err(|error| error.to_string())
        );
    }
}
