use super::*;

#[test]
fn every_list_is_in_order() {
    for list in [ELEMENTS, PRESENTATION, ATTRIBUTES, PROPERTIES, ANIMATED] {
        assert!(list.is_sorted_by(|one, next| one < next));
    }
}

#[test]
fn nothing_that_acts_is_listed() {
    for word in [
        "script",
        "foreignObject",
        "iframe",
        "handler",
        "audio",
        "discard",
    ] {
        assert!(!is_element(word), "{word}");
    }
    for word in [
        "onload",
        "href",
        "style",
        "xml:base",
        "src",
        "target",
        "ping",
        "formaction",
    ] {
        assert!(
            !is_attribute(word) && !is_animated(word) && !is_property(word),
            "{word}"
        );
    }
    assert!(!is_property("behavior") && !is_property("-moz-binding") && !is_property("src"));
}
