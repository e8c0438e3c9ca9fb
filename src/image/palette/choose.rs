//! The choice of colours: a histogram, cut where the colours are furthest apart, and refined by k-means.

use std::collections::BTreeMap;
use std::ops::Range;

use super::nearest::{Nearest, Point, color_of, point, premultiplied};
use super::{Alpha, CLEAR};

/// Opaque colours are counted by 5, 6 and 5 bits.
const OPAQUE_CELLS: usize = 1 << 16;

/// Translucent ones by 4 bits a channel, premultiplied, and 3 of alpha.
const TRANSLUCENT_CELLS: usize = 1 << 15;

/// A cell counts no further, which keeps its sums within 32 bits.
const MAX_COUNT: u32 = 1 << 24;

/// How often the colours move to the middle of what is nearest to them.
const ROUNDS: usize = 3;

/// The histogram and the list of its cells, with a margin.
pub(super) const FIXED_BYTES: u64 = 5 << 20;

/// What is needed besides where alpha is exact. Cells of translucent colours are premultiplied, so those of all levels
/// of alpha are at most a quarter of a million.
pub(super) const LEVELS_BYTES: u64 = 24 << 20;

/// Where a level of alpha stands in the key of a cell.
const LEVEL_SHIFT: u32 = 12;

/// What fell into one cell of the histogram.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: u32,
    /// Premultiplied red, green and blue, and alpha.
    sums: [u32; 4],
}

/// A colour of the histogram.
struct Weighted {
    point: Point,
    weight: f32,
}

/// Colours that will be one, and by how much they differ from it.
struct Cluster {
    members: Range<usize>,
    error: f64,
    axis: usize,
}

/// The colours of a histogram: opaque ones up to a number, then translucent ones, in kinds that share no cluster.
struct Histogram {
    weighted: Vec<Weighted>,
    opaque: usize,
    kinds: Vec<Range<usize>>,
}

/// The best `limit` colours for the samples, the clear one included where there is a clear sample; nothing when
/// memory is short, or where alpha must be exact and has more levels than there may be colours.
pub(super) fn colors(samples: &[[u8; 4]], limit: usize, alpha: Alpha) -> Option<Vec<[u8; 4]>> {
    let mut histogram = match alpha {
        Alpha::Binary | Alpha::Levels => by_cells(samples)?,
        Alpha::Exact => by_levels(samples)?,
    };
    let clear = samples.contains(&CLEAR);
    let limit = limit - usize::from(clear);
    if histogram.kinds.len() > limit && alpha == Alpha::Exact {
        return None;
    }
    let clusters = clusters(&mut histogram, limit);
    let mut colors = Vec::new();
    for kind in &histogram.kinds {
        let own = clusters.iter().map(|cluster| cluster.members.clone());
        let own = own.filter(|members| kind.contains(&members.start));
        let own = own.map(|members| members.start - kind.start..members.end - kind.start);
        let refined = refined(&histogram.weighted[kind.clone()], own).into_iter();
        // What is translucent stays so, whatever rounding says.
        let most = 255 - u8::from(kind.start >= histogram.opaque);
        colors.extend(refined.map(|[r, g, b, alpha]| [r, g, b, alpha.min(most)]));
    }
    if clear {
        colors.push(CLEAR);
    }
    Some(colors)
}

/// Cells of a coarse grid, translucent ones of all levels of alpha together.
fn by_cells(samples: &[[u8; 4]]) -> Option<Histogram> {
    let mut cells = Vec::new();
    cells
        .try_reserve_exact(OPAQUE_CELLS + TRANSLUCENT_CELLS)
        .ok()?;
    cells.resize(OPAQUE_CELLS + TRANSLUCENT_CELLS, Cell::default());
    for sample in samples.iter().filter(|sample| sample[3] != 0) {
        let color = flat(*sample);
        cells[cell_of(color)].count(color);
    }
    let (solid, glass) = cells.split_at(OPAQUE_CELLS);
    let mut weighted: Vec<_> = solid.iter().filter_map(Cell::weighted).collect();
    let opaque = weighted.len();
    weighted.extend(glass.iter().filter_map(Cell::weighted));
    let kinds = [0..opaque, opaque..weighted.len()];
    Some(Histogram {
        kinds: kinds.into_iter().filter(|kind| !kind.is_empty()).collect(),
        weighted,
        opaque,
    })
}

/// Cells of the same grid for what is opaque, and of a finer one in alpha for the rest: a kind for each of its levels.
fn by_levels(samples: &[[u8; 4]]) -> Option<Histogram> {
    let mut solid = Vec::new();
    solid.try_reserve_exact(OPAQUE_CELLS).ok()?;
    solid.resize(OPAQUE_CELLS, Cell::default());
    let mut glass = BTreeMap::<u32, Cell>::new();
    for sample in samples.iter().filter(|sample| sample[3] != 0) {
        let color = flat(*sample);
        match color[3] {
            255 => solid[cell_of(color)].count(color),
            _ => glass.entry(level_cell_of(color)).or_default().count(color),
        }
    }
    let mut weighted: Vec<_> = solid.iter().filter_map(Cell::weighted).collect();
    let opaque = weighted.len();
    let mut kinds: Vec<_> = (opaque > 0).then_some(0..opaque).into_iter().collect();
    let mut level = 0;
    for (key, cell) in glass {
        let at = weighted.len();
        weighted.extend(cell.weighted());
        match kinds.last_mut() {
            Some(kind) if key >> LEVEL_SHIFT == level => kind.end = at + 1,
            _ => kinds.push(at..at + 1),
        }
        level = key >> LEVEL_SHIFT;
    }
    Some(Histogram {
        weighted,
        opaque,
        kinds,
    })
}

/// The key of a translucent colour: its alpha, and 4 bits a channel.
fn level_cell_of(color: [u8; 4]) -> u32 {
    let [r, g, b, alpha] = color.map(u32::from);
    alpha << LEVEL_SHIFT | (r >> 4) << 8 | (g >> 4) << 4 | b >> 4
}

/// Red, green and blue times alpha, and alpha.
fn flat(sample: [u8; 4]) -> [u8; 4] {
    let [r, g, b] = premultiplied(sample);
    [r, g, b, sample[3]]
}

fn cell_of(color: [u8; 4]) -> usize {
    let [r, g, b, alpha] = color.map(usize::from);
    match alpha {
        255 => (r >> 3) << 11 | (g >> 2) << 5 | b >> 3,
        _ => OPAQUE_CELLS + ((r >> 4) << 11 | (g >> 4) << 7 | (b >> 4) << 3 | alpha >> 5),
    }
}

impl Cell {
    fn count(&mut self, color: [u8; 4]) {
        if self.count < MAX_COUNT {
            self.count += 1;
            for (sum, value) in self.sums.iter_mut().zip(color) {
                *sum += u32::from(value);
            }
        }
    }

    fn weighted(&self) -> Option<Weighted> {
        (self.count > 0).then(|| Weighted {
            point: point(self.sums.map(|sum| sum as f32 / self.count as f32)),
            weight: self.count as f32,
        })
    }
}

/// Cuts the colours into at most `limit` clusters, always where the error is greatest. No cluster holds
/// colours of two kinds, and each kind has one at least.
fn clusters(histogram: &mut Histogram, limit: usize) -> Vec<Cluster> {
    let Histogram {
        weighted, kinds, ..
    } = histogram;
    let of_kind = |kind: &Range<usize>| Cluster::new(weighted, kind.clone());
    let mut clusters: Vec<Cluster> = kinds.iter().map(of_kind).collect();
    while clusters.len() < limit {
        let worst = (0..clusters.len()).max_by(|a, b| {
            let (a, b) = (&clusters[*a], &clusters[*b]);
            a.error.total_cmp(&b.error)
        });
        let Some(worst) = worst.filter(|worst| clusters[*worst].members.len() > 1) else {
            break;
        };
        let (low, high) = clusters[worst].cut(weighted);
        clusters[worst] = low;
        clusters.push(high);
    }
    clusters
}

impl Cluster {
    fn new(weighted: &[Weighted], members: Range<usize>) -> Self {
        let mut errors = [0.0_f64; 4];
        let colors = &weighted[members.clone()];
        let weight: f64 = colors.iter().map(|color| f64::from(color.weight)).sum();
        for (channel, error) in errors.iter_mut().enumerate() {
            let (mut sum, mut squares) = (0.0, 0.0);
            for color in colors {
                let (value, weight) = (f64::from(color.point[channel]), f64::from(color.weight));
                sum += value * weight;
                squares += value * value * weight;
            }
            *error = (squares - sum * sum / weight).max(0.0);
        }
        // One colour alone cannot be cut, whatever rounding says.
        let error = if members.len() > 1 {
            errors.iter().sum()
        } else {
            -1.0
        };
        let axis = (0..4).max_by(|a, b| errors[*a].total_cmp(&errors[*b]));
        Self {
            members,
            error,
            axis: axis.unwrap_or(0),
        }
    }

    /// Two clusters of this one, cut across its longest axis where their errors are least together.
    fn cut(&self, weighted: &mut [Weighted]) -> (Self, Self) {
        let axis = self.axis;
        let colors = &mut weighted[self.members.clone()];
        colors.sort_by(|a, b| a.point[axis].total_cmp(&b.point[axis]));
        let at = self.members.start + cut_at(colors, axis);
        (
            Self::new(weighted, self.members.start..at),
            Self::new(weighted, at..self.members.end),
        )
    }
}

/// How many of at least two sorted colours go below the cut. The squared errors of both sides are least where the
/// squared sums over the weights are greatest.
fn cut_at(colors: &[Weighted], axis: usize) -> usize {
    let totals = |colors: &[Weighted]| {
        colors.iter().fold((0.0, 0.0), |(sum, weight), color| {
            let own = f64::from(color.weight);
            (sum + f64::from(color.point[axis]) * own, weight + own)
        })
    };
    let (sum, weight) = totals(colors);
    let (mut low_sum, mut low_weight) = (0.0, 0.0);
    let mut best = (f64::NEG_INFINITY, 1);
    for (at, color) in colors.iter().enumerate().take(colors.len() - 1) {
        let own = f64::from(color.weight);
        low_sum += f64::from(color.point[axis]) * own;
        low_weight += own;
        let (high_sum, high_weight) = (sum - low_sum, weight - low_weight);
        let gain = low_sum * low_sum / low_weight + high_sum * high_sum / high_weight;
        if gain > best.0 {
            best = (gain, at + 1);
        }
    }
    best.1
}

/// The colours of clusters of `weighted` after a few rounds of k-means.
fn refined(weighted: &[Weighted], clusters: impl Iterator<Item = Range<usize>>) -> Vec<[u8; 4]> {
    let mut middles: Vec<Point> = clusters
        .map(|members| {
            let mut mean = Mean::default();
            weighted[members].iter().for_each(|color| mean.add(color));
            mean.middle().unwrap_or_default()
        })
        .collect();
    for _ in 0..ROUNDS {
        let nearest = Nearest::new((0..=255).zip(middles.iter().copied()));
        let mut means = [Mean::default(); 256];
        for color in weighted {
            means[usize::from(nearest.of(&color.point))].add(color);
        }
        for (middle, mean) in middles.iter_mut().zip(&means) {
            *middle = mean.middle().unwrap_or(*middle);
        }
    }
    middles.into_iter().map(color_of).collect()
}

#[derive(Clone, Copy, Default)]
struct Mean {
    sums: [f64; 4],
    weight: f64,
}

impl Mean {
    fn add(&mut self, color: &Weighted) {
        let weight = f64::from(color.weight);
        for (sum, value) in self.sums.iter_mut().zip(color.point) {
            *sum += f64::from(value) * weight;
        }
        self.weight += weight;
    }

    fn middle(&self) -> Option<Point> {
        (self.weight > 0.0).then(|| self.sums.map(|sum| (sum / self.weight) as f32))
    }
}
