//! The quality that a JPEG was written with, as far as its quantisation tables tell.

use super::jpeg::{Segments, marker};

/// The tables of T.81, Annex K, in the zigzag order of files: luma, then chroma.
const ANNEX_K: [[u16; 64]; 2] = [
    [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35,
        37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80,
        109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
    ],
    [
        17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ],
];

/// The quality that a JPEG was written with, in the scale of libjpeg, 1..=100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JpegQuality {
    /// The one that gives just its tables; `None` where they are of another kind.
    pub exact: Option<u8>,
    /// The one whose tables come closest.
    pub nearest: u8,
}

/// Reads the quality off the tables of a JPEG that was identified; nothing where they are not among its first bytes.
pub fn jpeg_quality(head: &[u8]) -> Option<JpegQuality> {
    let tables = Tables::read(head)?;
    let (distance, nearest) = (1..=100_u8)
        .map(|quality| (tables.distance(quality), quality))
        .min()?;
    Some(JpegQuality {
        exact: (distance == 0).then_some(nearest),
        nearest,
    })
}

/// The tables of the first component and of the second, where there is one.
struct Tables {
    each: Vec<([u16; 64], &'static [u16; 64])>,
}

impl Tables {
    fn read(head: &[u8]) -> Option<Self> {
        let mut segments = Segments::new(head);
        let mut slots = [None; 4];
        let mut used = Vec::new();
        loop {
            let segment = segments.advance().ok()?;
            match segment.marker {
                marker::DQT => define(&mut slots, segment.content)?,
                // The number of each component's table is the last of its three bytes.
                marker::SOF0..=marker::SOF2 => {
                    let components = segment.content.get(6..)?.chunks_exact(3);
                    used = components
                        .map(|component| usize::from(component[2]))
                        .collect();
                }
                marker::SOS => break,
                _ => {}
            }
        }
        let used = used.into_iter().zip(&ANNEX_K);
        let each = used.map(|(slot, base)| Some(((*slots.get(slot)?)?, base)));
        let each: Vec<_> = each.collect::<Option<_>>()?;
        (!each.is_empty()).then_some(Self { each })
    }

    /// By how much they differ from those of a quality.
    fn distance(&self, quality: u8) -> u64 {
        let tables = self.each.iter();
        let of_table = |(table, base): &([u16; 64], &'static [u16; 64])| {
            let steps = table.iter().zip(base.iter());
            let off = steps.map(|(step, base)| u64::from(step.abs_diff(scaled(*base, quality))));
            off.sum::<u64>()
        };
        tables.map(of_table).sum()
    }
}

/// Reads tables, each with its number, into slots (T.81, B.2.4.1).
fn define(slots: &mut [Option<[u16; 64]>; 4], mut content: &[u8]) -> Option<()> {
    while let [kind, rest @ ..] = content {
        let step_bytes = if kind >> 4 == 0 { 1 } else { 2 };
        let (steps, rest) = rest.split_at_checked(64 * step_bytes)?;
        let mut table = [0; 64];
        for (step, bytes) in table.iter_mut().zip(steps.chunks_exact(step_bytes)) {
            *step = bytes
                .iter()
                .fold(0, |all, byte| all << 8 | u16::from(*byte));
        }
        *slots.get_mut(usize::from(kind & 15))? = Some(table);
        content = rest;
    }
    Some(())
}

/// A step of Annex K at a quality, as libjpeg scales it.
fn scaled(base: u16, quality: u8) -> u16 {
    let quality = u32::from(quality);
    let percent = match quality {
        ..50 => 5000 / quality,
        _ => 200 - 2 * quality,
    };
    ((u32::from(base) * percent + 50) / 100).clamp(1, 255) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let length = (content.len() + 2) as u16;
        [&[0xFF, marker][..], &length.to_be_bytes(), content].concat()
    }

    /// The head of a JPEG with these tables.
    fn head(tables: &[[u16; 64]]) -> Vec<u8> {
        let tables = tables.iter().zip(0_u8..).flat_map(|(table, slot)| {
            let steps = table.iter().map(|step| *step as u8);
            segment(
                marker::DQT,
                &std::iter::once(slot).chain(steps).collect::<Vec<_>>(),
            )
        });
        let frame = [8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        let start = [0xFF, marker::SOI].into_iter().chain(tables);
        start
            .chain(segment(marker::SOF0, &frame))
            .chain(segment(marker::SOS, &[3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]))
            .collect()
    }

    #[test]
    fn every_quality_of_libjpeg_is_told_by_its_tables() {
        for quality in 1..=100_u8 {
            let tables = ANNEX_K.map(|base| base.map(|step| scaled(step, quality)));
            let expected = JpegQuality {
                exact: Some(quality),
                nearest: quality,
            };
            assert_eq!(jpeg_quality(&head(&tables)), Some(expected));
        }
    }

    #[test]
    fn other_tables_come_close_to_some_quality() {
        let mut tables = ANNEX_K.map(|base| base.map(|step| scaled(step, 80)));
        tables[0][5] += 1;
        let expected = JpegQuality {
            exact: None,
            nearest: 80,
        };
        assert_eq!(jpeg_quality(&head(&tables)), Some(expected));
        let flat = [[16; 64]; 2];
        assert_eq!(jpeg_quality(&head(&flat)).unwrap().exact, None);
    }

    #[test]
    fn a_head_without_its_tables_tells_nothing() {
        let tables = ANNEX_K;
        let whole = head(&tables);
        assert_eq!(jpeg_quality(&head(&tables[..1])), None);
        for end in [0, 2, 30, whole.len() - 1] {
            assert_eq!(jpeg_quality(&whole[..end]), None, "{end}");
        }
        let mut broken = whole.clone();
        broken[6] = 0x0F;
        assert_eq!(jpeg_quality(&broken), None);
    }
}
