//! How the requests of a day are spread over its minutes.

/// Minutes of a day.
pub(crate) const MINUTES: usize = 1440;

/// The minute in which most is asked for: half past eight in the evening.
pub(crate) const PEAK_MINUTE: usize = 20 * 60 + 30;

/// Requests of each minute of a day.
#[derive(Debug)]
pub(crate) struct Day {
    requests: Vec<u64>,
}

impl Day {
    /// A day of `requests`, of which the peak minute has `peak_factor` times as many as the mean, 1 at least.
    ///
    /// The curve is e^(k cos(t)), which has one peak, one trough, and is never below nothing.
    pub(crate) fn new(requests: u64, peak_factor: f64) -> Self {
        let steepness = steepness(peak_factor);
        let rates: Vec<f64> = (0..MINUTES).map(|minute| rate(minute, steepness)).collect();
        let sum: f64 = rates.iter().sum();
        let (mut reached, mut given) = (0.0, 0);
        let requests = rates.iter().map(|rate| {
            reached += rate / sum;
            // Rounded as a running sum, so that no request is lost.
            let now = (reached * requests as f64).round() as u64 - given;
            given += now;
            now
        });
        Self {
            requests: requests.collect(),
        }
    }

    /// Requests of each minute, from midnight on.
    pub(crate) fn minutes(&self) -> impl Iterator<Item = (usize, u64)> {
        self.requests.iter().copied().enumerate()
    }
}

fn rate(minute: usize, steepness: f64) -> f64 {
    let turn = (minute as f64 - PEAK_MINUTE as f64) / MINUTES as f64;
    (steepness * (turn * std::f64::consts::TAU).cos()).exp()
}

/// The k whose peak is so many times the mean, found by halving.
fn steepness(peak_factor: f64) -> f64 {
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let mean = (0..MINUTES).map(|minute| rate(minute, middle)).sum::<f64>() / MINUTES as f64;
        if rate(PEAK_MINUTE, middle) / mean < peak_factor {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_request_of_a_day_is_lost() {
        for requests in [0, 1, 999, 100_000_000] {
            let day = Day::new(requests, 2.0);
            assert_eq!(day.minutes().map(|(_, count)| count).sum::<u64>(), requests);
        }
    }

    #[test]
    fn the_peak_is_as_high_as_asked_for() {
        for factor in [1.0, 1.5, 2.0, 4.0] {
            let day = Day::new(144_000_000, factor);
            let (minute, most) = day
                .minutes()
                .max_by_key(|&(_, count)| count)
                .expect("minutes");
            assert!(
                (most as f64 / 100_000.0 - factor).abs() < 0.01,
                "{factor}: {most}"
            );
            assert!(
                factor == 1.0 || minute.abs_diff(PEAK_MINUTE) <= 30,
                "{factor}: {minute}"
            );
        }
    }
}
