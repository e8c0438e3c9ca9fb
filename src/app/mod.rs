//! The application: the parts put together, started, and stopped without cutting anybody off.

mod listen;
mod node;
mod refinery;
mod report;
mod shared;
mod signals;
mod stills;
mod wiring;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

pub use signals::serve;

use crate::cache::{self, Cache};
use crate::clock::Clock;
use crate::config::{Config, Fault, Faults};
use crate::delivery::{Delivery, Parts};
use crate::purge::{self, Eraser, EraserParts, Purger, Surrogates};
use crate::request::{self, Parser};
use crate::server::{self, Admin, Erasing, Explaining, Listening, Public, Purging, Urls};
use crate::source::{self, Fetcher, Resolve, SystemResolver, TransferBudget};
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Metrics;
use crate::workers::Workers;
use report::Report;
use stills::Stills;

/// How often caches are tidied.
const TICK: Duration = Duration::from_secs(1);
/// How long entries that were answered may take to reach the disk at a stop, and what others are to be told of purges
/// to reach them, at least.
const SETTLE: Duration = Duration::from_secs(5);

/// What the application takes from the world around it; tests replace it.
#[derive(Clone)]
pub struct Environment {
    /// The time.
    pub clock: Clock,
    /// Who looks names up.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            resolver: Arc::new(SystemResolver),
        }
    }
}

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings that are fine one by one, and not together or not for their part.
    #[error("the settings do not hold:{}", list(.0))]
    Settings(Vec<Fault>),
    /// Settings that do not hold, as they were read.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// An address that cannot be listened on.
    #[error("cannot listen on {address} ({setting}): {cause}")]
    Listen {
        /// The setting that names it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// The folder of the cache cannot be used.
    #[error("cannot open the cache (INKFISH_CACHE_DIR): {0}")]
    Cache(#[from] cache::Error),
    /// The system refused a thread or a runtime.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

/// A running application. Dropping it stops without draining; [`App::stop`] drains.
pub struct App {
    listening: [(Listening, watch::Sender<bool>); 2],
    public: Arc<Public>,
    fetcher: Arc<Fetcher>,
    workers: Arc<Workers>,
    cache: Arc<Cache>,
    /// How long a stop may take.
    drain: Duration,
    /// Reads the URLs of images that were put off, as of today.
    parser: Arc<ArcSwap<Parser>>,
    background: Runtime,
}

impl App {
    /// Starts everything that `config` describes. When this returns, both addresses answer.
    ///
    /// # Errors
    ///
    /// Everything that keeps the application from serving as it was told.
    pub fn start(config: &Config, environment: Environment) -> Result<Self, Error> {
        let public_socket = listen::bind("INKFISH_BIND", config.server.bind)?;
        let admin_socket = listen::bind("INKFISH_ADMIN_BIND", config.server.admin_bind)?;
        let own = vec![public_socket.local_addr()?, admin_socket.local_addr()?];
        let background = background(config)?;
        let (parser, mut parts) = parts(config, environment, own, background.handle())?;
        let latest_parser = Arc::new(ArcSwap::new(Arc::clone(&parser)));
        let surrogates = wiring::surrogates(config, &parser)?;
        let purger = purger(config, (&parser, &surrogates), &parts)?;
        parts.refinery = refinery::open(config, (&latest_parser, &purger), &parts.clock)?;
        let purging = Purging {
            purger: Arc::clone(&purger),
            token: config.purge.token.clone(),
        };
        let (fetcher, workers) = (Arc::clone(&parts.fetcher), Arc::clone(&parts.workers));
        let (cache, refinery) = (Arc::clone(&parts.cache), parts.refinery.clone());

        let stills = Stills::load(config, &parts.fetcher, background.handle())?;
        let named = (purging.clone(), surrogates);
        let public = Arc::new(public(config, (stills, named), (parser, parts))?);
        background.spawn(Arc::clone(&public.delivery).refine());
        background.spawn(tidy(Arc::clone(&public.delivery)));
        background.spawn(keep(Arc::clone(&cache), strictly(config, &purger)));
        let (stop, stopped) = watch::channel(false);
        let (stop_admin, admin_stopped) = watch::channel(false);
        let report = Arc::new(Report::new(
            Arc::clone(&public.metrics),
            Arc::clone(&cache),
            Arc::clone(&purger),
            stopped.clone(),
        ));
        let settings = wiring::public_listener(config);
        let serving = server::serve(public_socket, Arc::clone(&public), settings, stopped)?;
        let settings = wiring::admin_listener(config);
        let erasing = Erasing {
            purging: purging.clone(),
            eraser: Arc::new(Eraser::new(
                EraserParts {
                    purger,
                    cache: Arc::clone(&cache),
                    fetcher: Arc::clone(&fetcher),
                    refinery,
                },
                background.handle().clone(),
            )),
        };
        let explaining = Explaining {
            purging: purging.clone(),
            public: Arc::clone(&public),
            node: node::node(config),
        };
        let admin = Admin {
            report,
            purging,
            erasing,
            explaining,
        };
        let admin = server::serve_admin(admin_socket, admin, settings, admin_stopped)?;
        Ok(Self {
            listening: [(serving, stop), (admin, stop_admin)],
            public,
            fetcher,
            workers,
            cache,
            drain: config.server.graceful_stop_timeout,
            parser: latest_parser,
            background,
        })
    }

    /// The address of the public port.
    pub fn address(&self) -> SocketAddr {
        self.listening[0].0.address()
    }

    /// The address of the admin port.
    pub fn admin_address(&self) -> SocketAddr {
        self.listening[1].0.address()
    }

    /// Takes over keys, salts, presets, everything else that URLs are read with, the allowed sources, and whether
    /// images are refined where that was on at the start, from the next request on. Other settings need a restart.
    ///
    /// # Errors
    ///
    /// When these settings do not hold; then nothing has changed.
    pub fn reload(&self, config: &Config) -> Result<(), Error> {
        let request = request::Config {
            // Routes know the prefix too, and they stay.
            path_prefix: self.public.config.paths.prefix.clone(),
            ..config.request.clone()
        };
        let (parser, allowed) =
            wiring::checked(Parser::try_new(request), wiring::allowed_sources(config))?;
        let parser = Arc::new(parser);
        self.public.purging.purger.read_with(Arc::clone(&parser));
        self.parser.store(Arc::clone(&parser));
        self.public.urls.store(Arc::new(Urls::new(parser)));
        self.fetcher.allow(allowed);
        self.public.delivery.switch_refining(config.refine.is_on);
        Ok(())
    }

    /// Stops: no new connections, requests in hand are answered, others are told of purges, entries that were answered
    /// reach the disk. The admin address answers until the public port has drained.
    /// Blocks for as long as that takes, at most `GRACEFUL_STOP_TIMEOUT` and a few seconds.
    pub fn stop(self) {
        let begun = Instant::now();
        for (listening, stop) in self.listening {
            // Nobody listening any more is what this is about to bring about.
            let _ = stop.send(true);
            listening.join();
        }
        let left = self.drain.saturating_sub(begun.elapsed()).max(SETTLE);
        self.background
            .block_on(self.public.purging.purger.settle(left));
        self.background
            .block_on(self.public.delivery.settle(SETTLE));
        self.public.delivery.stop_refining();
        self.workers.stop();
        self.cache.save();
        self.background.shutdown_timeout(TICK);
        if let Some(log) = &self.public.access_log {
            log.stop();
        }
    }
}

/// The runtime of everything that outlives a connection.
fn background(config: &Config) -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.server.threads.max(1))
        .thread_name("background")
        .enable_all()
        .build()
}

/// What reads URLs, and everything that delivery works with. `own` is where we listen ourselves.
fn parts(
    config: &Config,
    environment: Environment,
    own: Vec<SocketAddr>,
    runtime: &Handle,
) -> Result<(Arc<Parser>, Parts), Error> {
    let Environment { clock, resolver } = environment;
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
fn purger(
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

fn public(
    config: &Config,
    (stills, (purging, surrogates)): (Stills, (Purging, Arc<Surrogates>)),
    (parser, parts): (Arc<Parser>, Parts),
) -> io::Result<Public> {
    let metrics = Arc::new(Metrics::new(&config.metrics_namespace));
    let access_log = open_access_log(config)?;
    report::observe(&metrics, &parts, access_log.as_ref());
    let clock = parts.clock.clone();
    let delivery = Arc::new(Delivery::new(wiring::delivery(config, stills), parts));
    report::observe_flights(&metrics, Arc::clone(&delivery));
    report::observe_purging(&metrics, Arc::clone(&purging.purger));
    Ok(Public {
        config: wiring::public(config),
        urls: ArcSwap::from_pointee(Urls::new(parser)),
        purging,
        surrogates,
        negotiation: config.negotiation,
        delivery,
        metrics,
        access_log,
        clock,
    })
}

fn open_access_log(config: &Config) -> io::Result<Option<AccessLog>> {
    let settings = config.access_log.clone();
    settings
        .map(|settings| AccessLog::start(settings, io::stdout()))
        .transpose()
}

/// Says whether the folder is to be passed by for now: where purges of other nodes may be missed and that matters.
fn strictly(config: &Config, purger: &Arc<Purger>) -> impl Fn() -> bool + Send + 'static {
    let (is_strict, purger) = (config.purge.strict, Arc::clone(purger));
    move || is_strict && purger.is_unconfirmed()
}

/// Keeps the cache's folder, a round at a time.
async fn keep(cache: Arc<Cache>, is_passed_by: impl Fn() -> bool + Send + 'static) {
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

async fn tidy(delivery: Arc<Delivery>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        delivery.maintain();
    }
}
