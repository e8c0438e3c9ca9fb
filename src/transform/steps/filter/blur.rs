//! The Gaussian blur.

use super::plane::Plane;
use crate::image::Pixels;

/// Below this the kernel is used as it is; from here on, three boxes come close enough and cost less.
const BOXES_FROM: f64 = 2.5;
/// The largest blur; pictures are smaller than this, and more would not fit the sums.
const MAX_SIGMA: f64 = 20_000.0;
/// How many columns are blurred together: as many as fill a cache line.
const LANES: usize = 32;
/// What the weights of a kernel add up to.
const KERNEL_SUM: u32 = 1 << 15;

/// A Gaussian blur; `sigma` in pixels, above 0. Edges are extended.
pub(in crate::transform) fn blur(pixels: Pixels, sigma: f64) -> Pixels {
    let mut plane = Plane::of(&pixels);
    blurred(&mut plane, sigma);
    plane.into_pixels(pixels)
}

pub(super) fn blurred(plane: &mut Plane, sigma: f64) {
    if sigma < BOXES_FROM {
        convolve(plane, &gaussian(sigma));
    } else {
        let blur = Boxes::of(sigma.min(MAX_SIGMA));
        match plane.channels {
            1 => blur.rows::<1>(plane),
            2 => blur.rows::<2>(plane),
            3 => blur.rows::<3>(plane),
            _ => blur.rows::<4>(plane),
        }
        blur.columns(plane);
    }
}

/// The weights of a Gaussian as far as three sigma; their sum is [`KERNEL_SUM`].
fn gaussian(sigma: f64) -> Vec<u16> {
    let radius = (3.0 * sigma).ceil().max(1.0) as i32;
    let weight = |x: i32| (-0.5 * (f64::from(x) / sigma).powi(2)).exp();
    let whole: f64 = (-radius..=radius).map(weight).sum();
    let share = |x| (weight(x) / whole * f64::from(KERNEL_SUM)).round() as u16;
    let mut kernel: Vec<_> = (-radius..=radius).map(share).collect();
    let sum: u32 = kernel.iter().map(|&weight| u32::from(weight)).sum();
    let middle = &mut kernel[radius as usize];
    *middle = (u32::from(*middle) + KERNEL_SUM).saturating_sub(sum) as u16;
    kernel
}

/// Applies a kernel of odd length, whose weights add up to [`KERNEL_SUM`], along rows and then along columns.
pub(super) fn convolve(plane: &mut Plane, kernel: &[u16]) {
    convolve_rows(plane, kernel);
    convolve_columns(plane, kernel);
}

fn convolve_rows(plane: &mut Plane, kernel: &[u16]) {
    let (channels, stride) = (plane.channels, plane.stride());
    let radius = kernel.len() / 2;
    let mut padded = vec![0; stride + 2 * radius * channels];
    let mut sums = vec![0_u32; stride];
    for row in plane.samples.chunks_exact_mut(stride) {
        let (before, rest) = padded.split_at_mut(radius * channels);
        let (here, after) = rest.split_at_mut(stride);
        fill(before, &row[..channels]);
        here.copy_from_slice(row);
        fill(after, &row[stride - channels..]);
        sums.fill(0);
        for (tap, weight) in kernel.iter().enumerate() {
            add(&mut sums, &padded[tap * channels..], *weight);
        }
        write(&sums, row);
    }
}

fn fill(samples: &mut [u16], pixel: &[u16]) {
    for into in samples.chunks_exact_mut(pixel.len()) {
        into.copy_from_slice(pixel);
    }
}

/// The rows above that are overwritten already are kept as they were, as many as the kernel reaches up.
fn convolve_columns(plane: &mut Plane, kernel: &[u16]) {
    let (stride, height) = (plane.stride(), plane.height());
    let radius = kernel.len() / 2;
    let mut kept = vec![vec![0; stride]; radius + 1];
    let mut sums = vec![0_u32; stride];
    for y in 0..height {
        let (above, below) = plane.samples.split_at_mut((y + 1) * stride);
        let row = &mut above[y * stride..];
        kept[y % (radius + 1)].copy_from_slice(row);
        sums.fill(0);
        for (tap, weight) in kernel.iter().enumerate() {
            let from = (y + tap).saturating_sub(radius).min(height - 1);
            let source = if from > y {
                &below[(from - y - 1) * stride..]
            } else {
                &kept[from % (radius + 1)]
            };
            add(&mut sums, source, *weight);
        }
        write(&sums, row);
    }
}

fn add(sums: &mut [u32], samples: &[u16], weight: u16) {
    for (sum, &sample) in sums.iter_mut().zip(samples) {
        *sum += u32::from(sample) * u32::from(weight);
    }
}

fn write(sums: &[u32], row: &mut [u16]) {
    for (sample, sum) in row.iter_mut().zip(sums) {
        *sample = ((sum + KERNEL_SUM / 2) / KERNEL_SUM) as u16;
    }
}

/// Three passes of a box whose ends weigh less than its inside, so that together they spread as a Gaussian does
/// (its sigma is met exactly, its shape to six hundredths of its peak). A pass costs the same however wide the box is.
#[derive(Clone, Copy)]
struct Boxes {
    /// How far the box reaches to each side, besides its ends.
    radius: usize,
    /// The weight of a sample inside, of 2^32.
    inside: u64,
    /// The weight of each end, of 2^32.
    end: u64,
}

impl Boxes {
    fn of(sigma: f64) -> Self {
        let variance = sigma * sigma / 3.0;
        let radius = (((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0).floor();
        let inside = 2.0 * radius + 1.0;
        let short = radius * (radius + 1.0) - 3.0 * variance;
        let end = inside * short / (6.0 * (variance - (radius + 1.0).powi(2)));
        let of = |weight: f64| (weight / (inside + 2.0 * end) * 2_f64.powi(32)).round() as u64;
        Self {
            radius: radius as usize,
            inside: of(1.0),
            end: of(end),
        }
    }

    fn rows<const CHANNELS: usize>(self, plane: &mut Plane) {
        let stride = plane.stride();
        let mut line = vec![[0; CHANNELS]; plane.width];
        let mut spare = line.clone();
        for row in plane.samples.chunks_exact_mut(stride) {
            line.as_flattened_mut().copy_from_slice(row);
            self.blur(&mut line, &mut spare);
            row.copy_from_slice(spare.as_flattened());
        }
    }

    fn columns(self, plane: &mut Plane) {
        let (stride, height) = (plane.stride(), plane.height());
        let mut line = vec![[0; LANES]; height];
        let mut spare = line.clone();
        for left in (0..stride).step_by(LANES) {
            let lanes = LANES.min(stride - left);
            for (samples, row) in line.iter_mut().zip(plane.samples.chunks_exact(stride)) {
                samples[..lanes].copy_from_slice(&row[left..left + lanes]);
            }
            self.blur(&mut line, &mut spare);
            for (samples, row) in spare.iter().zip(plane.samples.chunks_exact_mut(stride)) {
                row[left..left + lanes].copy_from_slice(&samples[..lanes]);
            }
        }
    }

    /// Blurs a line of samples that lie side by side; the outcome is in `spare`.
    fn blur<const N: usize>(self, line: &mut [[u16; N]], spare: &mut [[u16; N]]) {
        self.pass(line, spare);
        self.pass(spare, line);
        self.pass(line, spare);
    }

    fn pass<const N: usize>(self, from: &[[u16; N]], to: &mut [[u16; N]]) {
        let last = from.len() - 1;
        let mut sums = self.first_sums(from);
        for (at, to) in to.iter_mut().enumerate() {
            let before = from[at.saturating_sub(self.radius + 1)];
            let after = from[(at + self.radius + 1).min(last)];
            let leaves = from[at.saturating_sub(self.radius)];
            for lane in 0..N {
                let ends = u64::from(before[lane]) + u64::from(after[lane]);
                let sum = u64::from(sums[lane]) * self.inside + ends * self.end;
                to[lane] = ((sum + (1 << 31)) >> 32) as u16;
                sums[lane] = sums[lane] + u32::from(after[lane]) - u32::from(leaves[lane]);
            }
        }
    }

    /// The sums around the first sample, which stands for all that lies before it, as the last does after it.
    fn first_sums<const N: usize>(self, from: &[[u16; N]]) -> [u32; N] {
        let reached = self.radius.min(from.len() - 1);
        let first = from[0].map(|sample| u32::from(sample) * (self.radius as u32 + 1));
        let rest = (self.radius - reached) as u32;
        let beyond = from[from.len() - 1].map(|sample| u32::from(sample) * rest);
        let mut sums = first;
        for samples in from[1..=reached]
            .iter()
            .map(|samples| samples.map(u32::from))
            .chain([beyond])
        {
            for (sum, sample) in sums.iter_mut().zip(samples) {
                *sum += sample;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;

    /// What a point of light on black becomes, as shares of its light.
    fn spread(sigma: f64, side: u32) -> Vec<f64> {
        let mut plane = Plane::of(&Pixels::filled(side, 1, Layout::Grey, &[0]));
        plane.samples[side as usize / 2] = u16::MAX;
        blurred(&mut plane, sigma);
        plane
            .samples
            .iter()
            .map(|&sample| f64::from(sample) / 65_535.0)
            .collect()
    }

    #[test]
    fn a_point_spreads_as_a_gaussian_does() {
        for sigma in [0.6, 1.0, 1.7, 2.4, 2.5, 3.0, 5.5, 10.0, 25.0] {
            let found = spread(sigma, 257);
            let light: f64 = found.iter().sum();
            let variance = found.iter().enumerate();
            let variance: f64 = variance
                .map(|(x, share)| share * (x as f64 - 128.0).powi(2))
                .sum();
            assert!((light - 1.0).abs() < 0.002, "{sigma}: light {light}");
            let ratio = (variance / light).sqrt() / sigma;
            // A kernel as fine as pixels cannot be narrower than they let it.
            assert!((0.97..1.02).contains(&ratio), "{sigma}: {ratio}");
            let peak = 1.0 / (sigma * (2.0 * std::f64::consts::PI).sqrt());
            let off = found.iter().enumerate().map(|(x, share)| {
                let exact = peak * (-0.5 * ((x as f64 - 128.0) / sigma).powi(2)).exp();
                (share - exact).abs() / peak
            });
            assert!(sigma < 1.0 || off.fold(0.0, f64::max) < 0.07, "{sigma}");
        }
    }

    #[test]
    fn a_huge_blur_is_even_and_keeps_flat_pictures_exactly() {
        let noise = crate::image::Pixels::new(
            64,
            64,
            Layout::Grey,
            (0..64 * 64).map(|n| (n * 97 % 256) as u8).collect(),
        );
        for sigma in [100.0, 19_999.0, 1e12] {
            let found = blur(noise.clone(), sigma);
            let least = found.data().iter().min().unwrap();
            let most = found.data().iter().max().unwrap();
            assert!(most - least < 70, "{sigma}: {least} to {most}");
            for value in [0, 1, 77, 254, 255] {
                let flat = Pixels::filled(33, 70, Layout::Rgb, &[value; 3]);
                assert!(blur(flat.clone(), sigma) == flat);
            }
        }
    }

    #[test]
    fn rows_and_columns_are_treated_alike() {
        let value = |x: u32, y: u32| (x * 37 + y * 101 + x * y) as u8;
        let drawn = |rule: &dyn Fn(u32, u32) -> u8| {
            let data = (0..50_u32).flat_map(|y| (0..50).map(move |x| (x, y)));
            Pixels::new(
                50,
                50,
                Layout::Grey,
                data.map(|(x, y)| rule(x, y)).collect(),
            )
        };
        for sigma in [0.8, 2.0, 4.0, 30.0] {
            let upright = blur(drawn(&value), sigma);
            let turned = blur(drawn(&|x, y| value(y, x)), sigma);
            for (x, y) in (0..50).flat_map(|x| (0..50).map(move |y| (x, y))) {
                let (a, b) = (upright.data()[y * 50 + x], turned.data()[x * 50 + y]);
                assert!(a.abs_diff(b) <= 1, "{sigma}");
            }
        }
    }

    #[test]
    fn clear_pixels_lend_no_colour() {
        let mut data = [[200, 0, 0, 255]; 16].as_flattened().to_vec();
        data.extend([[0, 255, 0, 0]; 16].as_flattened());
        let pixels = Pixels::new(16, 2, Layout::Rgba, data);
        for sigma in [0.7, 6.0] {
            for &[red, green, _, alpha] in blur(pixels.clone(), sigma).data().as_chunks::<4>().0 {
                assert_eq!((red, green), (200, 0));
                assert!(alpha > 0 && alpha < 255);
            }
        }
    }
}
