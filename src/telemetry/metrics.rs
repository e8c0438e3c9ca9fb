//! Metrics in OpenMetrics text, for Prometheus.
//!
//! What happens is counted as it happens. What is, the length of the queue or the size of a cache, is asked
//! of its owner when somebody scrapes, through [`Metrics::observe`].

mod reading;

use std::sync::OnceLock;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::{Outcome, Phase, Phases};
use reading::Observers;

pub use reading::Reading;

/// The media type of [`Metrics::render`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// HTTP knows no others (RFC 9110, section 15).
const STATUSES: std::ops::Range<u16> = 100..600;

type StatusAndCache = [(&'static str, String); 2];
type ByPhase = Family<[(&'static str, &'static str); 1], Histogram, fn() -> Histogram>;
type ByKind = Family<[(&'static str, &'static str); 1], Counter>;

/// All metrics of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Requests,
    seconds: [Histogram; Phase::ALL.len()],
    errors: ByKind,
    open_connections: Gauge,
    connections: Counter,
    observers: Observers,
}

impl Metrics {
    /// Metrics whose names begin with `namespace` and `_`; with an empty one, names stand alone.
    pub fn new(namespace: &str) -> Self {
        let mut registry = match namespace {
            "" => Registry::default(),
            prefix => Registry::with_prefix(prefix),
        };
        let build = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The running build", Info::new(build));
        let observers = Observers::default();
        registry.register_collector(Box::new(observers.clone()));
        Self {
            requests: Requests::register(&mut registry),
            seconds: register_seconds(&mut registry),
            errors: register_errors(&mut registry),
            open_connections: register_open_connections(&mut registry),
            connections: register_connections(&mut registry),
            observers,
            registry,
        }
    }

    /// Counts an answered request and the time of its phases.
    pub fn request(&self, status: u16, outcome: Outcome, phases: &Phases) {
        self.requests.count(status, outcome);
        for (phase, time) in phases.iter() {
            self.seconds[phase as usize].observe(time.as_secs_f64());
        }
    }

    /// Counts an error; `kind` is one of a few fixed words.
    pub fn error(&self, kind: &'static str) {
        self.errors.get_or_create(&[("kind", kind)]).inc();
    }

    /// Counts a connection, open for as long as the value lives.
    pub fn connection(&self) -> OpenConnection {
        self.connections.inc();
        self.open_connections.inc();
        OpenConnection(self.open_connections.clone())
    }

    /// Asks `observer` at each scrape. It must not block, and its names must be no others' names.
    pub fn observe(&self, observer: impl Fn() -> Vec<Reading> + Send + Sync + 'static) {
        self.observers.add(Box::new(observer));
    }

    /// All metrics as text of [`MEDIA_TYPE`].
    pub fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

/// A connection that is counted as open until this is dropped.
#[derive(Debug)]
pub struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counters of requests, each looked up in its family once.
#[derive(Debug)]
struct Requests {
    family: Family<StatusAndCache, Counter>,
    /// By status, then outcome.
    counters: Box<[OnceLock<Counter>]>,
}

impl Requests {
    fn register(registry: &mut Registry) -> Self {
        let family = Family::default();
        let help = "Answered requests by status and where the answer came from";
        registry.register("requests", help, family.clone());
        let counters = STATUSES.len() * Outcome::ALL.len();
        Self {
            family,
            counters: (0..counters).map(|_| OnceLock::new()).collect(),
        }
    }

    fn count(&self, status: u16, outcome: Outcome) {
        let status = status.clamp(STATUSES.start, STATUSES.end - 1);
        let row = usize::from(status - STATUSES.start) * Outcome::ALL.len();
        let counter = self.counters[row + outcome as usize].get_or_init(|| {
            let cache = outcome.as_str().to_owned();
            let labels = [("status", status.to_string()), ("cache", cache)];
            self.family.get_or_create_owned(&labels)
        });
        counter.inc();
    }
}

fn register_seconds(registry: &mut Registry) -> [Histogram; Phase::ALL.len()] {
    let family = ByPhase::new_with_constructor(histogram);
    let help = "Time of requests by phase, in seconds";
    registry.register("request_seconds", help, family.clone());
    Phase::ALL.map(|phase| family.get_or_create_owned(&[("phase", phase.as_str())]))
}

/// From a quarter of a millisecond, which is a hit, to half a minute, which is past every deadline.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 18))
}

fn register_errors(registry: &mut Registry) -> ByKind {
    let errors = ByKind::default();
    registry.register("errors", "Errors by kind", errors.clone());
    errors
}

fn register_open_connections(registry: &mut Registry) -> Gauge {
    let gauge = Gauge::default();
    let help = "Connections of clients that are open";
    registry.register("open_connections", help, gauge.clone());
    gauge
}

fn register_connections(registry: &mut Registry) -> Counter {
    let counter = Counter::default();
    let help = "Connections of clients that were accepted";
    registry.register("connections", help, counter.clone());
    counter
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn assert_has(text: &str, lines: &[&str]) {
        for line in lines {
            assert!(text.lines().any(|it| it == *line), "no {line} in\n{text}");
        }
    }

    #[test]
    fn requests_are_counted_by_status_and_cache_and_timed_by_phase() {
        let metrics = Metrics::new("inkfish");
        let phases = Phases::default()
            .with(Phase::Work, Duration::from_millis(40))
            .with(Phase::Total, Duration::from_millis(60));
        metrics.request(200, Outcome::Miss, &phases);
        metrics.request(200, Outcome::HitMemory, &Phases::default());
        metrics.request(200, Outcome::HitMemory, &Phases::default());
        metrics.request(999, Outcome::None, &Phases::default());
        assert_has(
            &metrics.render(),
            &[
                "# TYPE inkfish_requests counter",
                r#"inkfish_requests_total{status="200",cache="miss"} 1"#,
                r#"inkfish_requests_total{status="200",cache="hit_memory"} 2"#,
                r#"inkfish_requests_total{status="599",cache="none"} 1"#,
                r#"inkfish_request_seconds_sum{phase="work"} 0.04"#,
                r#"inkfish_request_seconds_bucket{le="0.064",phase="total"} 1"#,
                r#"inkfish_request_seconds_count{phase="total"} 1"#,
                r#"inkfish_request_seconds_count{phase="fetch"} 0"#,
            ],
        );
    }

    #[test]
    fn errors_connections_and_the_build_are_told() {
        let metrics = Metrics::new("inkfish");
        metrics.error("source_timeout");
        let open = metrics.connection();
        drop(metrics.connection());
        let text = metrics.render();
        assert_has(
            &text,
            &[
                r#"inkfish_errors_total{kind="source_timeout"} 1"#,
                "inkfish_connections_total 2",
                "inkfish_open_connections 1",
                concat!(
                    "inkfish_build_info{version=\"",
                    env!("CARGO_PKG_VERSION"),
                    "\"} 1"
                ),
                "# EOF",
            ],
        );
        drop(open);
        assert_has(&metrics.render(), &["inkfish_open_connections 0"]);
    }

    #[test]
    fn observers_are_asked_at_each_scrape() {
        let metrics = Metrics::new("ns");
        let queued = Arc::new(AtomicU64::new(3));
        let queue = Arc::clone(&queued);
        metrics.observe(move || {
            let help = "Jobs that wait";
            vec![Reading::gauge("queue_jobs", help).value(queue.load(Ordering::SeqCst))]
        });
        metrics.observe(|| {
            vec![
                Reading::gauge("cache_bytes", "Bytes held")
                    .labelled("tier", "memory", 10)
                    .labelled("tier", "disk", 20),
                Reading::counter("log_dropped", "Lines lost").value(7),
            ]
        });
        assert_has(
            &metrics.render(),
            &[
                "# TYPE ns_queue_jobs gauge",
                "ns_queue_jobs 3",
                r#"ns_cache_bytes{tier="memory"} 10"#,
                r#"ns_cache_bytes{tier="disk"} 20"#,
                "# TYPE ns_log_dropped counter",
                "ns_log_dropped_total 7",
            ],
        );
        queued.store(4, Ordering::SeqCst);
        assert_has(&metrics.render(), &["ns_queue_jobs 4"]);
    }

    #[test]
    fn without_a_namespace_names_stand_alone() {
        let metrics = Metrics::new("");
        assert_has(&metrics.render(), &["connections_total 0"]);
    }
}
