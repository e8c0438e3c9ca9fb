//! What became of the requests of a day: sums, and the processor time of each minute.

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The memory of its home had it.
    Memory,
    /// The disk of its home had it.
    Disk,
    /// The shared store had it.
    Shared,
    /// It was made.
    Made,
}

const OUTCOMES: usize = 4;

/// Sums of a day.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: [u64; OUTCOMES],
    bytes: [u64; OUTCOMES],
    /// Answers of the cache in front.
    pub(crate) edge_hits: u64,
    /// Requests whose home was not that of the start.
    pub(crate) moved: u64,
    /// Times a source was asked whether it has changed.
    pub(crate) asked_again: u64,
    /// Bytes of sources that were fetched.
    pub(crate) fetched_bytes: u64,
    /// Processor time of each origin in the minute under way, in microseconds.
    minute_us: Vec<u64>,
    minutes: Vec<Vec<u64>>,
}

impl Tally {
    /// Nothing yet, of so many origins.
    pub(crate) fn new(origins: usize) -> Self {
        Self {
            minute_us: vec![0; origins],
            ..Self::default()
        }
    }

    /// Counts an answer of `home`, of so many bytes and microseconds.
    pub(crate) fn count(&mut self, outcome: Outcome, home: u8, (bytes, cost_us): (u64, u64)) {
        self.counts[outcome as usize] += 1;
        self.bytes[outcome as usize] += bytes;
        self.minute_us[home as usize] += cost_us;
    }

    /// Counts a request whose home is the first (0) or another (1).
    pub(crate) const fn count_moved(&mut self, seat: u32) {
        self.moved += seat as u64;
    }

    /// Counts a source that was fetched.
    pub(crate) const fn count_fetched(&mut self, bytes: u64) {
        self.fetched_bytes += bytes;
    }

    /// Counts an answer whose source was due to be asked again; what was made had it fetched anyway.
    pub(crate) fn count_due(&mut self, outcome: Outcome) {
        self.asked_again += u64::from(outcome != Outcome::Made);
    }

    /// Ends a minute.
    pub(crate) fn end_minute(&mut self) {
        let origins = self.minute_us.len();
        let minute = std::mem::replace(&mut self.minute_us, vec![0; origins]);
        self.minutes.push(minute);
    }

    /// Requests with this outcome.
    pub(crate) const fn requests(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// Bytes of the answers with this outcome.
    pub(crate) const fn bytes(&self, outcome: Outcome) -> u64 {
        self.bytes[outcome as usize]
    }

    /// All requests, those that the cache in front answered among them.
    pub(crate) fn all(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.edge_hits
    }

    /// Processor time of the day, in hours of one core.
    pub(crate) fn core_hours(&self) -> f64 {
        self.minutes.iter().flatten().sum::<u64>() as f64 / 3.6e9
    }

    /// Cores that all origins together keep busy in the hour in which that is most.
    pub(crate) fn peak_hour_cores(&self) -> f64 {
        let minutes: Vec<u64> = self
            .minutes
            .iter()
            .map(|minute| minute.iter().sum())
            .collect();
        let hours = minutes.windows(60).map(|hour| hour.iter().sum::<u64>());
        hours.max().unwrap_or_default() as f64 / 3.6e9
    }

    /// The minute in which one origin has most to do, and the cores that it keeps busy then.
    pub(crate) fn slowest_minute(&self) -> (usize, f64) {
        let busiest = self
            .minutes
            .iter()
            .map(|minute| minute.iter().max().copied().unwrap_or_default());
        let slowest = busiest.enumerate().max_by_key(|&(_, time)| time);
        let (minute, time) = slowest.unwrap_or_default();
        (minute, time as f64 / 6e7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_those_of_the_busiest_hour_and_minute() {
        let mut tally = Tally::new(2);
        for minute in 0..120 {
            let work_us = if minute == 100 {
                240_000_000
            } else {
                60_000_000
            };
            tally.count(Outcome::Made, 1, (1, work_us));
            tally.end_minute();
        }
        assert_eq!(tally.slowest_minute(), (100, 4.0));
        assert!((tally.peak_hour_cores() - 63.0 / 60.0).abs() < 1e-9);
        assert!((tally.core_hours() - 123.0 / 60.0).abs() < 1e-9);
        assert_eq!(tally.all(), 120);
    }
}
