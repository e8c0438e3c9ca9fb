//! Traces of what is asked for: the same ones each time.

/// How large things are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sizes {
    /// All the same.
    Fixed,
    /// Most are small, a few very large.
    Lognormal,
}

/// In what order they are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// By popularity that falls with the rank to this power.
    Zipf(f64),
    /// The same, with long runs of things that are asked for once.
    Scans(f64),
    /// The same, with runs over one set that is larger than the cache, again and again.
    Loops(f64),
    /// Popularity moves on: what was popular is forgotten.
    Shifting(f64),
}

/// A splitmix64 generator: numbers that are the same on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A fraction from zero up to one.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A well-mixed number of `number`.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Sizes {
    /// Blocks of the thing `id`: 32 (16 KiB), or about that with a long tail up to 4 MiB.
    pub(crate) fn of(self, id: u32) -> u32 {
        let mut numbers = Numbers(u64::from(id) ^ 0x5151_5151);
        match self {
            Self::Fixed => 32,
            Self::Lognormal => {
                let radius = (-2.0 * numbers.fraction().max(1e-12).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * numbers.fraction()).cos();
                (20.0 * (normal * 1.2).exp()).clamp(8.0, 8192.0) as u32
            }
        }
    }
}

impl Shape {
    /// `count` asks for about `things` things.
    pub(crate) fn asks(self, things: u32, count: usize) -> Vec<u32> {
        match self {
            Self::Zipf(skew) => zipf(skew, things, count),
            Self::Scans(skew) => mix(zipf(skew, things, count), things, Repeats::Never),
            Self::Loops(skew) => mix(zipf(skew, things, count), things, Repeats::Always),
            Self::Shifting(skew) => shifting(skew, things, count),
        }
    }
}

/// Whether a run asks for what the run before asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeats {
    Never,
    Always,
}

fn zipf(skew: f64, things: u32, count: usize) -> Vec<u32> {
    let ranks = Ranks::new(skew, things);
    let mut numbers = Numbers(1);
    (0..count).map(|_| ranks.draw(&mut numbers)).collect()
}

/// After each `things / 4` asks of the trace, a run over as many others.
fn mix(asks: Vec<u32>, things: u32, repeats: Repeats) -> Vec<u32> {
    let run = things / 4;
    let count = asks.len();
    let mut next = things;
    let mut mixed = Vec::with_capacity(count);
    for part in asks.chunks(run as usize) {
        mixed.extend_from_slice(part);
        mixed.extend(next..next + run);
        if repeats == Repeats::Never {
            next += run;
        }
    }
    mixed.truncate(count);
    mixed
}

/// The most popular thing of now is forgotten after some time, and all others move up by one.
fn shifting(skew: f64, things: u32, count: usize) -> Vec<u32> {
    let ranks = Ranks::new(skew, things);
    let mut numbers = Numbers(2);
    // Over the trace, everything is replaced twice.
    let pace = (count / 2 / things as usize).max(1);
    (0..count)
        .map(|at| {
            let shift = (at / pace) as u32;
            let rank = ranks.draw(&mut numbers);
            // A rank falls to another thing at its own time, not all at once.
            let turn = (shift + mixed(u64::from(rank)) as u32 % things) / things;
            rank + turn * things
        })
        .collect()
}

/// Draws ranks: the chance of rank `r` falls with `(r + 1)` to the power of the skew.
struct Ranks(Vec<f64>);

impl Ranks {
    fn new(skew: f64, things: u32) -> Self {
        let mut sum = 0.0;
        let sums = (1..=things).map(|rank| {
            sum += f64::from(rank).powf(-skew);
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, numbers: &mut Numbers) -> u32 {
        let total = self.0.last().copied().unwrap_or_default();
        let point = numbers.fraction() * total;
        self.0.partition_point(|&sum| sum <= point) as u32
    }
}
