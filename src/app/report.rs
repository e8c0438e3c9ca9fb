//! What the admin address tells of the parts.

use std::sync::Arc;

use tokio::sync::watch;

use crate::cache::{Cache, KeeperCounts, SharedCounts, TierCounts};
use crate::delivery::{Delivery, Parts, RefineCounts};
use crate::purge::{HookCounts, Purger};
use crate::server::{self, Readiness};
use crate::source::TransferBudget;
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::{Metrics, Reading};
use crate::workers::Workers;

/// Answers the admin address.
pub(super) struct Report {
    metrics: Arc<Metrics>,
    cache: Arc<Cache>,
    purger: Arc<Purger>,
    stopped: watch::Receiver<bool>,
}

impl Report {
    pub(super) fn new(
        metrics: Arc<Metrics>,
        cache: Arc<Cache>,
        purger: Arc<Purger>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            metrics,
            cache,
            purger,
            stopped,
        }
    }
}

impl server::Report for Report {
    fn metrics(&self) -> String {
        self.metrics.render()
    }

    fn readiness(&self) -> Readiness {
        let stopping = self
            .stopped
            .borrow()
            .then(|| "stopping: no new requests are taken".to_owned());
        let disk = self
            .cache
            .health()
            .last_error()
            .map(|error| format!("disk cache: {error}"));
        let purge = self
            .purger
            .is_unconfirmed()
            .then(|| "purge: unconfirmed".to_owned());
        Readiness {
            obstacles: stopping.into_iter().collect(),
            remarks: disk.into_iter().chain(purge).collect(),
        }
    }
}

/// Has the metrics ask the parts for what they hold at each scrape.
pub(super) fn observe(metrics: &Metrics, parts: &Parts, access_log: Option<&AccessLog>) {
    let workers = Arc::clone(&parts.workers);
    metrics.observe(move || queue(&workers));
    let cache = Arc::clone(&parts.cache);
    metrics.observe(move || tiers(&cache));
    let cache = Arc::clone(&parts.cache);
    metrics.observe(move || cache.keeper_counts().map_or_else(Vec::new, keeper));
    let cache = Arc::clone(&parts.cache);
    metrics.observe(move || {
        cache
            .shared_counts()
            .map_or_else(Vec::new, |counts| shared(&counts))
    });
    let budgets = [parts.fetcher.budget().clone(), parts.answers.clone()];
    metrics.observe(move || transfers(&budgets));
    let fetcher = Arc::clone(&parts.fetcher);
    let help = "Memory that kept sources take";
    metrics.observe(move || {
        vec![Reading::gauge("source_cache_bytes", help).value(fetcher.kept_bytes())]
    });
    if let Some(refinery) = parts.refinery.clone() {
        metrics.observe(move || refining(refinery.counts()));
    }
    if let Some(log) = access_log.cloned() {
        let help = "Lines of the access log that nobody took in time";
        metrics.observe(move || {
            vec![Reading::counter("access_log_dropped", help).value(log.dropped())]
        });
    }
}

/// The same for what delivery has under way.
pub(super) fn observe_flights(metrics: &Metrics, delivery: Arc<Delivery>) {
    let help = "Images that are being fetched or made, each for all who wait for it";
    metrics.observe(move || vec![Reading::gauge("flights", help).value(delivery.flights() as u64)]);
}

/// The same for purges on their way to others.
pub(super) fn observe_purging(metrics: &Metrics, purger: Arc<Purger>) {
    metrics.observe(move || {
        let mut readings = hooks(&purger);
        readings.extend(stream(&purger));
        readings
    });
}

fn hooks(purger: &Purger) -> Vec<Reading> {
    let forms = purger.hook_counts();
    if forms.is_empty() {
        return Vec::new();
    }
    let by_form = |reading: Reading, value: fn(&HookCounts) -> u64| {
        forms.iter().fold(reading, |reading, (form, counts)| {
            reading.labelled("hook", form.name(), value(counts))
        })
    };
    vec![
        by_form(
            Reading::counter("purge_hooks_sent", "Purges that a hook was told"),
            |hook| hook.sent,
        ),
        by_form(
            Reading::counter("purge_hooks_failed", "Attempts to tell a hook that failed"),
            |hook| hook.failed,
        ),
        by_form(
            Reading::counter("purge_hooks_dropped", "Purges that a hook was never told"),
            |hook| hook.dropped,
        ),
        by_form(
            Reading::gauge(
                "purge_hooks_waiting",
                "Purges that a hook is still to be told",
            ),
            |hook| hook.waiting,
        ),
    ]
}

fn stream(purger: &Purger) -> Vec<Reading> {
    let Some(counts) = purger.stream_counts() else {
        return Vec::new();
    };
    let unconfirmed = "Whether nodes may not know of each other's purges";
    vec![
        Reading::gauge("purge_unconfirmed", unconfirmed).value(purger.is_unconfirmed().into()),
        Reading::counter("purge_stream_sent", "Purges that Redis took").value(counts.sent),
        Reading::counter(
            "purge_stream_applied",
            "Purges that came from Redis and were applied",
        )
        .value(counts.applied),
        Reading::gauge(
            "purge_stream_waiting",
            "Purges that Redis has not taken yet",
        )
        .value(counts.waiting),
        Reading::counter(
            "purge_stream_unreplicated",
            "Purges that no replica of Redis confirmed in time",
        )
        .value(counts.unreplicated),
        Reading::counter(
            "purge_stream_gaps",
            "Times that purges of other nodes were missed and everything was purged softly",
        )
        .value(counts.gaps),
        Reading::counter(
            "purge_stream_failures",
            "Connections to Redis that failed or were lost",
        )
        .value(counts.failures),
    ]
}

fn keeper(counts: KeeperCounts) -> Vec<Reading> {
    let counter = |name, help, value| Reading::counter(name, help).value(value);
    let gauge = |name, help, value| Reading::gauge(name, help).value(value);
    vec![
        counter(
            "cache_expired_files",
            "Files of the folder that were removed in their time, or because they were purged",
            counts.expired,
        ),
        counter(
            "cache_evicted_files",
            "Files of the folder that made room for others",
            counts.evicted,
        ),
        counter(
            "cache_rotten_files",
            "Files of the folder that a sweep found damaged",
            counts.damaged,
        ),
        counter(
            "cache_freed_bytes",
            "Bytes of the files that were removed",
            counts.freed_bytes,
        ),
        counter(
            "cache_removed_folders",
            "Empty folders that were removed",
            counts.folders,
        ),
        counter(
            "cache_sweep_failures",
            "Files that could be neither read nor removed, and notes that could not be written",
            counts.failed,
        ),
        gauge(
            "cache_disk_files",
            "Files that the folder holds, where this process keeps it",
            counts.held_entries,
        ),
        gauge(
            "cache_disk_bytes",
            "Bytes that the folder takes, where this process keeps it",
            counts.held_bytes,
        ),
        gauge(
            "cache_table_bytes",
            "Memory of the table of what the folder holds",
            counts.table_bytes,
        ),
    ]
}

fn shared(counts: &SharedCounts) -> Vec<Reading> {
    let outcomes = "What came of reading from and writing to the shared store";
    let events = [
        ("hit", counts.hits),
        ("miss", counts.misses),
        ("damaged", counts.damaged),
        ("expired", counts.expired),
        ("read_error", counts.read_errors),
        ("read_refused", counts.read_refusals),
        ("written", counts.written),
        ("superseded", counts.superseded),
        ("outrun", counts.outrun),
        ("write_error", counts.write_errors),
        ("dropped", counts.dropped),
        ("removed", counts.removed),
    ];
    let events = events.iter().fold(
        Reading::counter("shared_cache_events", outcomes),
        |reading, (name, value)| reading.labelled("event", name, *value),
    );
    vec![
        events,
        Reading::gauge(
            "shared_cache_queued",
            "What waits to be written to the shared store",
        )
        .value(counts.queued),
        Reading::gauge("shared_cache_queued_bytes", "Memory of what waits")
            .value(counts.queued_bytes),
    ]
}

fn refining(counts: RefineCounts) -> Vec<Reading> {
    let ends = [
        ("refined", counts.refined),
        ("unchanged", counts.unchanged),
        ("refused", counts.refused),
        ("abandoned", counts.abandoned),
        ("failed", counts.failed),
        ("dropped", counts.dropped),
    ];
    let outcomes = "What came of putting more work into images";
    let saved = "Bytes that refined images are shorter by";
    let pending = "Images that are queued for more work or have it done";
    let bytes = "Bytes that the queue of images and their sources take";
    vec![
        ends.iter()
            .fold(Reading::counter("refine_jobs", outcomes), |reading, end| {
                reading.labelled("outcome", end.0, end.1)
            }),
        Reading::counter("refine_saved_bytes", saved).value(counts.saved_bytes),
        Reading::gauge("refine_pending_jobs", pending).value(counts.pending),
        Reading::gauge("refine_pending_bytes", bytes).value(counts.pending_bytes),
    ]
}

fn transfers(budgets: &[TransferBudget; 2]) -> Vec<Reading> {
    let total: u64 = budgets.iter().map(TransferBudget::total_bytes).sum();
    let free: u64 = budgets.iter().map(TransferBudget::free_bytes).sum();
    let held = "Memory that bytes on their way hold";
    let limit = "Memory that bytes on their way may hold";
    vec![
        Reading::gauge("transfer_memory_bytes", held).value(total.saturating_sub(free)),
        Reading::gauge("transfer_memory_limit_bytes", limit).value(total),
    ]
}

fn queue(workers: &Workers) -> Vec<Reading> {
    let gauges = workers.gauges();
    let count = |value: usize| value as u64;
    vec![
        Reading::gauge("queue_jobs", "Jobs that wait for memory or a thread")
            .value(count(gauges.queued)),
        Reading::gauge("queue_limit_jobs", "Jobs that may wait").value(count(gauges.queue_limit)),
        Reading::gauge("running_jobs", "Jobs that hold a thread").value(count(gauges.running)),
        Reading::gauge("worker_threads", "Threads that make pixels").value(count(gauges.threads)),
        Reading::gauge(
            "pixel_memory_bytes",
            "Memory that running jobs have reserved",
        )
        .value(gauges.reserved_bytes),
        Reading::gauge("pixel_memory_limit_bytes", "Memory that jobs may reserve")
            .value(gauges.budget_bytes),
    ]
}

fn tiers(cache: &Cache) -> Vec<Reading> {
    let (memory, disk) = (cache.health().memory.counts(), cache.health().disk.counts());
    let purges = cache.purges().usage();
    let by_tier = |reading: Reading, value: fn(&TierCounts) -> u64| {
        reading
            .labelled("tier", "memory", value(&memory))
            .labelled("tier", "disk", value(&disk))
    };
    vec![
        by_tier(
            Reading::counter("cache_hits", "Look-ups that found an entry"),
            |tier| tier.hits,
        ),
        by_tier(
            Reading::counter("cache_misses", "Look-ups that found none"),
            |tier| tier.misses,
        ),
        by_tier(
            Reading::counter("cache_errors", "Operations that failed"),
            |tier| tier.errors,
        ),
        by_tier(
            Reading::counter("cache_damaged", "Files that were damaged and removed"),
            |tier| tier.damaged,
        ),
        by_tier(
            Reading::counter("cache_read_bytes", "Bytes of bodies that were found"),
            |tier| tier.read_bytes,
        ),
        by_tier(
            Reading::counter("cache_written_bytes", "Bytes of bodies that were written"),
            |tier| tier.written_bytes,
        ),
        Reading::gauge("purge_records", "Groups whose purges are known").value(purges.records),
        Reading::gauge(
            "purge_records_limit",
            "Groups that may be known; past it the oldest purges count for everything",
        )
        .value(purges.limit),
        Reading::counter(
            "purge_losses",
            "How often purges were lost and everything purged in their place",
        )
        .value(purges.losses),
        Reading::gauge("cache_memory_bytes", "Bytes that the memory tier holds")
            .value(cache.memory_bytes()),
        Reading::gauge("cache_memory_entries", "Entries that the memory tier holds")
            .value(cache.memory_entries()),
    ]
}
