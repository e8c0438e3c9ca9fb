//! The parts, put together as the settings say.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;

use super::report::{self, Report};
use super::stills::Stills;
use super::{Environment, Error, node, shared, wiring};
use crate::cache::{self, Cache};
use crate::config::{Config, Fault};
use crate::delivery::{Delivery, Parts};
use crate::purge::{self, Eraser, EraserParts, Purger, Surrogates};
use crate::request::Parser;
use crate::server::{Admin, Erasing, Explaining, Public, Purging, Urls};
use crate::source::{self, Fetcher, TransferBudget};
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Metrics;
use crate::workers::Workers;

/// The runtime of everything that outlives a connection.
pub(super) fn background(config: &Config) -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.threads.max(1))
        .thread_name("background")
        .enable_all()
        .build()
}

/// What reads URLs, and everything that delivery works with. `own` is where we listen ourselves.
pub(super) fn parts(
    config: &Config,
    environment: Environment,
    own: Vec<SocketAddr>,
    runtime: &Handle,
) -> Result<(Arc<Parser>, Parts), Error> {
    let Environment {
        clock, resolver, ..
    } = environment;
    let answer_bytes = wiring::answer_bytes(config);
    let source = source::Config {
        transfer_bytes: config.source.transfer_bytes - answer_bytes,
        own_listeners: own,
        ..config.source.clone()
    };
    let (parser, fetcher) = wiring::checked(
        Parser::try_new(config.request.clone()),
        Fetcher::try_new(source, clock.clone(), Arc::clone(&resolver)),
    )?;
    let below = cache::Parts {
        clock: clock.clone(),
        runtime: runtime.clone(),
        shared: shared::open(config, &resolver, (&clock, runtime))?,
    };
    let cache = Cache::open(config.cache.clone(), below)?;
    let parts = Parts {
        cache: Arc::new(cache),
        fetcher: Arc::new(fetcher),
        answers: TransferBudget::new(answer_bytes),
        workers: Arc::new(Workers::start(config.workers)?),
        refinery: None,
        clock,
        runtime: runtime.clone(),
    };
    Ok((Arc::new(parser), parts))
}

/// Who carries purges out, on this node and on others.
pub(super) fn purger(
    config: &Config,
    (parser, surrogates): (&Arc<Parser>, &Arc<Surrogates>),
    parts: &Parts,
) -> Result<Arc<Purger>, Error> {
    let works_with = purge::Parts {
        parser: Arc::clone(parser),
        purges: Arc::clone(parts.cache.purges()),
        surrogates: Arc::clone(surrogates),
        runtime: parts.runtime.clone(),
    };
    Purger::start(wiring::purge(config), works_with)
        .map(Arc::new)
        .map_err(|problem| {
            Error::Settings(vec![Fault::new(format!("INKFISH_REDIS_URL: {problem}"))])
        })
}

/// What serves images, with its metrics and its log.
pub(super) fn public(
    config: &Config,
    (stills, (purger, surrogates)): (Stills, (Arc<Purger>, Arc<Surrogates>)),
    (parser, parts): (Arc<Parser>, Parts),
) -> io::Result<Public> {
    let metrics = Arc::new(Metrics::new(&config.metrics_namespace));
    let access_log = open_access_log(config)?;
    report::observe(&metrics, &parts, access_log.as_ref());
    let clock = parts.clock.clone();
    let delivery = Arc::new(Delivery::new(wiring::delivery(config, stills), parts));
    report::observe_flights(&metrics, Arc::clone(&delivery));
    report::observe_purging(&metrics, Arc::clone(&purger));
    Ok(Public {
        config: wiring::public(config),
        urls: ArcSwap::from_pointee(Urls::new(parser)),
        purging: Purging {
            purger,
            token: config.purge.token.clone(),
        },
        surrogates,
        negotiation: config.negotiation,
        delivery,
        metrics,
        access_log,
        clock,
    })
}

/// What the admin address answers with, until `stopped` says that no more is to come.
pub(super) fn admin(
    config: &Config,
    public: &Arc<Public>,
    erases: EraserParts,
    (stopped, runtime): (watch::Receiver<bool>, &Handle),
) -> Admin<Report> {
    let purging = public.purging.clone();
    let report = Report::new(
        Arc::clone(&public.metrics),
        Arc::clone(&erases.cache),
        Arc::clone(&erases.purger),
        stopped,
    );
    Admin {
        report: Arc::new(report),
        erasing: Erasing {
            purging: purging.clone(),
            eraser: Arc::new(Eraser::new(erases, runtime.clone())),
        },
        explaining: Explaining {
            purging: purging.clone(),
            public: Arc::clone(public),
            node: node::node(config),
        },
        purging,
    }
}

fn open_access_log(config: &Config) -> io::Result<Option<AccessLog>> {
    let settings = config.access_log.clone();
    settings
        .map(|settings| AccessLog::start(settings, io::stdout()))
        .transpose()
}
