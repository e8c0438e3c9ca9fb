//! How much a drawing is once every reference in it is followed.
//!
//! A reference stands for all that its target holds, at every place that refers to it: a short text can name an
//! endless drawing. Elements are weighed from the leaves up, each once, and nothing is unfolded. The weight is an
//! upper bound of what the reader of drawings makes of it, so styles are followed as that reader does.

use std::collections::HashMap;
use std::rc::Rc;

use resvg::usvg::roxmltree::{Document, Node};
use simplecss::StyleSheet;

use super::document::refused;
use super::matching::Matched;
use crate::image::Error;

/// The greatest weight: that of so many elements of a few words each.
const MAX_WEIGHT: u64 = 150_000;
/// The deepest nesting, references followed.
const MAX_NESTING: u32 = 128;
/// The words of style sheets times their bytes.
const MAX_SHEET_STEPS: usize = 400_000_000;
/// The commas of style sheets times their colons.
const MAX_SHEET_COPIES: usize = 4_000_000;
/// How many words of a `style` attribute times its bytes weigh as much as an element.
const STYLE_STEPS_A_UNIT: usize = 2500;
/// How many bytes of attributes weigh as much as an element.
const BYTES_A_UNIT: usize = 64;
/// How much a text weighs before its first letter: it is laid out.
const TEXT: u64 = 16;
/// How much a character of text weighs: it becomes the outline of a letter.
const LETTER: u64 = 8;

/// Properties that name an element and pass on to what is within.
const PAINTS: [&str; 5] = ["fill", "stroke", "marker-start", "marker-mid", "marker-end"];
/// The place of `marker-mid` in [`PAINTS`]: it is drawn at every corner.
const MARKER_MID: usize = 3;
/// Properties that name an element for the whole of the element that has them.
const EFFECTS: [&str; 3] = ["clip-path", "mask", "filter"];
/// Elements whose `href` stands for the content of another.
const REFERRING: [&str; 8] = [
    "use",
    "feImage",
    "pattern",
    "filter",
    "linearGradient",
    "radialGradient",
    "textPath",
    "tref",
];
/// Elements that are painted themselves.
const PAINTED: [&str; 12] = [
    "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
    "textPath", "use", "image",
];

/// Refuses a drawing that is too heavy, nests too deeply, or is part of itself.
pub(super) fn bounded(document: &Document<'_>) -> Result<(), Error> {
    let sheet = sheet(document)?;
    Matched::bounded(document, &sheet)?;
    let mut scale = Scale::new(document, &sheet);
    scale.weigh(document.root_element(), 0).map(drop)
}

/// All style sheets of the document as one.
fn sheet<'a>(document: &'a Document<'_>) -> Result<StyleSheet<'a>, Error> {
    let styles = document
        .descendants()
        .filter(|node| node.tag_name().name() == "style");
    let texts: Vec<&str> = styles.filter_map(|style| style.text()).collect();
    if !is_brief(&texts) {
        return Err(refused("its styles are too long"));
    }
    let mut sheet = StyleSheet::new();
    for text in texts {
        sheet.parse_more(text);
    }
    Ok(sheet)
}

/// Whether style sheets are read in good time: where they say much, each word costs all that stands before it, and
/// every selector of a list has a copy of its rule's declarations.
fn is_brief(texts: &[&str]) -> bool {
    let count = |letters: &[u8]| -> usize {
        let bytes = texts.iter().flat_map(|text| text.bytes());
        bytes.filter(|byte| letters.contains(byte)).count()
    };
    let length: usize = texts.iter().map(|text| text.len()).sum();
    let words = count(b".#:[>+ ,{;");
    let long = words.saturating_mul(length) > MAX_SHEET_STEPS;
    let copied = count(b",").saturating_mul(count(b":")) > MAX_SHEET_COPIES;
    !long && !copied
}

/// What an element comes to with all that it holds and refers to.
#[derive(Clone, Copy)]
struct Weight {
    /// Elements, and what counts as such.
    units: u64,
    /// How many elements in it are there to be painted.
    painted: u64,
    /// How deep it nests.
    nesting: u32,
}

#[derive(Clone, Copy)]
enum State {
    Unknown,
    /// Being weighed: who comes across it again has come full circle.
    Open,
    Known(Weight),
}

/// The elements that the properties of an element name.
#[derive(Clone, Default)]
struct Named<'a, 'i> {
    paints: [Vec<Node<'a, 'i>>; 5],
    effects: Vec<Node<'a, 'i>>,
}

struct Scale<'a, 'i> {
    by_id: HashMap<&'a str, Node<'a, 'i>>,
    /// By node: paints with those that are inherited.
    paints: HashMap<usize, Rc<Named<'a, 'i>>>,
    states: Vec<State>,
}

impl<'a, 'i> Scale<'a, 'i> {
    fn new(document: &'a Document<'i>, sheet: &StyleSheet<'_>) -> Self {
        let mut by_id = HashMap::new();
        for node in document.descendants() {
            if let Some(id) = node.attribute("id") {
                by_id.entry(id).or_insert(node);
            }
        }
        let nodes = document.descendants().count();
        let mut scale = Self {
            by_id,
            paints: HashMap::new(),
            states: vec![State::Unknown; nodes + 1],
        };
        // Parents come before what is in them.
        for node in document.descendants().filter(Node::is_element) {
            scale.read_names(node, sheet);
        }
        scale
    }

    /// Notes what the properties of an element name, where that differs from its parent's.
    fn read_names(&mut self, node: Node<'a, 'i>, sheet: &StyleSheet<'_>) {
        let parent = node.parent().and_then(|parent| self.names(parent));
        let mut own: Option<Named<'a, 'i>> = None;
        let mut set = |name: &str, value: &str| {
            if name == "marker" || PAINTS.contains(&name) || EFFECTS.contains(&name) {
                let own = own.get_or_insert_with(|| inherited(parent.as_deref()));
                own.set(name, value, &self.by_id);
            }
        };
        for attribute in node.attributes() {
            set(attribute.name(), attribute.value());
        }
        for rule in Matched::rules(node, sheet) {
            for declaration in &rule.declarations {
                set(declaration.name, declaration.value);
            }
        }
        for declaration in node.attribute("style").unwrap_or_default().split(';') {
            let (name, value) = declaration.split_once(':').unwrap_or_default();
            set(name.trim(), value);
        }
        let names = match own {
            Some(own) => Some(Rc::new(own)),
            None => parent.map(|parent| match parent.effects.is_empty() {
                true => parent,
                false => Rc::new(inherited(Some(&parent))),
            }),
        };
        if let Some(names) = names {
            self.paints.insert(node.id().get_usize(), names);
        }
    }

    fn names(&self, node: Node<'a, 'i>) -> Option<Rc<Named<'a, 'i>>> {
        self.paints.get(&node.id().get_usize()).cloned()
    }

    fn weigh(&mut self, node: Node<'a, 'i>, level: u32) -> Result<Weight, Error> {
        if level > MAX_NESTING {
            return Err(refused("references nested too deeply"));
        }
        let at = node.id().get_usize();
        match self.states.get(at) {
            Some(State::Known(weight)) => return Ok(*weight),
            Some(State::Unknown) => {}
            _ => return Err(refused("it is part of itself")),
        }
        self.states[at] = State::Open;
        let weight = self.weigh_anew(node, level + 1)?;
        self.states[at] = State::Known(weight);
        Ok(weight)
    }

    fn weigh_anew(&mut self, node: Node<'a, 'i>, level: u32) -> Result<Weight, Error> {
        let name = node.tag_name().name();
        let mut weight = own_weight(node);
        for child in node.children().filter(Node::is_element) {
            let child = self.weigh(child, level)?;
            weight.add(child, 1)?;
            weight.painted = weight.painted.saturating_add(child.painted);
        }
        if let Some(target) = self.target(node) {
            let target = self.weigh(target, level)?;
            weight.add(target, 1)?;
            if name == "use" {
                weight.painted = weight.painted.saturating_add(target.painted);
            }
        }
        if let Some(names) = self.names(node) {
            self.add_named(node, &names, level, &mut weight)?;
        }
        weight.nesting += 1;
        match weight.nesting > MAX_NESTING {
            true => Err(refused("references nested too deeply")),
            false => Ok(weight),
        }
    }

    /// Adds effects once, and paints as often as there is something to paint.
    fn add_named(
        &mut self,
        node: Node<'a, 'i>,
        names: &Named<'a, 'i>,
        level: u32,
        weight: &mut Weight,
    ) -> Result<(), Error> {
        for effect in &names.effects {
            weight.add(self.weigh(*effect, level)?, 1)?;
        }
        if !PAINTED.contains(&node.tag_name().name()) {
            return Ok(());
        }
        let painted = weight.painted.max(1);
        for (at, targets) in names.paints.iter().enumerate() {
            for target in targets {
                let times = match at {
                    MARKER_MID => painted.saturating_mul(corners(node)),
                    _ => painted,
                };
                weight.add(self.weigh(*target, level)?, times)?;
            }
        }
        Ok(())
    }

    /// The element whose content this one takes in.
    fn target(&self, node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
        if !REFERRING.contains(&node.tag_name().name()) {
            return None;
        }
        let mut links = node.attributes().filter(|link| link.name() == "href");
        let link = links.find_map(|link| link.value().trim().strip_prefix('#'))?;
        self.by_id.get(link).copied()
    }
}

impl Weight {
    fn add(&mut self, part: Self, times: u64) -> Result<(), Error> {
        let units = part.units.saturating_mul(times);
        self.units = self.units.saturating_add(units);
        self.nesting = self.nesting.max(part.nesting);
        match self.units > MAX_WEIGHT {
            true => Err(refused("too much to draw, references followed")),
            false => Ok(()),
        }
    }
}

impl<'a, 'i> Named<'a, 'i> {
    fn set(&mut self, name: &str, value: &str, by_id: &HashMap<&'a str, Node<'a, 'i>>) {
        let targets = references(value).filter_map(|id| by_id.get(id).copied());
        if EFFECTS.contains(&name) {
            return self.effects.extend(targets);
        }
        // What is set here takes the place of what is inherited, unless it says that it is.
        let targets: Vec<Node<'a, 'i>> = targets.collect();
        for (paint, named) in PAINTS.iter().zip(&mut self.paints) {
            let meant = name == *paint || (name == "marker" && paint.starts_with("marker"));
            if meant && !value.contains("inherit") {
                named.clone_from(&targets);
            }
        }
    }
}

/// What an element has from its parent before anything is set.
fn inherited<'a, 'i>(parent: Option<&Named<'a, 'i>>) -> Named<'a, 'i> {
    Named {
        paints: parent
            .map(|parent| parent.paints.clone())
            .unwrap_or_default(),
        effects: Vec::new(),
    }
}

/// The names of elements in a value: whatever stands behind a `#` where it is in a `url`.
fn references(value: &str) -> impl Iterator<Item = &str> {
    let urls = value.split("url(").skip(1);
    urls.filter_map(|rest| {
        let (_, id) = rest.split_once('#')?;
        id.split([')', '"', '\'']).next().map(str::trim)
    })
}

fn own_weight(node: Node<'_, '_>) -> Weight {
    let bytes: usize = node
        .attributes()
        .map(|attribute| attribute.value().len())
        .sum();
    let texts = node
        .children()
        .filter_map(|child| child.text().filter(|_| child.is_text()));
    let letters: usize = match node.tag_name().name() {
        "style" | "title" | "desc" | "metadata" | "script" => 0,
        _ => texts.map(|text| text.trim().len()).sum(),
    };
    let least = match node.tag_name().name() {
        "text" => TEXT,
        _ => 1,
    };
    Weight {
        units: least + (bytes / BYTES_A_UNIT + style_units(node)) as u64 + LETTER * letters as u64,
        painted: u64::from(PAINTED.contains(&node.tag_name().name())),
        nesting: 0,
    }
}

/// Each word of a style costs all that stands before it.
fn style_units(node: Node<'_, '_>) -> usize {
    let style = node.attribute("style").unwrap_or_default();
    let words = style.bytes().filter(|byte| b":;".contains(byte)).count();
    words * style.len() / STYLE_STEPS_A_UNIT
}

/// The most corners that a shape may have: two bytes make one at least.
fn corners(node: Node<'_, '_>) -> u64 {
    let shapes = ["d", "points"]
        .iter()
        .filter_map(|name| node.attribute(*name));
    1 + shapes.map(|shape| shape.len() as u64 / 2).sum::<u64>()
}

#[cfg(test)]
mod tests;
