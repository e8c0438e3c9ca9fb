//! What photographers write beside the picture: IPTC-IIM in a resource of Photoshop, and its resolution.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::image::Format;
use crate::image::metadata::{iptc, photoshop};

/// Fields by name; what may be repeated is a list.
pub(super) type Fields = BTreeMap<&'static str, Value>;

/// What Photoshop notes.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Photoshop {
    resolution: Resolution,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resolution {
    #[serde(rename = "XResolution")]
    x: f64,
    #[serde(rename = "XResolutionUnit")]
    x_unit: &'static str,
    width_unit: &'static str,
    #[serde(rename = "YResolution")]
    y: f64,
    #[serde(rename = "YResolutionUnit")]
    y_unit: &'static str,
    height_unit: &'static str,
}

/// The fields of the application record of a block of IPTC.
pub(super) fn fields(block: &[u8]) -> Fields {
    let mut fields = Fields::new();
    for (record, number, value) in iptc::datasets(block) {
        if let Some(name) = name(number).filter(|_| record == iptc::APPLICATION) {
            note(&mut fields, name, &String::from_utf8_lossy(value));
        }
    }
    fields
}

fn note(fields: &mut Fields, name: Name, value: &str) {
    let entry = match name {
        Name::Once(name) => fields.entry(name).or_insert_with(|| json!(value)),
        Name::Often(name) => fields.entry(name).or_insert_with(|| json!([])),
    };
    if let Value::Array(list) = entry {
        list.push(json!(value));
    }
}

impl Photoshop {
    /// What a JPEG has of it; other formats have none here.
    pub(super) fn of(file: &[u8], format: Format) -> Option<Self> {
        let mut resources = photoshop::resources_of(file);
        let found = match format {
            Format::Jpeg => resources.find(|(number, _)| *number == photoshop::RESOLUTION),
            _ => None,
        };
        found.and_then(|(_, content)| resolution(content))
    }
}

/// The name of a data set that is there once, or as often as needed.
#[derive(Clone, Copy)]
enum Name {
    Once(&'static str),
    Often(&'static str),
}

/// The name of a data set of the application record.
const fn name(number: u8) -> Option<Name> {
    use Name::{Often, Once};
    Some(match number {
        5 => Once("Name"),
        7 => Once("Edit Status"),
        10 => Once("Urgency"),
        15 => Once("Category"),
        20 => Often("Supplemental Categories"),
        25 => Often("Keywords"),
        40 => Once("Instructions"),
        55 => Once("Date Created"),
        60 => Once("Time Created"),
        65 => Once("Originating Program"),
        80 => Often("Byline"),
        85 => Often("Byline Title"),
        90 => Once("City"),
        92 => Once("Sublocation"),
        95 => Once("Province/State"),
        100 => Once("Country Code"),
        101 => Once("Country Name"),
        103 => Once("Original Transmission Reference"),
        105 => Once("Headline"),
        110 => Once("Credit"),
        115 => Once("Source"),
        116 => Once("Copyright Notice"),
        118 => Often("Contact"),
        120 => Once("Caption"),
        122 => Often("Caption Writer"),
        _ => return None,
    })
}

fn resolution(data: &[u8]) -> Option<Photoshop> {
    let short = |at: usize| Some(u16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?));
    // Fixed point with 16 bits of fraction.
    let fixed = |at: usize| Some(f64::from(short(at)?) + f64::from(short(at + 2)?) / 65_536.0);
    let of_resolution = |unit: u16| if unit == 2 { "cm" } else { "inches" };
    let of_length = |unit: u16| match unit {
        2 => "cm",
        3 => "points",
        4 => "picas",
        5 => "columns",
        _ => "inches",
    };
    let resolution = Resolution {
        x: fixed(0)?,
        x_unit: of_resolution(short(4)?),
        width_unit: of_length(short(6)?),
        y: fixed(8)?,
        y_unit: of_resolution(short(12)?),
        height_unit: of_length(short(14)?),
    };
    Some(Photoshop { resolution })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_set_of(record: u8, number: u8, value: &str) -> Vec<u8> {
        let mut bytes = vec![0x1C, record, number, 0, value.len() as u8];
        bytes.extend(value.as_bytes());
        bytes
    }

    /// A JPEG as far as its first scan, with a resource of so many bytes.
    fn jpeg(resource: &[u8]) -> Vec<u8> {
        let mut content = b"Photoshop 3.0\08BIM\x03\xED\0\0\0\0\0".to_vec();
        content.push(resource.len() as u8);
        content.extend(resource);
        let mut file = vec![0xFF, 0xD8, 0xFF, 0xED];
        file.extend((content.len() as u16 + 2).to_be_bytes());
        file.extend(content);
        file.extend([0xFF, 0xDA, 0, 2]);
        file
    }

    #[test]
    fn fields_are_told_by_name_and_repeated_ones_as_a_list() {
        let block = [
            data_set_of(1, 90, "\x1b%G"),
            data_set_of(2, 5, "Ink"),
            data_set_of(2, 25, "fish"),
            data_set_of(2, 25, "sea"),
            data_set_of(2, 116, "© nobody"),
            data_set_of(2, 255, "unknown"),
        ]
        .concat();
        let expected =
            json!({"Copyright Notice": "© nobody", "Keywords": ["fish", "sea"], "Name": "Ink"});
        assert_eq!(serde_json::to_value(fields(&block)).unwrap(), expected);
        for length in 0..block.len() {
            fields(&block[..length]);
        }
    }

    #[test]
    fn the_resolution_is_told_with_its_units() {
        let resolution = [0, 240, 0x80, 0, 0, 1, 0, 2, 0, 72, 0, 0, 0, 2, 0, 1];
        let file = jpeg(&resolution);
        assert_eq!(
            serde_json::to_value(Photoshop::of(&file, Format::Jpeg)).unwrap(),
            json!({"resolution": {
                "XResolution": 240.5, "XResolutionUnit": "inches", "WidthUnit": "cm",
                "YResolution": 72.0, "YResolutionUnit": "cm", "HeightUnit": "inches",
            }})
        );
        assert_eq!(Photoshop::of(&file, Format::Png), None);
        for length in 0..resolution.len() {
            assert_eq!(
                Photoshop::of(&jpeg(&resolution[..length]), Format::Jpeg),
                None
            );
        }
    }
}
