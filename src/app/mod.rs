//! The application: the parts put together, started, and stopped without cutting anybody off.

mod listen;
mod report;
mod signals;
mod wiring;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

pub use signals::serve;

use crate::cache::{self, Cache};
use crate::clock::Clock;
use crate::config::{Config, Fault};
use crate::delivery::{Delivery, Parts};
use crate::request::Parser;
use crate::server::{self, Listening, Public};
use crate::source::{self, Fetcher, Resolve, SystemResolver};
use crate::telemetry::access::AccessLog;
use crate::telemetry::metrics::Metrics;
use crate::workers::Workers;
use report::Report;

/// How often caches are tidied.
const TICK: Duration = Duration::from_secs(1);
/// How long entries that were answered may take to reach the disk at a stop.
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
    public: Listening,
    admin: Listening,
    stop: watch::Sender<bool>,
    delivery: Arc<Delivery>,
    workers: Arc<Workers>,
    access_log: Option<AccessLog>,
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
        let source = source::Config {
            own_listeners: vec![public_socket.local_addr()?, admin_socket.local_addr()?],
            ..config.source.clone()
        };
        let (parser, fetcher) = wiring::checked(
            Parser::try_new(config.request.clone()),
            Fetcher::try_new(source, environment.clock.clone(), environment.resolver),
        )?;
        let background = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.server.threads.max(1))
            .thread_name("background")
            .enable_all()
            .build()?;
        let runtime = background.handle().clone();
        let clock = environment.clock;
        let cache = Arc::new(Cache::open(
            config.cache.clone(),
            clock.clone(),
            runtime.clone(),
        )?);
        let workers = Arc::new(Workers::start(config.workers)?);
        let parts = Parts {
            cache,
            fetcher: Arc::new(fetcher),
            workers: Arc::clone(&workers),
            clock: clock.clone(),
            runtime,
        };
        let metrics = Arc::new(Metrics::new(&config.metrics_namespace));
        let access_log = open_access_log(config)?;
        report::observe(&metrics, &parts, access_log.as_ref());
        let (stop, stopped) = watch::channel(false);
        let report = Report::new(
            Arc::clone(&metrics),
            Arc::clone(&parts.cache),
            stopped.clone(),
        );
        let delivery = Arc::new(Delivery::new(wiring::delivery(config), parts));
        background.spawn(tidy(Arc::clone(&delivery)));
        let public = Public {
            config: wiring::public(config),
            parser: arc_swap::ArcSwap::from_pointee(parser),
            negotiation: config.negotiation,
            delivery: Arc::clone(&delivery),
            metrics,
            access_log: access_log.clone(),
            clock,
        };
        Ok(Self {
            public: server::serve(
                public_socket,
                Arc::new(public),
                wiring::public_listener(config),
                stopped.clone(),
            )?,
            admin: server::serve_admin(
                admin_socket,
                Arc::new(report),
                wiring::admin_listener(config),
                stopped,
            )?,
            stop,
            delivery,
            workers,
            access_log,
            background,
        })
    }

    /// The address of the public port.
    pub fn address(&self) -> SocketAddr {
        self.public.address()
    }

    /// The address of the admin port.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address()
    }

    /// Stops: no new connections, requests in hand are answered, entries that were answered reach the disk.
    /// Blocks for as long as that takes, at most `GRACEFUL_STOP_TIMEOUT` and a few seconds.
    pub fn stop(self) {
        // Nobody listening any more is what this is about to bring about.
        let _ = self.stop.send(true);
        self.public.join();
        self.admin.join();
        self.background.block_on(self.delivery.settle(SETTLE));
        self.workers.stop();
        self.background.shutdown_timeout(TICK);
        if let Some(log) = self.access_log {
            log.stop();
        }
    }
}

fn open_access_log(config: &Config) -> io::Result<Option<AccessLog>> {
    let settings = config.access_log.clone();
    settings
        .map(|settings| AccessLog::start(settings, io::stdout()))
        .transpose()
}

async fn tidy(delivery: Arc<Delivery>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        delivery.maintain();
    }
}
