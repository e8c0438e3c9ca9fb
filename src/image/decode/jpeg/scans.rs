//! Progressive JPEGs without the scans that do not show once every block has become one pixel.

use std::ops::Range;

use memchr::memchr;

use crate::identify::jpeg::marker::{APP1, APP13, EOI, RST0, RST7, SOF0, SOF2, SOI, SOS};

/// Coefficients of a block.
const COEFFICIENTS: usize = 64;
/// Not sent yet.
const UNKNOWN: u8 = u8::MAX;
/// The last of the markers of frames (T.81, table B.1), of which some are other things.
const SOF15: u8 = 0xCF;
const NO_FRAMES: [u8; 3] = [0xC4, 0xC8, 0xCC];
/// With APP1 to APP13, what decoders do not look at.
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

/// What becomes of the blocks of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One pixel each of all of them, chroma too.
    EachMean,
    /// One pixel each of those that are sampled most densely; those of others become two by two, as libjpeg scales them.
    DensestMeans,
}

/// The file without its metadata and the scans of components of which nothing but the means of blocks is wanted, but for those that send
/// the means; `None` where there are none, where the file takes more than `most` bytes without them, or where anything in
/// it is unusual. A file that never sends all bits of all coefficients is: decoders smooth what is missing.
pub(super) fn of_means(file: &[u8], wanted: Wanted, most: u64) -> Option<Vec<u8>> {
    let mut walk = Walk { file, at: 0 };
    let mut kept: Vec<Range<usize>> = Vec::new();
    let (mut frame, mut leaves_out) = (None, false);
    loop {
        let segment = walk.segment()?;
        let is_needed = match segment.marker {
            SOF2 => {
                frame = Some(Frame::read(segment.content, wanted)?);
                true
            }
            SOF0..=SOF15 if !NO_FRAMES.contains(&segment.marker) => return None,
            SOS => {
                walk.pass_scan()?;
                let is_needed = frame.as_mut()?.take(segment.content)?;
                leaves_out |= !is_needed;
                is_needed
            }
            APP1..=APP13 | APP15 | COM => false,
            _ => true,
        };
        match kept.last_mut() {
            _ if !is_needed => {}
            Some(last) if last.end == segment.start => last.end = walk.at,
            _ => kept.push(segment.start..walk.at),
        }
        if segment.marker == EOI {
            break;
        }
    }
    let bytes: usize = kept.iter().map(ExactSizeIterator::len).sum();
    let is_worth_it = leaves_out && bytes as u64 <= most && frame?.is_complete();
    is_worth_it.then(|| {
        let mut means = Vec::with_capacity(bytes);
        kept.into_iter()
            .for_each(|range| means.extend_from_slice(&file[range]));
        means
    })
}

/// A marker and what belongs to it.
struct Segment<'a> {
    marker: u8,
    /// Where the marker stands.
    start: usize,
    content: &'a [u8],
}

/// A way through a file, segment by segment.
struct Walk<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn segment(&mut self) -> Option<Segment<'a>> {
        let start = self.at;
        let &[0xFF, marker, ref rest @ ..] = self.file.get(start..)? else {
            return None;
        };
        let length = match marker {
            SOI | EOI => 0,
            // Fill, and what stands alone.
            ..SOF0 | RST0..=RST7 | 0xFF => return None,
            _ => usize::from(u16::from_be_bytes(*rest.first_chunk()?)),
        };
        self.at = start + 2 + length;
        let content = rest.get(..length)?.get(2..).unwrap_or_default();
        Some(Segment {
            marker,
            start,
            content,
        })
    }

    /// To the marker that ends the coded data of a scan: stuffed bytes and restarts belong to them (T.81, B.1.1.5).
    fn pass_scan(&mut self) -> Option<()> {
        loop {
            let rest = self.file.get(self.at..)?;
            let next = memchr(0xFF, rest)?;
            self.at += next;
            match *rest.get(next + 1)? {
                0 | RST0..=RST7 => self.at += 2,
                _ => return Some(()),
            }
        }
    }
}

/// The components of a progressive frame, and what is known of them.
struct Frame {
    components: Vec<Component>,
}

struct Component {
    id: u8,
    needs_means_only: bool,
    /// How many low bits of each coefficient have not been sent.
    missing_bits: [u8; COEFFICIENTS],
}

impl Frame {
    /// Reads what follows the length of SOF2 (T.81, B.2.2).
    fn read(content: &[u8], wanted: Wanted) -> Option<Self> {
        let (&[_, _, _, _, _, count], rest) = content.split_first_chunk()?;
        let listed = rest.as_chunks::<3>().0;
        if listed.len() != usize::from(count) || listed.is_empty() {
            return None;
        }
        let sampling = |factors: u8| (factors >> 4, factors & 15);
        let factors = || listed.iter().map(|[_, factors, _]| sampling(*factors));
        let across = factors().map(|(across, _)| across).max()?;
        let down = factors().map(|(_, down)| down).max()?;
        let is_dense = |(h, v): (u8, u8)| across % (h * 2) != 0 || down % (v * 2) != 0;
        let component = |&[id, factors, _]: &[u8; 3]| {
            let (h, v) = sampling(factors);
            (h > 0 && v > 0).then(|| Component {
                id,
                needs_means_only: wanted == Wanted::EachMean || is_dense((h, v)),
                missing_bits: [UNKNOWN; COEFFICIENTS],
            })
        };
        let components = listed.iter().map(component).collect::<Option<_>>()?;
        Some(Self { components })
    }

    /// Takes note of a scan by what follows the length of SOS (T.81, B.2.3 and G.1.1.1); whether it is needed.
    fn take(&mut self, content: &[u8]) -> Option<bool> {
        let (count, rest) = content.split_first()?;
        let listed = usize::from(*count) * 2;
        let (components, &[first, last, bits]) = (rest.get(..listed)?, rest.get(listed..)?) else {
            return None;
        };
        let (before, after) = (bits >> 4, bits & 15);
        let band = usize::from(first)..usize::from(last) + 1;
        let sends_means = first == 0;
        if (sends_means && last != 0) || (!sends_means && *count != 1) {
            return None;
        }
        let mut is_needed = sends_means;
        for [id, _] in components.as_chunks().0 {
            let found = |component: &&mut Component| component.id == *id;
            let component = self.components.iter_mut().find(found)?;
            for missing in component.missing_bits.get_mut(band.clone())? {
                let expected = if before == 0 { UNKNOWN } else { before };
                if *missing != expected {
                    return None;
                }
                *missing = after;
            }
            is_needed |= !component.needs_means_only;
        }
        Some(is_needed)
    }

    fn is_complete(&self) -> bool {
        let all =
            |component: &Component| component.missing_bits.iter().all(|missing| *missing == 0);
        self.components.iter().all(all)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use mozjpeg::{ColorSpace, Compress, ScanMode};
    use proptest::prelude::*;

    use super::super::{Scale, Shown, decode, decode_planes};
    use super::*;
    use crate::identify::{ColorType, Facts, Subtype};
    use crate::image::testing::{facts, picture};
    use crate::image::{Format, Layout, jpeg_ffi};

    const ALL: u64 = u64::MAX;

    /// A progressive JPEG with chroma sampled so much more coarsely across and down.
    fn file(
        (width, height): (u32, u32),
        layout: Layout,
        chroma: (u8, u8),
        mode: ScanMode,
    ) -> Vec<u8> {
        let pixels = picture(width, height, layout);
        let mut compress = Compress::new(match layout {
            Layout::Grey => ColorSpace::JCS_GRAYSCALE,
            _ => ColorSpace::JCS_RGB,
        });
        compress.set_size(width as usize, height as usize);
        compress.set_quality(85.0);
        compress.set_progressive_mode();
        compress.set_scan_optimization_mode(mode);
        if layout == Layout::Rgb {
            compress.set_chroma_sampling_pixel_sizes(chroma, chroma);
        }
        let mut started = compress.start_compress(Vec::new()).unwrap();
        started.write_marker(mozjpeg::Marker::COM, &[b'x'; 9_000]);
        started.write_scanlines(pixels.data()).unwrap();
        started.finish().unwrap()
    }

    fn progressive((width, height): (u32, u32), layout: Layout) -> Facts {
        let color_type = match layout {
            Layout::Grey => ColorType::Grey,
            _ => ColorType::Rgb,
        };
        Facts {
            color_type,
            subtype: Some(Subtype::Progressive),
            ..facts(Format::Jpeg, width, height)
        }
    }

    #[test]
    fn without_what_does_not_show_the_pixels_are_the_same() {
        let modes = [
            ScanMode::AllComponentsTogether,
            ScanMode::ScanPerComponent,
            ScanMode::Auto,
        ];
        let kinds = [
            (Layout::Grey, (1, 1)),
            (Layout::Rgb, (1, 1)),
            (Layout::Rgb, (2, 1)),
            (Layout::Rgb, (2, 2)),
        ];
        for mode in modes {
            for (layout, chroma) in kinds {
                for size in [(203, 77), (64, 64), (9, 17), (1, 1)] {
                    let file = file(size, layout, chroma, mode);
                    let facts = progressive(size, layout);
                    let whole = Shown(Cow::Borrowed(&file[..])).promise(&facts);
                    let case = format!("{size:?} {layout:?} {chroma:?}");
                    let expected = jpeg_ffi::decode(&file, &whole, Scale::Eighth)
                        .unwrap()
                        .pixels;
                    assert!(
                        decode(&file, &facts, Scale::Eighth).unwrap() == expected,
                        "{case}"
                    );
                    let expected = jpeg_ffi::decode_planes(&file, &whole, Scale::Eighth).unwrap();
                    let found = decode_planes(&file, &facts, Scale::Eighth).unwrap();
                    let same = match (&found, &expected) {
                        (Some(found), Some(expected)) => found.each() == expected.each(),
                        (found, expected) => found.is_none() && expected.is_none(),
                    };
                    assert!(same, "planes of {case}");
                }
            }
        }
    }

    #[test]
    fn means_take_a_part_of_the_file_without_metadata_and_subsampled_chroma_stays_where_it_shows() {
        let file = file((320, 240), Layout::Rgb, (2, 2), ScanMode::ScanPerComponent);
        let each = of_means(&file, Wanted::EachMean, ALL).unwrap();
        let densest = of_means(&file, Wanted::DensestMeans, ALL).unwrap();
        assert!(
            each.len() * 2 < file.len() && each.len() < densest.len() && densest.len() < file.len()
        );
        assert!(of_means(&file, Wanted::EachMean, each.len() as u64 - 1).is_none());
    }

    #[test]
    fn what_is_not_whole_is_left_as_it_is() {
        let whole = file((320, 240), Layout::Rgb, (2, 2), ScanMode::ScanPerComponent);
        let cut_off = &whole[..whole.len() - 40];
        // Without its last scan, which refines.
        let last = whole
            .windows(2)
            .rposition(|pair| pair == [0xFF, 0xDA])
            .unwrap();
        let coarse = [&whole[..last], &[0xFF, 0xD9]].concat();
        let baseline = include_bytes!("../../../../fixtures/jpeg/baseline-420.jpg");
        for file in [cut_off, &coarse, baseline, b"", b"\xFF\xD8\xFF\xD9"] {
            assert_eq!(of_means(file, Wanted::EachMean, ALL), None);
        }
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
            let mut file = file((40, 30), Layout::Rgb, (2, 2), ScanMode::ScanPerComponent);
            for (at, byte) in changes {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Some(means) = of_means(&file, Wanted::DensestMeans, ALL) {
                prop_assert!(means.len() < file.len());
            }
        }
    }
}
