//! What photographers write beside the picture: IPTC-IIM in a resource of Photoshop, and its resolution.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::identify::jpeg::{Segments, marker};
use crate::image::Format;

/// What precedes the resources in APP13.
const IDENTIFIER: &[u8] = b"Photoshop 3.0\0";
/// Photoshop's number of the resource that holds IPTC-IIM.
const IPTC: u16 = 0x0404;
/// Photoshop's number of the resource that holds the resolution.
const RESOLUTION: u16 = 0x03ED;
/// The most resources that are passed over; Photoshop writes about thirty.
const MAX_RESOURCES: usize = 256;
/// The record of IPTC-IIM that describes the picture.
const APPLICATION: u8 = 2;
/// The most data sets that are read.
const MAX_DATA_SETS: usize = 1024;

/// What the resources tell.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// The fields of IPTC-IIM's application record by name; what may be repeated is a list.
    pub(super) iptc: BTreeMap<&'static str, Value>,
    /// What Photoshop notes.
    pub(super) photoshop: Option<Photoshop>,
}

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

impl Resources {
    /// Those of the first segment of a JPEG that has any; other formats have none here. Broken ones end the reading.
    pub(super) fn of(file: &[u8], format: Format) -> Self {
        let mut found = Self::default();
        if format != Format::Jpeg {
            return found;
        }
        let mut segments = Segments::new(file);
        while let Ok(segment) = segments.advance() {
            match segment.marker {
                marker::APP13 if segment.content.starts_with(IDENTIFIER) => {
                    found.take_all(segment.content);
                    break;
                }
                marker::SOS => break,
                _ => {}
            }
        }
        found
    }

    fn take_all(&mut self, content: &[u8]) {
        let mut rest = content.strip_prefix(IDENTIFIER).unwrap_or_default();
        for _ in 0..MAX_RESOURCES {
            let Some((number, data, after)) = resource(rest) else {
                return;
            };
            match number {
                IPTC => self.take_iptc(data),
                RESOLUTION => self.photoshop = resolution(data).or(self.photoshop.take()),
                _ => {}
            }
            rest = after;
        }
    }

    fn take_iptc(&mut self, mut data: &[u8]) {
        for _ in 0..MAX_DATA_SETS {
            let Some((set, after)) = data_set(data) else {
                return;
            };
            if let Some(name) = name(set.number).filter(|_| set.record == APPLICATION) {
                self.note(name, &String::from_utf8_lossy(set.value));
            }
            data = after;
        }
    }

    fn note(&mut self, name: Name, value: &str) {
        let entry = match name {
            Name::Once(name) => self.iptc.entry(name).or_insert_with(|| json!(value)),
            Name::Often(name) => self.iptc.entry(name).or_insert_with(|| json!([])),
        };
        if let Value::Array(list) = entry {
            list.push(json!(value));
        }
    }
}

/// One entry of IPTC-IIM.
struct DataSet<'a> {
    record: u8,
    number: u8,
    value: &'a [u8],
}

/// The name of a data set that is there once, or as often as needed.
#[derive(Clone, Copy)]
enum Name {
    Once(&'static str),
    Often(&'static str),
}

/// The first resource (its number and data), and what follows: signature, number, a name padded to even length,
/// the length, and data padded likewise.
fn resource(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let rest = bytes.strip_prefix(b"8BIM")?;
    let (number, rest) = rest.split_first_chunk::<2>()?;
    let name_bytes = usize::from(*rest.first()?) + 1;
    let rest = rest.get(name_bytes.next_multiple_of(2)..)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let data = rest.get(..length)?;
    let after = rest
        .get(length.checked_next_multiple_of(2)?..)
        .unwrap_or_default();
    Some((u16::from_be_bytes(*number), data, after))
}

/// The first data set (IIM 4.2, section 1.6: record, number, value), and what follows. Extended lengths, for more
/// than 32 kB, end the reading.
fn data_set(bytes: &[u8]) -> Option<(DataSet<'_>, &[u8])> {
    let (&[tag, record, number, high, low], rest) = bytes.split_first_chunk::<5>()?;
    let length = u16::from_be_bytes([high, low]);
    if tag != 0x1C || length > 0x7FFF {
        return None;
    }
    let (value, after) = rest.split_at_checked(usize::from(length))?;
    let set = DataSet {
        record,
        number,
        value,
    };
    Some((set, after))
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

    fn resource_of(number: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = [b"8BIM".as_slice(), &number.to_be_bytes(), &[0, 0]].concat();
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn data_set_of(record: u8, number: u8, value: &str) -> Vec<u8> {
        let mut bytes = vec![0x1C, record, number, 0, value.len() as u8];
        bytes.extend(value.as_bytes());
        bytes
    }

    /// A JPEG as far as its first scan.
    fn jpeg(resources: &[u8]) -> Vec<u8> {
        let content = [IDENTIFIER, resources].concat();
        let mut file = vec![0xFF, 0xD8, 0xFF, 0xED];
        file.extend((content.len() as u16 + 2).to_be_bytes());
        file.extend(content);
        file.extend([0xFF, 0xDA, 0, 2]);
        file
    }

    fn full() -> Vec<u8> {
        let iptc = [
            data_set_of(1, 90, "\x1b%G"),
            data_set_of(2, 5, "Ink"),
            data_set_of(2, 25, "fish"),
            data_set_of(2, 25, "sea"),
            data_set_of(2, 116, "© nobody"),
            data_set_of(2, 255, "unknown"),
        ]
        .concat();
        let resolution = [0, 240, 0x80, 0, 0, 1, 0, 2, 0, 72, 0, 0, 0, 2, 0, 1];
        [
            resource_of(0x0421, &[1, 2, 3]),
            resource_of(IPTC, &iptc),
            resource_of(RESOLUTION, &resolution),
        ]
        .concat()
    }

    #[test]
    fn fields_are_told_by_name_and_repeated_ones_as_a_list() {
        let found = Resources::of(&jpeg(&full()), Format::Jpeg);
        let expected =
            json!({"Copyright Notice": "© nobody", "Keywords": ["fish", "sea"], "Name": "Ink"});
        assert_eq!(serde_json::to_value(&found.iptc).unwrap(), expected);
        assert_eq!(
            serde_json::to_value(&found.photoshop).unwrap(),
            json!({"resolution": {
                "XResolution": 240.5, "XResolutionUnit": "inches", "WidthUnit": "cm",
                "YResolution": 72.0, "YResolutionUnit": "cm", "HeightUnit": "inches",
            }})
        );
    }

    #[test]
    fn what_is_cut_off_is_read_without_a_fault() {
        let full = full();
        for length in 0..full.len() {
            Resources::of(&jpeg(&full[..length]), Format::Jpeg);
        }
        let none = Resources::of(&jpeg(&full), Format::Png);
        assert!(none.iptc.is_empty() && none.photoshop.is_none());
        assert!(Resources::of(b"", Format::Jpeg).iptc.is_empty());
    }
}
