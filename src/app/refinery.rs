//! The refined stage, put together as the settings say.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Error;
use crate::cache::{Backlog, BacklogConfig};
use crate::config::{Config, RefineSettings};
use crate::delivery::{Parts, RefineConfig, RefineParts, Refinery, Replaced};
use crate::purge::Purger;
use crate::request::{Named, Parser};
use crate::workers::{self, Workers};

/// The part of the pixel memory that refining has beside it.
const MEMORY_PART: u64 = 4;

/// The refined stage; none where it is switched off. `parser` is that of today, whatever a reload brings.
pub(super) fn open(
    config: &Config,
    (parser, purger): (&Arc<ArcSwap<Parser>>, &Arc<Purger>),
    parts: &Parts,
) -> Result<Option<Arc<Refinery>>, Error> {
    let settings = &config.refine;
    if !settings.is_on {
        return Ok(None);
    }
    let backlog = BacklogConfig {
        dir: config.cache.dir.clone(),
        entries: settings.queue_entries,
        bytes: settings.queue_bytes,
    };
    let (parser, told) = (
        Arc::clone(parser),
        settings.tells_hooks.then(|| Arc::clone(purger)),
    );
    let refined = RefineParts {
        backlog: Arc::new(Backlog::open(backlog, parts.clock.clone())?),
        workers: Workers::start_lowest(threads(config), Arc::clone(&parts.workers))?,
        read: Box::new(move |path| match parser.load().parse_unsigned(path) {
            Ok(Named::Image(request)) => Some(request),
            Ok(Named::Info(_)) | Err(_) => None,
        }),
        observer: Box::new(move |replaced: &Replaced<'_>| {
            if let Some(purger) = &told {
                purger.tell_replaced(replaced.path, &replaced.named);
            }
        }),
    };
    Ok(Some(Arc::new(Refinery::new(limits(settings), refined))))
}

fn limits(settings: &RefineSettings) -> RefineConfig {
    RefineConfig {
        threads: settings.threads,
        hits: settings.hits,
        min_bytes: settings.min_bytes,
        max_pixels: settings.max_pixels,
    }
}

/// As many jobs as threads: the queue is elsewhere.
fn threads(config: &Config) -> workers::Config {
    let threads = config.refine.threads;
    workers::Config {
        threads,
        queue: threads,
        pixel_memory_bytes: config.workers.pixel_memory_bytes / MEMORY_PART,
    }
}
