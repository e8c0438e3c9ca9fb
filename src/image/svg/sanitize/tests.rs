use super::*;
use crate::image::svg::{parse, text};

const OPEN: &str =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

/// The copy of a drawing with this content, without its root element.
fn content(inner: &str) -> String {
    let copy = copy(&format!(
        "{OPEN} xmlns:s=\"{SVG}\" xmlns:h=\"http://www.w3.org/1999/xhtml\">{inner}</svg>"
    ));
    match copy.strip_prefix(OPEN) {
        Some("/>") => String::new(),
        Some(rest) => rest[1..rest.len() - "</svg>".len()].to_owned(),
        None => panic!("{copy}"),
    }
}

fn copy(svg: &str) -> String {
    let once = sanitized(svg.as_bytes()).unwrap();
    assert_eq!(sanitized(&once).unwrap(), once, "{svg}");
    String::from_utf8(once).unwrap()
}

#[test]
fn what_is_harmless_stays() {
    for kept in [
        "<path d=\"M0 0h9\" fill=\"url(#a)\"/>",
        "<g style=\"fill:red;mask:url(#b)\"><use href=\"#c\" x=\"1\"/></g>",
        "<use xlink:href=\"#c\"/>",
        "<text xml:space=\"preserve\" x=\"1\">a &lt; b<tspan dx=\"2\"> c</tspan></text>",
        "<style>.a{fill:red}</style>",
        "<image href=\"data:image/png;base64,iVBORw0KGgo=\" width=\"1\"/>",
        "<filter id=\"f\"><feGaussianBlur in=\"SourceGraphic\" stdDeviation=\"2\"/></filter>",
        "<circle r=\"2\"><animate attributeName=\"r\" values=\"1;2\" dur=\"1s\"/></circle>",
        "<linearGradient id=\"g\" gradientUnits=\"userSpaceOnUse\"><stop offset=\"0\" stop-color=\"red\"/></linearGradient>",
        "<title>A drawing</title>",
    ] {
        assert_eq!(content(kept), kept);
    }
}

#[test]
fn what_acts_or_reaches_out_stays_behind() {
    for (inner, expected) in [
        ("<script>alert(1)</script>", ""),
        ("<s:script>alert(1)</s:script>", ""),
        ("<script href='data:text/javascript,alert(1)'/>", ""),
        ("<h:script>alert(1)</h:script>", ""),
        (
            "<foreignObject><h:iframe src='javascript:alert(1)'/></foreignObject>",
            "",
        ),
        (
            "<switch><foreignObject requiredExtensions='x'><h:body/></foreignObject><g/></switch>",
            "<switch><g/></switch>",
        ),
        (
            "<g onload='alert(1)' ONCLICK='a' s:onload='alert(1)'/>",
            "<g/>",
        ),
        (
            "<a href='javascript:alert(1)'><text>x</text></a>",
            "<a><text>x</text></a>",
        ),
        ("<a xlink:href='&#106;ava&#10;script:alert(1)'/>", "<a/>"),
        ("<a href=' JaVaScRiPt:alert(1)'/>", "<a/>"),
        ("<a href='https://example.com/'/>", "<a/>"),
        ("<a href='//example.com/'/>", "<a/>"),
        (
            "<a><animate attributeName='href' to='javascript:alert(1)'/></a>",
            "<a/>",
        ),
        (
            "<a><animate attributeName='xlink:href' values='javascript:alert(1)'/></a>",
            "<a/>",
        ),
        (
            "<a><set attributeName='href' to='javascript:alert(1)'/></a>",
            "<a/>",
        ),
        ("<set attributeName='onmouseover' to='alert(1)'/>", ""),
        ("<animate attributeName=' href' to='x'/>", ""),
        ("<animate to='x'/>", ""),
        (
            "<set attributeName='fill' to='url(http://a/b)'/>",
            "<set attributeName=\"fill\"/>",
        ),
        ("<use href='http://a/b.svg#c'/>", "<use/>"),
        ("<use href='data:image/svg+xml;base64,PHN2Zz4='/>", "<use/>"),
        ("<use href='b.svg#c'/>", "<use/>"),
        ("<image href='http://a/b.png'/>", "<image/>"),
        ("<image href='file:///etc/passwd'/>", "<image/>"),
        (
            "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
            "<image/>",
        ),
        ("<image href='data:text/html;base64,PHN2Zz4='/>", "<image/>"),
        ("<image href='data:image/png,&lt;svg>'/>", "<image/>"),
        ("<feImage href='http://a/b'/>", "<feImage/>"),
        ("<image href='#a b'/>", "<image/>"),
        ("<rect fill='url(http://a/b#c)'/>", "<rect/>"),
        ("<rect fill='\\75rl(http://a/b)'/>", "<rect/>"),
        ("<rect cursor='url(//a/b), auto'/>", "<rect/>"),
        (
            "<rect style='fill:url(http://a/b);r:1'/>",
            "<rect style=\"r:1\"/>",
        ),
        ("<rect style='fill:\\75rl(http://a/b)'/>", "<rect/>"),
        ("<style>@import 'http://a/b';</style>", "<style/>"),
        (
            "<style><![CDATA[@import url(http://a/b);.a{r:1}]]></style>",
            "<style>.a{r:1}</style>",
        ),
        (
            "<style>@font-face{font-family:x;src:url(http://a/b)}</style>",
            "<style/>",
        ),
        (
            "<style>&lt;/style>&lt;script>alert(1)&lt;/script></style>",
            "<style/>",
        ),
        (
            "<style>.a{fill:u/* */rl(http://a)}</style>",
            "<style>.a{fill:u rl(http://a)}</style>",
        ),
        (
            "<title><![CDATA[</title><script>alert(1)</script>]]></title>",
            "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>",
        ),
        ("<g xml:base='http://a/'/>", "<g/>"),
        ("<!-- a --><?xml-stylesheet href='http://a/b'?><g/>", "<g/>"),
        ("<metadata><x/></metadata>", ""),
        ("<x:g xmlns:x='http://example.com/'/>", ""),
        ("<e xmlns='http://www.w3.org/2001/xml-events'/>", ""),
        ("<g xmlns='http://www.w3.org/1999/xhtml'/>", ""),
        (
            "<use q:href='http://a/' xmlns:q='http://www.w3.org/1999/xlink'/>",
            "<use/>",
        ),
        (
            "<use q:href='#a' xmlns:q='http://www.w3.org/1999/xlink'/>",
            "<use xlink:href=\"#a\"/>",
        ),
        ("<handler type='text/javascript'>alert(1)</handler>", ""),
        (
            "<discard/><audio src='a'/><video/><canvas/><embed/><object/><link/><meta/><base/>",
            "",
        ),
        ("<SCRIPT>alert(1)</SCRIPT>", ""),
        ("<g>stray</g>", "<g/>"),
    ] {
        assert_eq!(content(inner), expected, "{inner}");
    }
}

#[test]
fn documents_are_written_in_one_form() {
    for (svg, expected) in [
        (
            "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://a/svg11.dtd'><svg/>",
            format!("{OPEN}/>"),
        ),
        (
            "<s:svg xmlns:s='http://www.w3.org/2000/svg' width='9'><s:g/></s:svg>",
            format!("{OPEN} width=\"9\"><g/></svg>"),
        ),
        (
            "<svg onload='alert(1)' viewBox='0 0 1 1'/>",
            format!("{OPEN} viewBox=\"0 0 1 1\"/>"),
        ),
    ] {
        assert_eq!(copy(svg), expected, "{svg}");
    }
}

#[test]
fn what_is_no_drawing_is_refused() {
    let laughs = "<!DOCTYPE svg [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><svg>&c;</svg>";
    let utf16: Vec<u8> = "<svg/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [
        laughs.as_bytes(),
        b"<svg>&unknown;</svg>",
        b"<svg a='&unknown;'/>",
        b"<svg>",
        b"<svg></g>",
        b"<svg a='1' a='2'/>",
        b"<svg>\0</svg>",
        b"<svg>&#0;</svg>",
        b"<html/>",
        b"<svg xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<x:svg/>",
        b"",
        &utf16,
    ] {
        let shown = String::from_utf8_lossy(file);
        assert!(
            matches!(sanitized(file), Err(Error::Broken { .. })),
            "{shown}"
        );
    }
}

#[test]
fn size_and_nesting_are_bounded() {
    let nested =
        |depth: usize| format!("<svg>{}{}</svg>", "<g>".repeat(depth), "</g>".repeat(depth));
    assert!(sanitized(nested(120).as_bytes()).is_ok());
    for svg in [
        nested(200),
        nested(1_000_000),
        format!("<svg>{}", "<g>".repeat(2_000_000)),
        format!("<svg>{}</svg>", "<g/>".repeat(300_000)),
        format!(
            "<svg {}/>",
            (0..200_000)
                .map(|at| format!("a{at}='' "))
                .collect::<String>()
        ),
        format!(
            "<svg>{}</svg>",
            (0..2000)
                .map(|at| format!("<g xmlns:a{at}='b'/>"))
                .collect::<String>()
        ),
    ] {
        assert!(matches!(
            sanitized(svg.as_bytes()),
            Err(Error::Broken { .. })
        ));
    }
}

#[test]
fn a_copy_is_drawn_like_the_drawing() {
    let svg = format!(
        "<?xml version='1.0'?><!-- a --><!DOCTYPE svg>{OPEN} viewBox='0 0 60 40'><defs>\n<linearGradient id='g'><stop offset='0' stop-color='red'/>\
        <stop offset='1' stop-color='blue'/></linearGradient><clipPath id='c'><circle cx='20' cy='20' r='18'/></clipPath></defs>\
        <style type='text/css'><![CDATA[ .a > .b {{ stroke: green; stroke-width: 3 }} /* c */ ]]></style>\
        <g class='a' clip-path='url(#c)'><rect class='b' width='60' height='40' style=\"fill: url('#g')\"/></g>\
        <text x='4' y='30' font-size='12'>a &amp; <tspan>b</tspan></text></svg>"
    );
    let drawn = |svg: &str| {
        parse(&text(svg.as_bytes()).unwrap())
            .unwrap()
            .paint(120, 80)
            .unwrap()
    };
    let copy = copy(&svg);
    assert!(
        copy.contains("stroke:green") && copy.contains("url('#g')"),
        "{copy}"
    );
    assert_eq!(drawn(&svg), drawn(&copy));
}
