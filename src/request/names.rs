//! The names of values in URLs, both ways.

use crate::transform::ask::{Compass, ResizingType};

const RESIZING_TYPES: [(&str, ResizingType); 5] = [
    ("fit", ResizingType::Fit),
    ("fill", ResizingType::Fill),
    ("fill-down", ResizingType::FillDown),
    ("force", ResizingType::Force),
    ("auto", ResizingType::Auto),
];

const COMPASS: [(&str, Compass); 9] = [
    ("ce", Compass::Center),
    ("no", Compass::North),
    ("so", Compass::South),
    ("ea", Compass::East),
    ("we", Compass::West),
    ("noea", Compass::NorthEast),
    ("nowe", Compass::NorthWest),
    ("soea", Compass::SouthEast),
    ("sowe", Compass::SouthWest),
];

/// The resizing type of a name.
pub(super) fn resizing_type(name: &str) -> Option<ResizingType> {
    value_of(&RESIZING_TYPES, name)
}

/// The name of a resizing type.
pub(super) fn of_resizing_type(kind: ResizingType) -> &'static str {
    name_of(&RESIZING_TYPES, kind)
}

/// The compass point of a name.
pub(super) fn compass(name: &str) -> Option<Compass> {
    value_of(&COMPASS, name)
}

/// The name of a compass point.
pub(super) fn of_compass(point: Compass) -> &'static str {
    name_of(&COMPASS, point)
}

fn value_of<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|row| row.0 == name).map(|row| row.1)
}

fn name_of<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table
        .iter()
        .find(|row| row.1 == value)
        .map(|row| row.0)
        .expect("every value has a row")
}
