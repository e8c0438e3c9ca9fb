//! What a drawing says without saying anything.

use resvg::usvg::roxmltree::{Attribute, Document, Node};

use super::value::{declarations, of_property};
use super::{ANIMATIONS, Manner, XML};

/// Properties that are not inherited, and what they are where nothing says another.
const OWN: &[(&str, &str)] = &[
    ("opacity", "1"),
    ("stop-opacity", "1"),
    ("flood-opacity", "1"),
    ("clip-path", "none"),
    ("mask", "none"),
    ("filter", "none"),
];

/// Properties that are inherited, and what they are where nothing says another. Colours and widths of lines are left:
/// whoever uses a part of the drawing elsewhere may set them there.
const INHERITED: &[(&str, &str)] = &[
    ("clip-rule", "nonzero"),
    ("fill-opacity", "1"),
    ("fill-rule", "nonzero"),
    ("stroke-dasharray", "none"),
    ("stroke-dashoffset", "0"),
    ("stroke-linecap", "butt"),
    ("stroke-linejoin", "miter"),
    ("stroke-miterlimit", "4"),
    ("stroke-opacity", "1"),
];

/// Elements within which a group without attributes is its content. Patterns and masks without any are others.
const CONTAINERS: &[&str] = &["defs", "g", "svg", "symbol"];

/// Whether something that is named by a property says nothing, where no style sheet and no animation has a say.
pub(super) struct Properties {
    /// The inherited ones that the drawing sets to nothing but what they are anyway.
    idle: Vec<&'static str>,
}

impl Properties {
    pub(super) fn of(document: &Document<'_>, manner: Manner) -> Self {
        let mut idle: Vec<_> = match manner {
            Manner::Plain => INHERITED.to_vec(),
            Manner::Styled | Manner::Moving => Vec::new(),
        };
        for node in document.descendants().filter(Node::is_element) {
            for (said, value) in said(node) {
                idle.retain(|(name, idle)| said != *name || of_property(name, value) == *idle);
            }
        }
        Self {
            idle: idle.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// Whether a declaration of a property can be left out of an element. What can be used from elsewhere keeps what it
    /// would inherit there.
    pub(super) fn is_idle(
        &self,
        node: Node<'_, '_>,
        (name, value): (&str, &str),
        manner: Manner,
    ) -> bool {
        if manner != Manner::Plain {
            return false;
        }
        let is_alone =
            || said(node).all(|said| said.0 != name || of_property(name, said.1) == value);
        let own = OWN.contains(&(name, value)) && is_alone();
        own || self.idle.contains(&name) && !node.ancestors().any(|node| node.has_attribute("id"))
    }
}

/// What an element says by its attributes and its style.
fn said<'a>(node: Node<'a, '_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let style = node.attribute("style").unwrap_or_default();
    let each = node
        .attributes()
        .filter(|attribute| attribute.namespace().is_none());
    let each = each.map(|attribute| (attribute.name(), attribute.value()));
    each.chain(declarations(style))
}

/// Whether an attribute, in its shortest form, says what holds without it.
pub(super) fn is_default(
    node: Node<'_, '_>,
    attribute: &Attribute<'_, '_>,
    value: &str,
    manner: Manner,
) -> bool {
    let is_root = node.parent_element().is_none();
    let name = attribute.name();
    if attribute.namespace().is_some() {
        return name == "space" && !shows_text(node);
    }
    match (node.tag_name().name(), name) {
        // No reader has ever followed this one.
        (_, "enable-background") => true,
        ("svg", "version") => true,
        ("svg", "zoomAndPan") => value == "magnify",
        ("svg", "x" | "y") if is_root => true,
        ("style", "type") => value == "text/css",
        ("svg" | "image" | "symbol" | "marker", "preserveAspectRatio") => {
            matches!(value, "xMidYMid" | "xMidYMid meet")
        }
        _ if manner == Manner::Moving || value != "0" => false,
        ("rect" | "image" | "use", "x" | "y") => true,
        ("circle" | "ellipse", "cx" | "cy") => true,
        ("line", "x1" | "x2" | "y1" | "y2") => true,
        _ => false,
    }
}

/// Whether an element is a part of a text, or has one.
fn shows_text(node: Node<'_, '_>) -> bool {
    let is_text = |node: Node<'_, '_>| node.tag_name().name() == "text";
    node.descendants().any(is_text) || node.ancestors().any(is_text)
}

/// Whether an element can be left out with all that is in it: it draws nothing, and nobody can ask for it.
pub(super) fn is_empty(node: Node<'_, '_>, manner: Manner) -> bool {
    let name = node.tag_name().name();
    manner == Manner::Plain
        && matches!(name, "defs" | "g")
        && only_places(node)
        && is_contained(node)
        && node
            .children()
            .filter(Node::is_element)
            .all(|node| is_empty(node, manner))
}

/// Whether the attributes of an element only say where its content is and what that inherits.
fn only_places(node: Node<'_, '_>) -> bool {
    let idle = [
        "transform",
        "fill",
        "stroke",
        "stroke-width",
        "fill-rule",
        "opacity",
    ];
    let mut each = node.attributes();
    each.all(|attribute| attribute.namespace() == Some(XML) || idle.contains(&attribute.name()))
}

/// Whether an element is a group that is nothing but its content, if it is written without attributes.
pub(super) fn is_wrapper(node: Node<'_, '_>, manner: Manner) -> bool {
    let tells = |node: Node<'_, '_>| {
        let name = node.tag_name().name();
        ANIMATIONS.contains(&name) || matches!(name, "title" | "desc")
    };
    manner == Manner::Plain
        && node.tag_name().name() == "g"
        && is_contained(node)
        && !node.children().any(tells)
}

fn is_contained(node: Node<'_, '_>) -> bool {
    let parent = node.parent_element();
    parent.is_some_and(|parent| CONTAINERS.contains(&parent.tag_name().name()))
}
