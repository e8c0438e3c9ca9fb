//! The days that are replayed.

use std::hint::black_box;

use crate::cluster::{Change, Cluster, Room, Setup, Store};
use crate::day::{Day, MINUTES, PEAK_MINUTE};
use crate::edge::Edge;
use crate::images::Images;
use crate::outcome::Tally;
use crate::popularity::Popularity;
use crate::random::Random;
use crate::ring::Ring;
use crate::warm::{self, Demand};

/// Requests that are drawn at a time, so that drawing does not wait for memory.
const BATCH: u64 = 1024;

/// The hour in which a failure begins: a little before the peak.
const FAILURE_MINUTE: u16 = PEAK_MINUTE as u16 - 30;

/// A day of some origins.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What it is called in tables.
    pub(crate) name: String,
    /// Origins, one that joins among them.
    pub(crate) origins: u8,
    /// How unevenly sources are asked for.
    pub(crate) skew: f64,
    /// Whether there is a shared store.
    pub(crate) store: Store,
    /// Seconds for which a cache in front keeps an answer; 0 without one.
    pub(crate) edge_seconds: u32,
    /// What caches hold at midnight.
    pub(crate) start: Start,
    /// What happens, and in which minute.
    pub(crate) changes: Vec<(u16, Change)>,
}

/// What caches hold at midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// What those hold that have run for long.
    Warm,
    /// Nothing.
    Cold,
}

/// What all days have in common.
#[derive(Debug)]
pub(crate) struct Site {
    /// Requests of the day.
    pub(crate) requests: u64,
    /// Requests of the peak minute for each of the mean.
    pub(crate) peak_factor: f64,
    /// The part of the sources that gets another image in the course of the day.
    pub(crate) renewed_part: f64,
    /// What each origin has.
    pub(crate) room: Room,
    /// The place of each source on the ring.
    pub(crate) ring_places: Vec<u32>,
    /// What images are like.
    pub(crate) images: Images,
    /// Where the random numbers begin.
    pub(crate) seed: u64,
}

/// What a day came to.
#[derive(Debug)]
pub(crate) struct Found {
    /// Sums.
    pub(crate) tally: Tally,
    /// Bytes on the disk of each origin in the end.
    pub(crate) disk_bytes: Vec<u64>,
}

impl Scenario {
    /// A day of some origins on which nothing happens.
    fn quiet(origins: u8, skew: f64) -> Self {
        Self {
            name: format!("{origins} origin{}", if origins == 1 { "" } else { "s" }),
            origins,
            skew,
            store: Store::None,
            edge_seconds: 0,
            start: Start::Warm,
            changes: Vec::new(),
        }
    }

    fn named(self, what: &str) -> Self {
        let name = format!("{}, {what}", self.name);
        Self { name, ..self }
    }

    /// The same with a shared store.
    fn shared(self) -> Self {
        Self {
            store: Store::Shared,
            ..self.named("shared store")
        }
    }

    /// The same with something that happens shortly before the peak, and something an hour later.
    fn with(self, what: &str, change: Change, later: Option<Change>) -> Self {
        let later = later.map(|change| (FAILURE_MINUTE + 60, change));
        let changes = [(FAILURE_MINUTE, change)]
            .into_iter()
            .chain(later)
            .collect();
        Self {
            changes,
            ..self.named(what)
        }
    }

    /// One that is not there before it joins.
    fn absent(&self) -> Option<u8> {
        self.changes.iter().find_map(|&(_, change)| match change {
            Change::Joins(number) => Some(number),
            _ => None,
        })
    }

    /// Replays the day.
    pub(crate) fn replay(&self, site: &Site) -> Found {
        let sources = site.ring_places.len() as u32;
        let popularity = Popularity::new(sources, self.skew);
        let setup = Setup {
            room: site.room,
            store: self.store,
            absent: self.absent(),
        };
        let images = (&site.images, &site.ring_places[..]);
        let mut cluster = Cluster::new(images, Ring::of_origins(self.origins), setup);
        if self.start == Start::Warm {
            let demand = Demand {
                popularity: &popularity,
                sources,
                requests: site.requests as f64,
            };
            warm::fill(&mut cluster, &site.images, demand, site.room);
        }
        let tally = self.replay_minutes(site, &popularity, &mut cluster);
        Found {
            tally,
            disk_bytes: cluster.disk_bytes(),
        }
    }

    fn replay_minutes(
        &self,
        site: &Site,
        popularity: &Popularity,
        cluster: &mut Cluster<'_>,
    ) -> Tally {
        let mut tally = Tally::new(self.origins.into());
        let mut requests = Requests::new(site, popularity);
        let mut edge = Edge::new(self.edge_seconds, site.ring_places.len());
        for (minute, count) in Day::new(site.requests, site.peak_factor).minutes() {
            let minute = minute as u16;
            let due = self.changes.iter().filter(|&&(when, _)| when == minute);
            due.for_each(|&(_, change)| cluster.change(change));
            requests
                .renewed(minute)
                .for_each(|source| cluster.renew(source));
            for begun in (0..count).step_by(BATCH as usize) {
                let asked = requests.draw(BATCH.min(count - begun));
                black_box(cluster.look_ahead(asked));
                let second = u32::from(minute) * 60 + (begun * 60 / count) as u32;
                for &variant in asked {
                    if edge.has(variant, second) {
                        tally.edge_hits += 1;
                    } else {
                        cluster.ask(variant, minute, &mut tally);
                    }
                }
            }
            tally.end_minute();
        }
        tally
    }
}

/// Draws what is asked for.
#[derive(Debug)]
pub(crate) struct Requests<'a> {
    site: &'a Site,
    popularity: &'a Popularity,
    random: Random,
    renewals: Random,
    batch: Vec<u32>,
}

impl<'a> Requests<'a> {
    /// The requests of a site.
    pub(crate) fn new(site: &'a Site, popularity: &'a Popularity) -> Self {
        Self {
            site,
            popularity,
            random: Random::new(site.seed),
            renewals: Random::new(!site.seed),
            batch: Vec::new(),
        }
    }

    /// The next variants that are asked for.
    pub(crate) fn draw(&mut self, count: u64) -> &[u32] {
        self.batch.clear();
        for _ in 0..count {
            let source = self.popularity.draw(&mut self.random);
            self.batch
                .push(self.site.images.asked(source, self.random.next()));
        }
        &self.batch
    }

    /// Sources that get another image in a minute of the day.
    fn renewed(&mut self, minute: u16) -> impl Iterator<Item = u32> {
        let sources = self.site.ring_places.len() as u64;
        let by = |minute: u16| {
            let part = f64::from(minute) / MINUTES as f64;
            (part * self.site.renewed_part * sources as f64) as u64
        };
        let count = by(minute + 1) - by(minute);
        let renewals = &mut self.renewals;
        (0..count).map(move |_| (renewals.next() % sources) as u32)
    }
}

/// All scenarios, the skew being that of those which do not name one.
pub(crate) fn all(skew: f64) -> Vec<Scenario> {
    let quiet = |origins| Scenario::quiet(origins, skew);
    let failure = |origins: u8| {
        let what = "one fails for an hour at the peak";
        quiet(origins).with(what, Change::Fails(1), Some(Change::Returns(1)))
    };
    let join = || quiet(4).with("the fourth joins at the peak", Change::Joins(3), None);
    let leave = || quiet(3).with("one leaves at the peak", Change::Leaves(2), None);
    let mut scenarios = vec![
        quiet(1),
        quiet(3),
        quiet(10),
        quiet(3).shared(),
        Scenario {
            start: Start::Cold,
            ..quiet(3).named("the first day")
        },
        Scenario {
            edge_seconds: 10,
            ..quiet(3).named("edge cache of 10 s")
        },
        failure(3),
        failure(3).shared(),
        failure(10),
        failure(10).shared(),
        join(),
        join().shared(),
        leave(),
        leave().shared(),
    ];
    let skews = [0.8, 0.9, 1.0, 1.1]
        .into_iter()
        .filter(|other| *other != skew);
    scenarios.extend(skews.map(|skew| Scenario::quiet(3, skew).named(&format!("Zipf {skew}"))));
    scenarios
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;
    use crate::ring::place_of;

    /// A site that takes no time: 4,000 sources, as many requests for each as in the large one.
    fn site(disk_bytes: u64) -> Site {
        Site {
            requests: 200_000,
            peak_factor: 2.0,
            renewed_part: 0.0,
            room: Room {
                memory_bytes: 20_000_000,
                disk_bytes,
            },
            ring_places: (0..4_000).map(place_of).collect(),
            images: Images::new(),
            seed: 1,
        }
    }

    fn part(found: &Found, outcome: Outcome) -> f64 {
        found.tally.requests(outcome) as f64 / found.tally.all() as f64
    }

    #[test]
    fn every_request_has_one_outcome_and_the_same_in_each_run() {
        let site = site(100_000_000);
        for scenario in all(0.9) {
            let (one, again) = (scenario.replay(&site), scenario.replay(&site));
            assert_eq!(one.tally.all(), site.requests, "{}", scenario.name);
            assert_eq!(one.disk_bytes, again.disk_bytes, "{}", scenario.name);
        }
    }

    #[test]
    fn disks_that_hold_everything_have_nothing_made_but_what_is_new() {
        let found = Scenario::quiet(3, 0.9).replay(&site(u64::MAX));
        assert!(part(&found, Outcome::Made) < 0.001, "{found:?}");
        let site = Site {
            renewed_part: 0.5,
            ..site(u64::MAX)
        };
        let renewed = Scenario::quiet(3, 0.9).replay(&site);
        assert!(part(&renewed, Outcome::Made) > 0.01);
    }

    #[test]
    fn a_warm_start_is_near_to_what_days_of_requests_lead_to() {
        let site = site(100_000_000);
        let warm = Scenario::quiet(1, 0.9).replay(&site);
        let long = Site {
            requests: site.requests * 10,
            ..self::site(100_000_000)
        };
        let cold = Scenario {
            start: Start::Cold,
            ..Scenario::quiet(1, 0.9)
        };
        let (warm, cold) = (
            part(&warm, Outcome::Made),
            part(&cold.replay(&long), Outcome::Made),
        );
        assert!((warm - cold).abs() < 0.03, "{warm} {cold}");
    }

    #[test]
    fn a_shared_store_spares_making_what_a_lost_origin_had() {
        let site = site(u64::MAX);
        let failure = Scenario::quiet(3, 0.9).with("", Change::Fails(1), Some(Change::Returns(1)));
        let (alone, shared) = (
            failure.replay(&site),
            failure.clone().shared().replay(&site),
        );
        assert!(part(&alone, Outcome::Made) > 5.0 * part(&shared, Outcome::Made));
        assert_eq!(alone.tally.moved, shared.tally.moved);
        assert!(alone.tally.moved > 0);
    }

    #[test]
    fn what_returns_has_its_disk_and_what_left_has_nothing() {
        let site = site(u64::MAX);
        let failure = Scenario::quiet(2, 0.9).with("", Change::Fails(1), Some(Change::Returns(1)));
        let leave = Scenario::quiet(2, 0.9).with("", Change::Leaves(1), None);
        assert!(failure.replay(&site).disk_bytes[1] > 0);
        assert_eq!(leave.replay(&site).disk_bytes[1], 0);
    }

    #[test]
    fn a_cache_in_front_answers_what_is_asked_for_again_at_once() {
        let edge = Scenario {
            edge_seconds: 600,
            ..Scenario::quiet(1, 1.1)
        };
        let found = edge.replay(&site(u64::MAX));
        assert!(found.tally.edge_hits > site(0).requests / 4);
    }
}
