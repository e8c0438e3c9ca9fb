//! The harmless copy of a drawing.

use resvg::usvg::roxmltree::{Attribute, Node};

use super::words::{is_animated, is_attribute, is_element};
use super::{css, document};
use crate::image::{Error, Format, panic_text, unwinding};

pub(super) const SVG: &str = "http://www.w3.org/2000/svg";
pub(super) const XLINK: &str = "http://www.w3.org/1999/xlink";
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements whose characters are shown or read; elsewhere they are layout of the markup.
pub(super) const TEXTUAL: [&str; 6] = ["a", "desc", "text", "textPath", "title", "tspan"];
const ANIMATIONS: [&str; 3] = ["animate", "animateTransform", "set"];
/// How embedded pictures begin that may stay.
const PICTURES: [&str; 5] = [
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/jpg;base64,",
    "data:image/webp;base64,",
    "data:image/gif;base64,",
];

/// Writes a drawing anew with what is known to be harmless: elements, attributes and styles of listed names, references
/// within the document, and embedded pictures. Scripts, handlers, foreign content, links, anything that is loaded
/// from elsewhere, comments, and the document type stay behind. Writing the outcome anew gives the same bytes.
///
/// # Errors
///
/// [`Error::Broken`] where the file is not well-formed, declares entities, or is above a bound of size or nesting.
pub fn sanitized(file: &[u8]) -> Result<Vec<u8>, Error> {
    unwinding(
        || copy_of(file),
        |payload| Error::broken(Format::Svg, panic_text(&*payload)),
    )
}

fn copy_of(file: &[u8]) -> Result<Vec<u8>, Error> {
    let text = document::text(file)?;
    let document = document::parse(&text)?;
    let root = document.root_element();
    if !is_svg(root) || root.tag_name().name() != "svg" {
        return Err(document::refused("its first element is not that of SVG"));
    }
    let mut copy = String::with_capacity(text.len());
    element(root, &mut copy);
    Ok(copy.into_bytes())
}

/// In the namespace of SVG; that of a document which names none is taken to be meant.
fn is_svg(node: Node<'_, '_>) -> bool {
    matches!(node.tag_name().namespace(), Some(SVG) | None)
}

/// Writes an element and what is in it. The nesting is bounded by [`document::parse`].
fn element(node: Node<'_, '_>, copy: &mut String) {
    let name = node.tag_name().name();
    if !is_svg(node) || !is_element(name) || is_harmful_animation(node) {
        return;
    }
    copy.extend(["<", name]);
    if node.parent_element().is_none() {
        copy.extend([" xmlns=\"", SVG, "\" xmlns:xlink=\"", XLINK, "\""]);
    }
    for attribute in node.attributes() {
        write_attribute(name, attribute, copy);
    }
    let start = copy.len();
    copy.push('>');
    content(node, copy);
    if copy.len() == start + 1 {
        copy.truncate(start);
        copy.push_str("/>");
    } else {
        copy.extend(["</", name, ">"]);
    }
}

fn content(node: Node<'_, '_>, copy: &mut String) {
    let name = node.tag_name().name();
    if name == "style" {
        let texts = node.children().filter(Node::is_text);
        let sheet: String = texts.filter_map(|text| text.text()).collect();
        escape(&css::sheet(&sheet), copy);
        return;
    }
    for child in node.children() {
        if child.is_element() {
            element(child, copy);
        } else if child.is_text() && TEXTUAL.contains(&name) {
            escape(child.text().unwrap_or_default(), copy);
        }
    }
}

/// An animation of what must not change: a reference, a handler, or a style.
fn is_harmful_animation(node: Node<'_, '_>) -> bool {
    ANIMATIONS.contains(&node.tag_name().name())
        && !node.attribute("attributeName").is_some_and(is_animated)
}

fn write_attribute(element: &str, attribute: Attribute<'_, '_>, copy: &mut String) {
    let (name, value) = (attribute.name(), attribute.value());
    match (attribute.namespace(), name) {
        (None, "href") if is_reference(element, value) => write("href", value, copy),
        (Some(XLINK), "href") if is_reference(element, value) => write("xlink:href", value, copy),
        (Some(XML), "space") => write("xml:space", value, copy),
        (Some(XML), "lang") => write("xml:lang", value, copy),
        (None, "style") => write_style(value, copy),
        (None, name) if is_attribute(name) && css::is_harmless(value) => write(name, value, copy),
        _ => {}
    }
}

fn write_style(value: &str, copy: &mut String) {
    let style = css::declarations(value);
    if !style.is_empty() {
        write("style", &style, copy);
    }
}

/// A reference within the document or, for pictures, an embedded one.
fn is_reference(element: &str, value: &str) -> bool {
    if let Some(id) = value.trim().strip_prefix('#') {
        return !id.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    }
    matches!(element, "image" | "feImage") && is_picture(value.trim())
}

fn is_picture(value: &str) -> bool {
    let data = PICTURES.iter().find_map(|start| value.strip_prefix(start));
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(&byte);
    data.is_some_and(|data| data.bytes().all(base64))
}

fn write(name: &str, value: &str, copy: &mut String) {
    copy.extend([" ", name, "=\""]);
    escape(value, copy);
    copy.push('"');
}

/// Writes characters so that they stand for themselves, in attributes as in text.
fn escape(text: &str, copy: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => copy.push_str("&amp;"),
            '<' => copy.push_str("&lt;"),
            '>' => copy.push_str("&gt;"),
            '"' => copy.push_str("&quot;"),
            '\t' => copy.push_str("&#9;"),
            '\n' => copy.push_str("&#10;"),
            '\r' => copy.push_str("&#13;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_ascii_control() => {}
            letter => copy.push(letter),
        }
    }
}

#[cfg(test)]
mod tests;
