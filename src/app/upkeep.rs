//! What is done again and again while we serve.

use std::sync::Arc;

use tokio::time::MissedTickBehavior;

use super::TICK;
use crate::cache::Cache;
use crate::config::Config;
use crate::delivery::Delivery;
use crate::purge::Purger;

/// Says whether the folder is to be passed by for now: where purges of other nodes may be missed and that matters.
pub(super) fn strictly(
    config: &Config,
    purger: &Arc<Purger>,
) -> impl Fn() -> bool + Send + 'static {
    let (is_strict, purger) = (config.purge.strict, Arc::clone(purger));
    move || is_strict && purger.is_unconfirmed()
}

/// Keeps the cache's folder, a round at a time.
pub(super) async fn keep(cache: Arc<Cache>, is_passed_by: impl Fn() -> bool + Send + 'static) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = None;
    loop {
        ticks.tick().await;
        cache.pass_folder_by(is_passed_by());
        let cache = Arc::clone(&cache);
        let round = tokio::task::spawn_blocking(move || cache.keep_folder());
        let Ok(outcome) = round.await else {
            continue;
        };
        // Told once, for as long as it stays the same.
        let trouble = outcome.err().map(|error| error.to_string());
        if let Some(error) = trouble.as_ref().filter(|_| trouble != told) {
            tracing::warn!(%error, "the cache's folder could not be kept");
        }
        told = trouble;
    }
}

/// Lets go of what has run out, again and again.
pub(super) async fn tidy(delivery: Arc<Delivery>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        delivery.maintain();
    }
}
