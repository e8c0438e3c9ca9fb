//! How often each source is asked for: the source of rank r by a share in proportion to 1 / r^skew (Zipf).

use crate::random::Random;

/// Ranks whose shares stand in a table, one by one. Those behind are so near to each other that the area under the curve,
/// from half a rank before to half a rank behind, is their share to ten digits.
const HEAD: u32 = 1 << 16;

/// Draws ranks, the most popular being 0.
#[derive(Debug)]
pub(crate) struct Popularity {
    skew: f64,
    total: f64,
    head: Vec<Cell>,
    head_share: f64,
    tail: Tail,
}

/// A cell of an alias table: this rank, unless the draw is above the threshold.
#[derive(Clone, Copy, Debug)]
struct Cell {
    threshold: u32,
    other: u32,
}

/// The curve behind the table, from half a rank before its first to half a rank behind its last: the area up to a rank
/// grows as the rank's power, or as its logarithm where that power is 0.
#[derive(Debug)]
struct Tail {
    power: f64,
    ranks: (f64, f64),
    /// Powers or logarithms of both ends.
    ends: (f64, f64),
}

impl Popularity {
    /// The shares of `sources`, one at least.
    pub(crate) fn new(sources: u32, skew: f64) -> Self {
        let in_head = sources.min(HEAD);
        let weights: Vec<f64> = (1..=in_head).map(|rank| weight(rank, skew)).collect();
        let head_weight: f64 = weights.iter().sum();
        let tail = Tail::new(skew, (in_head, sources));
        let total = head_weight + tail.area();
        Self {
            skew,
            total,
            head: cells(&weights, head_weight),
            head_share: head_weight / total,
            tail,
        }
    }

    /// The part of all requests that ask for the source of `rank`.
    pub(crate) fn share(&self, rank: u32) -> f64 {
        weight(rank + 1, self.skew) / self.total
    }

    /// Draws a rank.
    pub(crate) fn draw(&self, random: &mut Random) -> u32 {
        let place = random.next_unit();
        if place < self.head_share {
            return self.draw_of_head(random.next());
        }
        let beyond = (place - self.head_share) / (1.0 - self.head_share);
        self.tail.at(beyond) as u32 - 1
    }

    fn draw_of_head(&self, bits: u64) -> u32 {
        let place = (((bits >> 32) * self.head.len() as u64) >> 32) as u32;
        let cell = self.head[place as usize];
        if bits as u32 > cell.threshold {
            cell.other
        } else {
            place
        }
    }
}

impl Tail {
    /// The curve behind one rank and up to another.
    fn new(skew: f64, (behind, last): (u32, u32)) -> Self {
        // So near to 1 that the logarithm is as good.
        let power = if (skew - 1.0).abs() < 1e-9 {
            0.0
        } else {
            1.0 - skew
        };
        let ranks = (f64::from(behind) + 0.5, f64::from(last) + 0.5);
        let end = |rank: f64| {
            if power == 0.0 {
                rank.ln()
            } else {
                rank.powf(power)
            }
        };
        Self {
            power,
            ranks,
            ends: (end(ranks.0), end(ranks.1)),
        }
    }

    fn area(&self) -> f64 {
        let (from, to) = self.ends;
        if self.power == 0.0 {
            to - from
        } else {
            (to - from) / self.power
        }
    }

    /// The rank below which the part `beyond` of the area lies, counted from 1.
    fn at(&self, beyond: f64) -> f64 {
        let (from, to) = self.ends;
        let end = from + beyond * (to - from);
        let rank = if self.power == 0.0 {
            end.exp()
        } else {
            end.powf(1.0 / self.power)
        };
        rank.round().clamp(self.ranks.0 + 0.5, self.ranks.1 - 0.5)
    }
}

fn weight(rank: u32, skew: f64) -> f64 {
    f64::from(rank).powf(-skew)
}

/// The alias table of these weights (Vose): each cell is filled up by a part of one that has too much.
fn cells(weights: &[f64], sum: f64) -> Vec<Cell> {
    let mut parts: Vec<f64> = weights
        .iter()
        .map(|weight| weight / sum * weights.len() as f64)
        .collect();
    let (mut small, mut large): (Vec<u32>, Vec<u32>) =
        (0..parts.len() as u32).partition(|&rank| parts[rank as usize] < 1.0);
    let mut cells: Vec<Cell> = (0..parts.len() as u32).map(Cell::whole).collect();
    while let (Some(&giver), Some(taker)) = (large.last(), small.pop()) {
        let own = parts[taker as usize];
        cells[taker as usize] = Cell {
            threshold: (own * f64::from(u32::MAX)) as u32,
            other: giver,
        };
        parts[giver as usize] -= 1.0 - own;
        if parts[giver as usize] < 1.0 {
            small.extend(large.pop());
        }
    }
    cells
}

impl Cell {
    const fn whole(rank: u32) -> Self {
        Self {
            threshold: u32::MAX,
            other: rank,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws of all `sources`, by rank.
    fn drawn(sources: u32, skew: f64, draws: u32) -> Vec<u32> {
        let popularity = Popularity::new(sources, skew);
        let mut random = Random::new(1);
        let mut counts = vec![0; sources as usize];
        (0..draws).for_each(|_| counts[popularity.draw(&mut random) as usize] += 1);
        counts
    }

    #[test]
    fn ranks_are_drawn_as_often_as_their_shares_say() {
        for skew in [0.8, 0.9, 1.0, 1.1] {
            let draws = 4_000_000;
            let counts = drawn(1_000_000, skew, draws);
            let popularity = Popularity::new(1_000_000, skew);
            for range in [
                0..1,
                1..2,
                2..10,
                10..1000,
                1000..65_536,
                65_536..66_000,
                66_000..1_000_000,
            ] {
                let expected: f64 = range
                    .clone()
                    .map(|rank| popularity.share(rank))
                    .sum::<f64>();
                let expected = expected * f64::from(draws);
                let found: u32 = counts[range.start as usize..range.end as usize]
                    .iter()
                    .sum();
                let error = (f64::from(found) - expected).abs();
                assert!(
                    error < 5.0 * expected.sqrt(),
                    "{skew} {range:?}: {found} of {expected}"
                );
            }
        }
    }

    #[test]
    fn shares_add_up_to_one() {
        for skew in [0.5, 1.0, 1.2] {
            let popularity = Popularity::new(300_000, skew);
            let sum: f64 = (0..300_000).map(|rank| popularity.share(rank)).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{skew}: {sum}");
        }
    }

    #[test]
    fn few_sources_are_drawn_too() {
        assert_eq!(drawn(1, 1.0, 10), [10]);
        assert!(drawn(3, 0.9, 1000).is_sorted_by(|one, next| one > next));
    }
}
