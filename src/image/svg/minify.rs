//! A harmless copy in fewer bytes, which is drawn just the same.
//!
//! What is shortened is the text of values, and what says nothing: no value is rounded but to the single precision in
//! which all renderers keep it. Names are left alone, as other documents may ask for them. Where style sheets look at
//! attributes the copy is left as it is; where they or animations have a say, less is done.

use resvg::usvg::roxmltree::{Attribute, Document, Node};

use super::document;
use super::sanitize::{SVG, TEXTUAL, XLINK, XML, sanitized};
use crate::image::{Error, Format, panic_text, unwinding};
use redundant::Properties;

mod color;
mod number;
mod path;
mod redundant;
mod transform;
mod value;

/// Elements that change their parent over time.
const ANIMATIONS: &[&str] = &["animate", "animateMotion", "animateTransform", "set"];

/// Words of style sheets by which what is drawn changes over time.
const MOVING: &[&str] = &[
    "@keyframes",
    "@-webkit-keyframes",
    "animation",
    "transition",
];

/// The most bytes of paths that are made shorter, which takes a tenth of a second a megabyte; those that come after
/// stay.
const MAX_PATH_BYTES: usize = 2 << 20;

/// Writes a drawing anew as [`sanitized`] does, in fewer bytes where that is drawn just the same.
///
/// # Errors
///
/// Those of [`sanitized`].
pub fn minified(file: &[u8]) -> Result<Vec<u8>, Error> {
    let copy = sanitized(file)?;
    let shorter = unwinding(
        || Ok(shorter(&copy)),
        |payload| Error::broken(Format::Svg, panic_text(&*payload)),
    );
    // What is not understood is passed on as it is.
    Ok(match shorter {
        Ok(Some(shorter)) if shorter.len() < copy.len() => shorter.into_bytes(),
        _ => copy,
    })
}

/// What has a say in how a drawing looks besides its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Nothing.
    Plain,
    /// Style sheets.
    Styled,
    /// Animations.
    Moving,
}

/// The copy in fewer letters; nothing where that cannot be known to be drawn the same.
fn shorter(copy: &[u8]) -> Option<String> {
    let text = str::from_utf8(copy).ok()?;
    let document = document::parse(text).ok()?;
    let manner = manner(&document)?;
    let mut writer = Writer {
        manner,
        properties: Properties::of(&document, manner),
        path_bytes: 0,
        written: String::with_capacity(text.len()),
    };
    writer.element(document.root_element());
    Some(writer.written)
}

/// How a drawing is looked at; nothing where style sheets look at attributes.
fn manner(document: &Document<'_>) -> Option<Manner> {
    let mut manner = Manner::Plain;
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let style = match name {
            "style" => node.text(),
            _ => node.attribute("style"),
        };
        let style = style.unwrap_or_default().to_ascii_lowercase();
        if name == "style" && style.contains('[') {
            return None;
        }
        if ANIMATIONS.contains(&name) || MOVING.iter().any(|word| style.contains(word)) {
            manner = Manner::Moving;
        } else if name == "style" && !style.trim().is_empty() && manner == Manner::Plain {
            manner = Manner::Styled;
        }
    }
    Some(manner)
}

struct Writer {
    manner: Manner,
    properties: Properties,
    /// Bytes of paths that were looked at.
    path_bytes: usize,
    written: String,
}

impl Writer {
    /// Writes an element and what is in it. The nesting is bounded by [`document::parse`].
    fn element(&mut self, node: Node<'_, '_>) {
        if redundant::is_empty(node, self.manner) {
            return;
        }
        let attributes = self.attributes(node);
        if attributes.is_empty() && redundant::is_wrapper(node, self.manner) {
            self.content(node);
            return;
        }
        let name = node.tag_name().name();
        self.written.extend(["<", name]);
        if node.parent_element().is_none() {
            self.namespaces(node);
        }
        self.written.push_str(&attributes);
        let start = self.written.len();
        self.written.push('>');
        self.content(node);
        if self.written.len() == start + 1 {
            self.written.truncate(start);
            self.written.push_str("/>");
        } else {
            self.written.extend(["</", name, ">"]);
        }
    }

    fn namespaces(&mut self, root: Node<'_, '_>) {
        self.written.extend([" xmlns=\"", SVG, "\""]);
        let mut attributes = root.descendants().flat_map(|node| node.attributes());
        if attributes.any(|attribute| attribute.namespace() == Some(XLINK)) {
            self.written.extend([" xmlns:xlink=\"", XLINK, "\""]);
        }
    }

    fn content(&mut self, node: Node<'_, '_>) {
        let name = node.tag_name().name();
        let is_text = node
            .ancestors()
            .any(|node| node.tag_name().name() == "text");
        for child in node.children() {
            if child.is_element() {
                self.element(child);
                continue;
            }
            let text = child.text().unwrap_or_default();
            let is_shown = name == "style" || TEXTUAL.contains(&name) && (is_text || name != "a");
            if child.is_text() && is_shown {
                self.characters(text);
            }
        }
    }

    /// The attributes of an element that say something, as they are written.
    fn attributes(&mut self, node: Node<'_, '_>) -> String {
        let mut written = String::new();
        for attribute in node.attributes() {
            let value = self.value(node, &attribute);
            if self.says_nothing(node, &attribute, &value) {
                continue;
            }
            let prefix = match attribute.namespace() {
                Some(XLINK) => "xlink:",
                Some(XML) => "xml:",
                _ => "",
            };
            written.extend([" ", prefix, attribute.name(), "="]);
            quote(&value, &mut written);
        }
        written
    }

    fn value(&mut self, node: Node<'_, '_>, attribute: &Attribute<'_, '_>) -> String {
        let (name, value) = (attribute.name(), attribute.value());
        match (attribute.namespace(), name) {
            (Some(_), _) => value.to_owned(),
            (None, "d" | "transform") if self.manner == Manner::Moving => value.to_owned(),
            (None, "d" | "points") if !self.affords(value) => value.to_owned(),
            (None, "style") => self.style(node, value),
            (None, _) => value::of_attribute(node.tag_name().name(), name, value),
        }
    }

    /// Whether a path can be made shorter in the time that is left for them.
    const fn affords(&mut self, path: &str) -> bool {
        self.path_bytes = self.path_bytes.saturating_add(path.len());
        self.path_bytes <= MAX_PATH_BYTES
    }

    fn says_nothing(&self, node: Node<'_, '_>, attribute: &Attribute<'_, '_>, value: &str) -> bool {
        let name = attribute.name();
        let is_own = attribute.namespace().is_none();
        let is_idle = || self.properties.is_idle(node, (name, value), self.manner);
        is_own && (name == "style" && value.is_empty() || is_idle())
            || redundant::is_default(node, attribute, value, self.manner)
    }

    /// A style without the declarations that say nothing.
    fn style(&self, node: Node<'_, '_>, style: &str) -> String {
        let style = value::of_attribute(node.tag_name().name(), "style", style);
        if !value::is_divided(&style) {
            return style;
        }
        let kept = value::declarations(&style).filter(|declared| {
            let is_followed = declared.0 != "enable-background";
            is_followed && !self.properties.is_idle(node, *declared, self.manner)
        });
        let kept: Vec<_> = kept
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        kept.join(";")
    }

    /// Writes characters so that they stand for themselves.
    fn characters(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.written.push_str("&amp;"),
                '<' => self.written.push_str("&lt;"),
                '>' if self.written.ends_with("]]") => self.written.push_str("&gt;"),
                '\r' => self.written.push_str("&#13;"),
                letter => self.written.push(letter),
            }
        }
    }
}

/// Writes a value in quotes: single ones where it has double ones alone.
fn quote(value: &str, written: &mut String) {
    let quote = match value.contains('"') && !value.contains('\'') {
        true => '\'',
        false => '"',
    };
    written.push(quote);
    for letter in value.chars() {
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '"' if quote == '"' => written.push_str("&quot;"),
            '\t' => written.push_str("&#9;"),
            '\n' => written.push_str("&#10;"),
            '\r' => written.push_str("&#13;"),
            letter => written.push(letter),
        }
    }
    written.push(quote);
}

#[cfg(test)]
mod tests;
