//! The pixels that decoded planes are painted on.

use super::At;
use super::matrix::{Levels, Matrix, Sample};
use crate::identify::av1::Chroma;
use crate::identify::avif::CodePoints;
use crate::image::aom_decode_ffi::{Plane, Planes, Row};
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels};

/// Pixels in the making; opaque until alpha is painted.
pub(super) struct Canvas<S> {
    width: u32,
    height: u32,
    layout: Layout,
    data: Vec<S>,
}

impl<S: Sample> Canvas<S> {
    pub(super) fn new(width: u32, height: u32, layout: Layout) -> Result<Self, Error> {
        let count = byte_length(width, height, layout);
        let mut data = Vec::new();
        data.try_reserve_exact(count)
            .map_err(|_| Error::codec(Format::Avif, "out of memory"))?;
        data.resize(count, S::of(S::MAX));
        Ok(Self {
            width,
            height,
            layout,
            data,
        })
    }

    /// Paints colour, whose code points are those of the container where it has some; what stands out is cut off.
    pub(super) fn paint(
        &mut self,
        planes: &Planes,
        points: Option<CodePoints>,
        at: At,
    ) -> Result<(), Error> {
        let sequence = planes.sequence();
        let points = points.unwrap_or(sequence.points);
        if sequence.chroma == Chroma::None {
            let levels = Levels::new::<S>(sequence.bit_depth, points.full_range);
            let channels = self.layout.channels();
            let colors = channels.min(3);
            self.paint_luma(planes, at, |pixel: &mut [S], luma| {
                pixel[..colors].fill(levels.apply(luma));
            });
            return Ok(());
        }
        let matrix = Matrix::new::<S>(points, sequence.bit_depth)?;
        if matches!(matrix, Matrix::Identity(_)) && sequence.chroma != Chroma::Full {
            return Err(Error::broken(Format::Avif, "subsampled red and blue"));
        }
        match self.layout {
            Layout::Grey => Err(Error::dishonest(Format::Avif, "colours in a grey picture")),
            Layout::Rgb => self.paint_colors::<3>(planes, matrix, at),
            _ => self.paint_colors::<4>(planes, matrix, at),
        }
    }

    /// Paints the luma of a picture as alpha, in the range that the picture itself names.
    pub(super) fn paint_alpha(&mut self, planes: &Planes, at: At) -> Result<(), Error> {
        if self.layout != Layout::Rgba {
            return Err(Error::dishonest(Format::Avif, "alpha that is not declared"));
        }
        let sequence = planes.sequence();
        let levels = Levels::new::<S>(sequence.bit_depth, sequence.points.full_range);
        self.paint_luma(planes, at, |pixel, luma| pixel[3] = levels.apply(luma));
        Ok(())
    }

    /// Undoes the multiplication of colours by alpha.
    pub(super) fn divide_by_alpha(&mut self) {
        for pixel in self.data.as_chunks_mut::<4>().0 {
            let [colors @ .., alpha] = pixel;
            let alpha = alpha.number();
            for color in colors {
                let sum = color.number() * S::MAX.unsigned_abs() + alpha / 2;
                let whole = sum.checked_div(alpha).unwrap_or(0);
                *color = S::of(whole.min(S::MAX.unsigned_abs()) as i32);
            }
        }
    }

    fn paint_luma(&mut self, planes: &Planes, at: At, set: impl Fn(&mut [S], i32)) {
        let channels = self.layout.channels();
        for (number, row) in self.rows(at, planes.size().1) {
            let pixels = row.chunks_exact_mut(channels);
            match planes.row(Plane::Luma, number) {
                Row::Eight(luma) => {
                    pixels
                        .zip(luma)
                        .for_each(|(pixel, luma)| set(pixel, i32::from(*luma)));
                }
                Row::More(luma) => {
                    pixels
                        .zip(luma)
                        .for_each(|(pixel, luma)| set(pixel, i32::from(*luma)));
                }
            }
        }
    }

    fn paint_colors<const CHANNELS: usize>(
        &mut self,
        planes: &Planes,
        matrix: Matrix,
        at: At,
    ) -> Result<(), Error> {
        let width = planes.size().0 as usize;
        let mut line = Line::new(width, planes.sequence().chroma);
        for (number, row) in self.rows(at, planes.size().1) {
            line.read(planes, number);
            let (pixels, _) = row.as_chunks_mut::<CHANNELS>();
            match matrix {
                Matrix::Identity(levels) => line.write(pixels, |green, blue, red| {
                    [levels.apply(red), levels.apply(green), levels.apply(blue)]
                }),
                Matrix::Differences(factors) => {
                    line.write(pixels, |luma, blue, red| factors.apply(luma, blue, red));
                }
            }
        }
        Ok(())
    }

    /// The parts of the rows that a tile of a height covers, and their numbers within the tile.
    fn rows(&mut self, at: At, height: u32) -> impl Iterator<Item = (u32, &mut [S])> {
        let channels = self.layout.channels();
        let stride = self.width as usize * channels;
        let left = at.left as usize * channels;
        let rows = self.data.chunks_exact_mut(stride).skip(at.top as usize);
        (0..height).zip(rows.map(move |row| row.get_mut(left..).unwrap_or_default()))
    }
}

impl Canvas<u8> {
    pub(super) fn into_pixels(self) -> Pixels {
        Pixels::new(self.width, self.height, self.layout, self.data)
    }
}

impl Canvas<u16> {
    pub(super) fn into_pixels(self) -> Pixels {
        Pixels::new16(self.width, self.height, self.layout, self.data)
    }
}

/// A row of a picture, its chroma at the resolution of its luma.
struct Line {
    chroma: Chroma,
    luma: Vec<u16>,
    blue: Vec<u16>,
    red: Vec<u16>,
    /// The chroma before it is stretched, four times as large.
    near: Vec<u16>,
}

impl Line {
    fn new(width: usize, chroma: Chroma) -> Self {
        Self {
            chroma,
            luma: vec![0; width],
            blue: vec![0; width],
            red: vec![0; width],
            near: vec![0; width.div_ceil(2)],
        }
    }

    fn read(&mut self, planes: &Planes, number: u32) {
        copy(planes.row(Plane::Luma, number), &mut self.luma);
        for (plane, line) in [(Plane::Blue, &mut self.blue), (Plane::Red, &mut self.red)] {
            match self.chroma {
                Chroma::None => line.fill(0),
                Chroma::Full => copy(planes.row(plane, number), line),
                Chroma::Half => {
                    let row = || planes.row(plane, number);
                    mix(row(), row(), &mut self.near);
                    stretch(&self.near, line);
                }
                Chroma::Quarter => {
                    let (near, far) = neighbours(number, planes.size().1.div_ceil(2));
                    mix(
                        planes.row(plane, near),
                        planes.row(plane, far),
                        &mut self.near,
                    );
                    stretch(&self.near, line);
                }
            }
        }
    }

    #[inline(always)]
    fn write<S: Sample, const CHANNELS: usize>(
        &self,
        pixels: &mut [[S; CHANNELS]],
        color: impl Fn(i32, i32, i32) -> [S; 3],
    ) {
        let samples = self.luma.iter().zip(&self.blue).zip(&self.red);
        for (pixel, ((luma, blue), red)) in pixels.iter_mut().zip(samples) {
            let rgb = color(i32::from(*luma), i32::from(*blue), i32::from(*red));
            pixel[0] = rgb[0];
            pixel[1] = rgb[1];
            pixel[2] = rgb[2];
        }
    }
}

/// The rows of chroma on both sides of a row of luma, the nearer first.
fn neighbours(number: u32, rows: u32) -> (u32, u32) {
    let near = number / 2;
    let far = match number % 2 {
        0 => near.saturating_sub(1),
        _ => (near + 1).min(rows - 1),
    };
    (near, far)
}

fn copy(row: Row<'_>, to: &mut [u16]) {
    match row {
        Row::Eight(row) => to
            .iter_mut()
            .zip(row)
            .for_each(|(to, from)| *to = u16::from(*from)),
        Row::More(row) => to.iter_mut().zip(row).for_each(|(to, from)| *to = *from),
    }
}

/// Three parts of the near row and one of the far one.
fn mix(near: Row<'_>, far: Row<'_>, to: &mut [u16]) {
    match (near, far) {
        (Row::Eight(near), Row::Eight(far)) => {
            for (to, (near, far)) in to.iter_mut().zip(near.iter().zip(far)) {
                *to = (3 * u32::from(*near) + u32::from(*far)) as u16;
            }
        }
        (Row::More(near), Row::More(far)) => {
            for (to, (near, far)) in to.iter_mut().zip(near.iter().zip(far)) {
                // At most 12 bits each.
                *to = near.wrapping_mul(3).wrapping_add(*far);
            }
        }
        _ => {}
    }
}

/// Twice as many samples of a quarter of the size, each of three parts of the near sample and one of the far one:
/// chroma stands in the middle of its pixels.
fn stretch(from: &[u16], to: &mut [u16]) {
    let Some(((first, last), (start, body))) =
        from.first().zip(from.last()).zip(to.split_first_mut())
    else {
        return;
    };
    // At most 16 times 12 bits. Checked sums would keep the loop from being vectorised.
    let between = |near: u16, far: u16| near.wrapping_mul(3).wrapping_add(far).wrapping_add(8) >> 4;
    *start = between(*first, *first);
    let (pairs, end) = body.as_chunks_mut::<2>();
    for ([left, right], [before, after]) in pairs.iter_mut().zip(from.array_windows()) {
        *left = between(*before, *after);
        *right = between(*after, *before);
    }
    end.fill(between(*last, *last));
}
