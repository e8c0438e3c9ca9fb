//! The file around coded pictures: a HEIF file of the AVIF brand (AV1 Image File Format 1.1; MIAF).

use crate::identify::avif::CodePoints;
use crate::image::aom_ffi::{Planes, Resolution};
use crate::image::metadata::Metadata;

/// AV1 units of a picture, and what the container says of them.
pub(super) struct Coded {
    units: Vec<u8>,
    /// Profile and level as `av1C` packs them.
    profile_and_level: u8,
    /// The high tier and the layout, as `av1C` packs them.
    layout: u8,
    channels: u8,
}

/// What goes into a file.
pub(super) struct Content<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) color: Coded,
    pub(super) alpha: Option<Coded>,
    pub(super) metadata: &'a Metadata,
    pub(super) points: CodePoints,
}

impl Coded {
    /// Takes off the delimiter before the sequence header, which a still picture has none of, and reads that
    /// header's start (AV1, 5.5.1): profile, two flags of stills, level.
    pub(super) fn new(units: Vec<u8>, planes: &Planes) -> Option<Self> {
        const DELIMITER: &[u8] = &[0x12, 0];
        // A sequence header with a length, which is below 128.
        const SEQUENCE: u8 = 0x0A;
        const STILL: u8 = 0b0001_1000;
        let units = match units.strip_prefix(DELIMITER) {
            Some(rest) => rest.to_vec(),
            None => units,
        };
        let [SEQUENCE, 0..=127, first, second, ..] = units[..] else {
            return None;
        };
        if first & STILL != STILL {
            return None;
        }
        let level = (first & 7) << 2 | second >> 6;
        let layout = match planes.chroma.as_ref().map(|chroma| chroma.resolution) {
            None => 0b0001_1100,
            Some(Resolution::Quarter) => 0b0000_1100,
            Some(Resolution::Full) => 0,
        };
        Some(Self {
            units,
            profile_and_level: first & 0b1110_0000 | level,
            layout,
            channels: if planes.chroma.is_some() { 3 } else { 1 },
        })
    }

    /// The brand of the AVIF profile that the picture keeps to (AVIF 1.1, 8): baseline up to level 5.1, advanced up
    /// to 6.0.
    fn brand(&self) -> Option<&'static [u8; 4]> {
        match (self.profile_and_level >> 5, self.profile_and_level & 31) {
            (0, ..=13) => Some(b"MA1B"),
            (0 | 1, ..=16) => Some(b"MA1A"),
            _ => None,
        }
    }
}

/// Something that the file holds.
struct Item<'a> {
    kind: &'static [u8; 4],
    media_type: &'static str,
    content: [&'a [u8]; 2],
    /// What it has to do with the picture, which is the first item.
    relation: Option<&'static [u8; 4]>,
}

/// The number of the first item; the others follow.
const PICTURE: u16 = 1;

/// Writes the file.
pub(super) fn write(content: &Content<'_>) -> Vec<u8> {
    let items = items(content);
    let mut file = Vec::new();
    file_type(&mut file, content);
    // The list is as long whatever the places in it are.
    let start = file.len();
    list(&mut file, content, &items, 0);
    let data_at = file.len() + 8;
    file.truncate(start);
    list(&mut file, content, &items, data_at);
    unit(&mut file, b"mdat", |data| {
        for item in &items {
            data.extend_from_slice(&item.content.concat());
        }
    });
    file
}

fn items<'a>(content: &'a Content<'_>) -> Vec<Item<'a>> {
    let item = |kind, relation, content| Item {
        kind,
        media_type: "",
        content,
        relation,
    };
    let mut items = vec![item(b"av01", None, [&[], &content.color.units])];
    if let Some(alpha) = &content.alpha {
        items.push(item(b"av01", Some(b"auxl"), [&[], &alpha.units]));
    }
    if let Some(exif) = &content.metadata.exif {
        // Nothing comes before its TIFF header.
        items.push(item(b"Exif", Some(b"cdsc"), [&[0; 4], exif]));
    }
    if let Some(xmp) = &content.metadata.xmp {
        items.push(Item {
            media_type: "application/rdf+xml",
            ..item(b"mime", Some(b"cdsc"), [&[], xmp])
        });
    }
    items
}

fn file_type(file: &mut Vec<u8>, content: &Content<'_>) {
    unit(file, b"ftyp", |body| {
        // The brand and its version; then the brands that the file is compatible with.
        body.extend_from_slice(b"avif\0\0\0\0avifmif1miaf");
        body.extend(content.color.brand().into_iter().flatten());
    });
}

fn list(file: &mut Vec<u8>, content: &Content<'_>, items: &[Item<'_>], data_at: usize) {
    full_unit(file, b"meta", 0, |meta| {
        full_unit(meta, b"hdlr", 0, |body| {
            body.extend_from_slice(b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
        });
        full_unit(meta, b"pitm", 0, |body| put16(body, PICTURE));
        places(meta, items, data_at);
        infos(meta, items);
        unit(meta, b"iprp", |body| properties(body, content));
        if items.len() > 1 {
            full_unit(meta, b"iref", 0, |body| references(body, items));
        }
    });
}

/// Where each item is: its offset in the file and its length, of four bytes each.
fn places(meta: &mut Vec<u8>, items: &[Item<'_>], data_at: usize) {
    full_unit(meta, b"iloc", 0, |body| {
        body.extend_from_slice(&[0x44, 0]);
        put16(body, items.len() as u16);
        let mut at = data_at;
        for (item, number) in items.iter().zip(PICTURE..) {
            let length = item.content.iter().map(|part| part.len()).sum();
            put16(body, number);
            // In this file, in one piece.
            put16(body, 0);
            put16(body, 1);
            put32(body, at);
            put32(body, length);
            at += length;
        }
    });
}

fn infos(meta: &mut Vec<u8>, items: &[Item<'_>]) {
    full_unit(meta, b"iinf", 0, |body| {
        put16(body, items.len() as u16);
        for (item, number) in items.iter().zip(PICTURE..) {
            full_unit(body, b"infe", 2 << 24, |body| {
                put16(body, number);
                // Not protected.
                put16(body, 0);
                body.extend_from_slice(item.kind);
                // No name.
                body.push(0);
                if !item.media_type.is_empty() {
                    body.extend_from_slice(item.media_type.as_bytes());
                    body.push(0);
                }
            });
        }
    });
}

fn references(body: &mut Vec<u8>, items: &[Item<'_>]) {
    for (item, number) in items.iter().zip(PICTURE..) {
        if let Some(relation) = item.relation {
            unit(body, relation, |body| {
                put16(body, number);
                put16(body, 1);
                put16(body, PICTURE);
            });
        }
    }
}

/// The properties and which item has which, by their numbers from 1.
fn properties(body: &mut Vec<u8>, content: &Content<'_>) {
    const ESSENTIAL: u8 = 0x80;
    let mut count = 0;
    let mut next = || {
        count += 1;
        count
    };
    let mut of_color = Vec::new();
    let mut of_alpha = Vec::new();
    unit(body, b"ipco", |all| {
        full_unit(all, b"ispe", 0, |body| {
            put32(body, content.width as usize);
            put32(body, content.height as usize);
        });
        let size = next();
        depth_and_configuration(all, &content.color);
        of_color.extend([size, next(), next() | ESSENTIAL]);
        code_points(all, content.points);
        of_color.push(next());
        if let Some(icc) = &content.metadata.icc {
            unit(all, b"colr", |body| {
                body.extend_from_slice(b"prof");
                body.extend_from_slice(icc);
            });
            of_color.push(next());
        }
        if let Some(alpha) = &content.alpha {
            depth_and_configuration(all, alpha);
            full_unit(all, b"auxC", 0, |body| {
                body.extend_from_slice(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0");
            });
            of_alpha.extend([size, next(), next() | ESSENTIAL, next()]);
        }
    });
    associations(body, &[of_color, of_alpha]);
}

fn associations(body: &mut Vec<u8>, lists: &[Vec<u8>]) {
    let lists = || {
        lists
            .iter()
            .zip(PICTURE..)
            .filter(|(list, _)| !list.is_empty())
    };
    full_unit(body, b"ipma", 0, |body| {
        put32(body, lists().count());
        for (list, number) in lists() {
            put16(body, number);
            body.push(list.len() as u8);
            body.extend_from_slice(list);
        }
    });
}

fn depth_and_configuration(all: &mut Vec<u8>, coded: &Coded) {
    full_unit(all, b"pixi", 0, |body| {
        body.push(coded.channels);
        body.extend((0..coded.channels).map(|_| 8));
    });
    unit(all, b"av1C", |body| {
        // A marker and the version; nothing is said about delays.
        body.extend([0x81, coded.profile_and_level, coded.layout, 0]);
    });
}

fn code_points(all: &mut Vec<u8>, points: CodePoints) {
    unit(all, b"colr", |body| {
        body.extend_from_slice(b"nclx");
        for point in [points.primaries, points.transfer, points.matrix] {
            put16(body, point.into());
        }
        body.push(u8::from(points.full_range) << 7);
    });
}

/// Writes a box: its length, its type, its body.
fn unit(to: &mut Vec<u8>, kind: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let start = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(kind);
    body(to);
    let length = to.len() - start;
    to[start..start + 4].copy_from_slice(&length_field(length));
}

/// Writes a box that begins with its version, in the highest byte, and flags.
fn full_unit(to: &mut Vec<u8>, kind: &[u8; 4], version: u32, body: impl FnOnce(&mut Vec<u8>)) {
    unit(to, kind, |to| {
        to.extend_from_slice(&version.to_be_bytes());
        body(to);
    });
}

fn put16(to: &mut Vec<u8>, number: u16) {
    to.extend_from_slice(&number.to_be_bytes());
}

fn put32(to: &mut Vec<u8>, number: usize) {
    to.extend_from_slice(&length_field(number));
}

fn length_field(number: usize) -> [u8; 4] {
    let number =
        u32::try_from(number).expect("a file below 4 GiB, as the sides and metadata are bounded");
    number.to_be_bytes()
}
