//! Times as RFC 3339 writes them, in UTC with milliseconds.

use std::fmt;

use crate::clock::Timestamp;

const SECS_PER_DAY: u64 = 86_400;

/// A timestamp that displays as `2026-11-23T02:24:01.123Z`.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339(pub Timestamp);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, millis) = (self.0.as_secs(), self.0.as_millis() % 1000);
        let (year, month, day) = date(secs / SECS_PER_DAY);
        let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 1970-01-01.
///
/// Years begin in March here, so that the leap day is the last of its year and months have a linear formula.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_PER_ERA: u64 = 146_097;
    const FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    let days = days + FROM_MARCH_OF_YEAR_0;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let leaps = day_of_era / 1_460 + day_of_era / (DAYS_PER_ERA - 1);
    let year_of_era = (day_of_era + day_of_era / 36_524 - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_to_the_millisecond() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
            (1_798_761_599_000, "2026-12-31T23:59:59.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            let time = Rfc3339(Timestamp::from_millis(millis));
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = date(0);
        for days in 1..200_000 {
            let next = date(days);
            let (year, month, day) = last;
            let follows = next == (year, month, day + 1)
                || next == (year, month + 1, 1)
                || next == (year + 1, 1, 1);
            assert!(follows, "{last:?} then {next:?}");
            last = next;
        }
    }

    #[test]
    fn no_time_is_too_late_to_write() {
        let text = Rfc3339(Timestamp::from_millis(u64::MAX)).to_string();
        assert!(text.ends_with(".615Z"), "{text}");
    }
}
