//! Which rules of a style sheet match an element, and how long finding out may take.

use resvg::usvg::roxmltree::{Document, Node};
use simplecss::{AttributeOperator, Element, PseudoClass, Rule, StyleSheet};

use super::document::refused;
use crate::image::Error;

/// The most comparisons of elements with selectors.
const MAX_COMPARISONS: u64 = 100_000_000;

/// An element as selectors see it.
pub(super) struct Matched<'a, 'i>(Node<'a, 'i>);

impl<'a, 'i> Matched<'a, 'i> {
    /// The rules whose selector matches `node`.
    pub(super) fn rules<'s>(
        node: Node<'a, 'i>,
        sheet: &'s StyleSheet<'s>,
    ) -> impl Iterator<Item = &'s Rule<'s>> {
        let element = Self(node);
        let rules = sheet.rules.iter();
        rules.filter(move |rule| rule.selector.matches(&element))
    }

    /// Refuses style sheets whose rules take too long to match with every element.
    ///
    /// Each step from an element to some ancestor multiplies what a selector may have to try by the nesting.
    pub(super) fn bounded(document: &Document<'_>, sheet: &StyleSheet<'_>) -> Result<(), Error> {
        if sheet.rules.is_empty() {
            return Ok(());
        }
        let elements = document.descendants().filter(Node::is_element);
        let nesting = |node: Node<'_, '_>| node.ancestors().count() as u64;
        let (count, deepest) = elements.fold((0_u64, 1), |(count, deepest), node| {
            (count + 1, nesting(node).max(deepest))
        });
        let tries = sheet.rules.iter().map(|rule| {
            let written = rule.selector.to_string();
            let steps = written.split(' ').filter(|part| !part.is_empty()).count();
            deepest.saturating_pow(steps.saturating_sub(1) as u32)
        });
        let tries = tries.fold(0_u64, u64::saturating_add);
        match tries.saturating_mul(count) > MAX_COMPARISONS {
            true => Err(refused("its styles take too long to match")),
            false => Ok(()),
        }
    }
}

impl Element for Matched<'_, '_> {
    fn parent_element(&self) -> Option<Self> {
        self.0.parent_element().map(Self)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.0.prev_sibling_element().map(Self)
    }

    fn has_local_name(&self, name: &str) -> bool {
        self.0.tag_name().name() == name
    }

    fn attribute_matches(&self, name: &str, operator: AttributeOperator<'_>) -> bool {
        let value = self.0.attribute(name);
        value.is_some_and(|value| operator.matches(value))
    }

    fn pseudo_class_matches(&self, class: PseudoClass<'_>) -> bool {
        class == PseudoClass::FirstChild && self.prev_sibling_element().is_none()
    }
}
