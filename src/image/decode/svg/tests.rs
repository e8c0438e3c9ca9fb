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
