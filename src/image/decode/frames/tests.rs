use std::borrow::Cow;
use std::io::Cursor;

use ::gif::{DisposalMethod, Encoder, Repeat};
use ::image::AnimationDecoder;
use ::image::codecs::gif::GifDecoder;
use proptest::prelude::*;
use webpx::{AnimationDecoder as Judge, EncoderConfig};

use super::*;
use crate::image::decode::{How, Scale, decode};
use crate::image::testing::facts;

const ALL: Range = Range {
    first: 0,
    count: u32::MAX,
};

/// RGBA of a frame, where what is clear has no colour, and its delay.
type Shown = (Vec<u8>, u32);

fn shown(pixels: Vec<u8>, delay_ms: u32) -> Shown {
    let mut pixels = pixels;
    for pixel in pixels.chunks_exact_mut(4).filter(|pixel| pixel[3] == 0) {
        pixel.fill(0);
    }
    (pixels, delay_ms)
}

fn read(file: &[u8], facts: &Facts, range: Range) -> Result<Vec<Shown>, Error> {
    let each = frames(file, facts, range)?;
    each.map(|frame| frame.map(|frame| shown(frame.pixels.into_data(), frame.delay_ms)))
        .collect()
}

/// A frame of a small file; its pixels are one of four colours, of which the last may be clear.
#[derive(Clone, Debug)]
struct Small {
    area: (u16, u16, u16, u16),
    disposal: u8,
    replaces: bool,
    transparent: bool,
    local: bool,
    delay: u16,
    pixels: Vec<u8>,
}

/// The size of small canvases.
const SIDE: u16 = 6;

fn small_frame() -> impl Strategy<Value = Small> {
    let area = (0..SIDE, 0..SIDE).prop_flat_map(|(left, top)| {
        // Even corners, as WebP has them.
        let (left, top) = (left & !1, top & !1);
        let size = (1..=SIDE - left, 1..=SIDE - top);
        size.prop_map(move |(width, height)| (left, top, width, height))
    });
    let whole = Just((0, 0, SIDE, SIDE));
    let area = prop_oneof![2 => area, 1 => whole];
    let flags = (0_u8..4, any::<bool>(), any::<bool>(), any::<bool>());
    (area, flags, 1_u16..300).prop_flat_map(|(area, flags, delay)| {
        let count = usize::from(area.2) * usize::from(area.3);
        proptest::collection::vec(0_u8..4, count).prop_map(move |pixels| Small {
            area,
            disposal: flags.0,
            replaces: flags.1,
            transparent: flags.2,
            local: flags.3,
            delay,
            pixels,
        })
    })
}

fn gif_of(frames: &[Small]) -> Vec<u8> {
    let shared = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9];
    let own = vec![0, 99, 99, 99, 0, 99, 99, 99, 0, 50, 60, 70];
    let mut encoder = Encoder::new(Vec::new(), SIDE, SIDE, &shared).unwrap();
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for small in frames {
        let (left, top, width, height) = small.area;
        let frame = ::gif::Frame {
            left,
            top,
            width,
            height,
            delay: small.delay,
            dispose: DisposalMethod::from_u8(small.disposal).unwrap(),
            transparent: small.transparent.then_some(3),
            palette: small.local.then(|| own.clone()),
            buffer: Cow::Borrowed(&small.pixels),
            ..::gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// What another library sees.
fn judged_gif(file: &[u8]) -> Vec<Shown> {
    let frames = GifDecoder::new(Cursor::new(file)).unwrap().into_frames();
    let frames = frames.collect_frames().unwrap().into_iter();
    let frames = frames.map(|frame| {
        let (ms, parts) = frame.delay().numer_denom_ms();
        shown(frame.into_buffer().into_raw(), ms / parts)
    });
    frames.collect()
}

fn webp_of(frames: &[Small]) -> Vec<u8> {
    let le24 = |number: u16| [number.to_le_bytes().to_vec(), vec![0]].concat();
    let side = le24(SIDE - 1);
    let mut body = [&b"WEBPVP8X\x0a\0\0\0\x12\0\0\0"[..], &side, &side].concat();
    body.extend_from_slice(b"ANIM\x06\0\0\0\xff\xff\xff\xff\x05\0");
    for small in frames {
        let (left, top, width, height) = small.area;
        let colors = small.pixels.iter().flat_map(|number| match number {
            0 => [250, 0, 0, 255],
            1 => [0, 250, 0, 120],
            2 => [0, 0, 250, 255],
            _ if small.transparent => [0; 4],
            _ => [60, 50, 40, 30],
        });
        let colors: Vec<u8> = colors.collect();
        let settings = EncoderConfig::new_lossless().exact(true);
        let size = (u32::from(width), u32::from(height));
        let image = settings.encode_rgba(&colors, size.0, size.1, webpx::Unstoppable);
        let image = image.unwrap();
        let flags = small.disposal & 1 | if small.replaces { 2 } else { 0 };
        let fields = [left / 2, top / 2, width - 1, height - 1, small.delay].map(le24);
        let frame = [&fields.concat()[..], &[flags], &image[12..]].concat();
        body.extend_from_slice(b"ANMF");
        body.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        body.extend_from_slice(&frame);
    }
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// What libwebp's own player sees.
fn judged_webp(file: &[u8]) -> Vec<Shown> {
    let mut judge = Judge::new(file).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = judge.next_frame().unwrap() {
        frames.push(shown(frame.data, frame.duration_ms));
    }
    frames
}

fn close(got: &[Shown], wanted: &[Shown]) -> bool {
    let same = |(got, wanted): (&Shown, &Shown)| {
        let mut samples = got.0.iter().zip(&wanted.0);
        got.1 == wanted.1 && samples.all(|(got, wanted)| got.abs_diff(*wanted) <= 3)
    };
    got.len() == wanted.len() && got.iter().zip(wanted).all(same)
}

fn small_facts(format: Format) -> Facts {
    Facts {
        alpha: true,
        animated: true,
        ..facts(format, SIDE.into(), SIDE.into())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_gif_is_played_as_another_library_plays_it(
        frames in proptest::collection::vec(small_frame(), 1..8),
    ) {
        let file = gif_of(&frames);
        let wanted = judged_gif(&file);
        let got = read(&file, &small_facts(Format::Gif), ALL).unwrap();
        prop_assert_eq!(got, wanted);
    }

    #[test]
    fn a_webp_is_played_as_libwebp_plays_it(
        frames in proptest::collection::vec(small_frame(), 1..8),
    ) {
        let file = webp_of(&frames);
        let wanted = judged_webp(&file);
        let got = read(&file, &small_facts(Format::WebP), ALL).unwrap();
        prop_assert!(close(&got, &wanted), "{got:?} {wanted:?}");
    }

    #[test]
    fn any_range_is_a_part_of_all(
        frames in proptest::collection::vec(small_frame(), 1..8),
        first in 0_u32..8,
        count in 1_u32..4,
        gif: bool,
    ) {
        let (file, facts) = match gif {
            true => (gif_of(&frames), small_facts(Format::Gif)),
            false => (webp_of(&frames), small_facts(Format::WebP)),
        };
        let all = read(&file, &facts, ALL).unwrap();
        let part = read(&file, &facts, Range { first, count });
        let how = How { page: first, ..How::at(Scale::Full) };
        let page = decode(&file, &facts, &how);
        if first as usize >= all.len() {
            let broken = [part.err(), page.err()]
                .map(|error| error.is_some_and(|error| matches!(error, Error::Broken { .. })));
            prop_assert_eq!(broken, [true; 2]);
        } else {
            let end = all.len().min((first + count) as usize);
            prop_assert_eq!(part.unwrap(), &all[first as usize..end]);
            let page = page.unwrap();
            if page.layout() == Layout::Rgba {
                prop_assert_eq!(shown(page.into_data(), 0).0, all[first as usize].0.clone());
            }
        }
    }

    #[test]
    fn mutated_bytes_never_panic(
        frames in proptest::collection::vec(small_frame(), 1..6),
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        first in 0_u32..4,
        gif: bool,
    ) {
        let (mut file, facts) = match gif {
            true => (gif_of(&frames), small_facts(Format::Gif)),
            false => (webp_of(&frames), small_facts(Format::WebP)),
        };
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        let _ = read(&file, &facts, Range { first, count: 9 });
    }

    #[test]
    fn cut_off_files_give_the_frames_that_are_whole(
        frames in proptest::collection::vec(small_frame(), 1..6),
        eighth in 0_usize..8,
        gif: bool,
    ) {
        let (file, facts) = match gif {
            true => (gif_of(&frames), small_facts(Format::Gif)),
            false => (webp_of(&frames), small_facts(Format::WebP)),
        };
        let all = read(&file, &facts, ALL).unwrap();
        let file = &file[..file.len() * eighth / 8];
        let Ok(part) = super::frames(file, &facts, ALL) else {
            return Ok(());
        };
        let part: Vec<_> = part.map_while(Result::ok).collect();
        prop_assert!(part.len() <= all.len());
        for (part, all) in part.into_iter().zip(all) {
            prop_assert_eq!(shown(part.pixels.into_data(), part.delay_ms), all);
        }
    }
}

fn plain(area: (u16, u16, u16, u16), disposal: u8) -> Small {
    Small {
        area,
        disposal,
        replaces: false,
        transparent: false,
        local: false,
        delay: 7,
        pixels: vec![1; usize::from(area.2) * usize::from(area.3)],
    }
}

#[test]
fn frames_of_a_gif_are_cut_at_its_edges() {
    let file = gif_of(&[
        plain((0, 0, 6, 6), 1),
        plain((4, 5, 4, 3), 2),
        plain((9, 9, 2, 2), 3),
    ]);
    let frames = read(&file, &small_facts(Format::Gif), ALL).unwrap();
    assert_eq!(frames.len(), 3);
    // The second frame is removed with what was under it, as far as it was there.
    let clear: Vec<usize> = (0..36).filter(|n| frames[2].0[n * 4 + 3] == 0).collect();
    assert_eq!(clear, [34, 35]);
}

#[test]
fn missing_delays_are_40_ms() {
    let frames = [0, 1, 30].map(|delay| Small {
        delay,
        ..plain((0, 0, 6, 6), 1)
    });
    for (file, format, wanted) in [
        (gif_of(&frames), Format::Gif, [40, 10, 300]),
        (webp_of(&frames), Format::WebP, [40, 1, 30]),
    ] {
        let read = read(&file, &small_facts(format), ALL).unwrap();
        let delays: Vec<u32> = read.iter().map(|frame| frame.1).collect();
        assert_eq!(delays, wanted, "{format:?}");
    }
}

#[test]
fn loops_are_those_of_the_file() {
    let whole = [plain((0, 0, 6, 6), 1)];
    let loops = |file: &[u8], format| frames(file, &small_facts(format), ALL).unwrap().loops;
    assert_eq!(loops(&webp_of(&whole), Format::WebP), 5);
    let file = gif_of(&whole);
    assert_eq!(loops(&file, Format::Gif), 0);
    let name = file.windows(11).position(|name| name == b"NETSCAPE2.0");
    let name = name.unwrap();
    let mut twice = file.clone();
    twice[name + 13] = 1;
    assert_eq!(loops(&twice, Format::Gif), 2);
    let once = [&file[..name - 3], &file[name + 16..]].concat();
    assert_eq!(loops(&once, Format::Gif), 1);
}

#[test]
fn a_still_webp_is_one_frame() {
    let pixels = crate::image::testing::picture(9, 7, Layout::Rgb);
    let options = crate::image::testing::options(Format::WebP);
    let file = crate::image::encode::encode(&pixels, &options).unwrap();
    let facts = facts(Format::WebP, 9, 7);
    let frames = read(&file, &facts, ALL).unwrap();
    assert_eq!(frames.len(), 1);
    let error = read(&file, &facts, Range { first: 1, count: 1 }).unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
}

#[test]
fn a_frame_larger_than_its_canvas_is_dishonest() {
    for size in [[255; 4], [7, 0, 6, 0]] {
        let mut file = gif_of(&[plain((0, 0, 6, 6), 1), plain((0, 0, 6, 6), 1)]);
        let at = file
            .windows(5)
            .rposition(|start| start == [0x2C, 0, 0, 0, 0]);
        let at = at.unwrap() + 5;
        file[at..at + 4].copy_from_slice(&size);
        let mut frames = frames(&file, &small_facts(Format::Gif), ALL).unwrap();
        assert!(frames.next().unwrap().is_ok());
        let error = frames.next().unwrap().unwrap_err();
        assert!(matches!(error, Error::Dishonest { .. }), "{error}");
        assert!(frames.next().is_none());
    }
}

#[test]
fn empty_frames_show_what_was_there() {
    let mut file = gif_of(&[plain((0, 0, 6, 6), 1)]);
    file.pop();
    for _ in 0..100_000 {
        // A descriptor without a size, and data that begins and ends.
        file.extend_from_slice(&[0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0x2C, 0]);
    }
    file.push(0x3B);
    let facts = small_facts(Format::Gif);
    let last = Range {
        first: 100_000,
        count: 9,
    };
    let frames = read(&file, &facts, last).unwrap();
    assert_eq!(frames.len(), 1);
    assert!(
        frames[0]
            .0
            .chunks_exact(4)
            .all(|pixel| pixel == [0, 255, 0, 255])
    );
}

#[test]
fn other_formats_have_no_frames() {
    let error = frames(b"", &facts(Format::Png, 3, 3), ALL).err().unwrap();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
    assert_eq!(Frames::peak_bytes(&facts(Format::Png, 3, 3)), 0);
}

#[test]
fn another_canvas_than_promised_is_dishonest() {
    let frames = [plain((0, 0, 6, 6), 1)];
    for (file, format) in [
        (gif_of(&frames), Format::Gif),
        (webp_of(&frames), Format::WebP),
    ] {
        let error = super::frames(&file, &facts(format, 6, 5), ALL)
            .err()
            .unwrap();
        assert!(matches!(error, Error::Dishonest { .. }), "{error}");
    }
}
