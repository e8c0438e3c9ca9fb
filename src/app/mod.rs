//! The application: the parts put together, started, and stopped without cutting anybody off.

mod assembly;
mod inherited;
mod listen;
mod node;
mod refinery;
mod report;
mod shared;
mod signals;
mod stills;
mod upkeep;
mod wiring;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::runtime::Runtime;
use tokio::sync::watch;

pub use signals::serve;

use crate::cache::{self, Cache};
use crate::clock::Clock;
use crate::config::{Config, Fault, Faults};
use crate::purge::EraserParts;
use crate::request::{self, Parser};
use crate::server::{self, Listening, Public, Urls};
use crate::source::{Fetcher, Resolve, SystemResolver};
use crate::workers::Workers;
use assembly::{admin, background, parts, public, purger};
use stills::Stills;
use upkeep::{keep, strictly, tidy};

/// How often caches are tidied.
const TICK: Duration = Duration::from_secs(1);
/// How long entries that were answered may take to reach the disk at a stop, and what others are to be told of purges
/// to reach them, at least.
const SETTLE: Duration = Duration::from_secs(5);

/// What the application takes from the world around it; tests replace it.
pub struct Environment {
    /// The time.
    pub clock: Clock,
    /// Who looks names up.
    pub resolver: Arc<dyn Resolve>,
    /// The socket of the public port, where somebody holds it for us; `None` opens one.
    pub socket: Option<TcpListener>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            resolver: Arc::new(SystemResolver),
            socket: None,
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
    /// What was handed over to be listened on cannot be.
    #[error("cannot use the socket that was handed over (LISTEN_FDS): {0}")]
    Inherited(&'static str),
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
    pub fn start(config: &Config, mut environment: Environment) -> Result<Self, Error> {
        let public_socket = match environment.socket.take() {
            Some(socket) => socket,
            None => listen::bind("INKFISH_BIND", config.server.bind)?,
        };
        let admin_socket = listen::bind("INKFISH_ADMIN_BIND", config.server.admin_bind)?;
        let own = vec![public_socket.local_addr()?, admin_socket.local_addr()?];
        let background = background(config)?;
        let (parser, mut parts) = parts(config, environment, own, background.handle())?;
        let latest_parser = Arc::new(ArcSwap::new(Arc::clone(&parser)));
        let surrogates = wiring::surrogates(config, &parser)?;
        let purger = purger(config, (&parser, &surrogates), &parts)?;
        parts.refinery = refinery::open(config, (&latest_parser, &purger), &parts)?;
        let erases = EraserParts {
            purger: Arc::clone(&purger),
            cache: Arc::clone(&parts.cache),
            fetcher: Arc::clone(&parts.fetcher),
            refinery: parts.refinery.clone(),
        };
        let (fetcher, workers) = (Arc::clone(&parts.fetcher), Arc::clone(&parts.workers));
        let cache = Arc::clone(&parts.cache);

        let stills = Stills::load(config, &parts.fetcher, background.handle())?;
        let named = (Arc::clone(&purger), surrogates);
        let public = Arc::new(public(config, (stills, named), (parser, parts))?);
        background.spawn(Arc::clone(&public.delivery).refine());
        background.spawn(tidy(Arc::clone(&public.delivery)));
        background.spawn(keep(Arc::clone(&cache), strictly(config, &purger)));

        let (stop, stopped) = watch::channel(false);
        let (stop_admin, admin_stopped) = watch::channel(false);
        let ends = (stopped.clone(), background.handle());
        let admin = admin(config, &public, erases, ends);
        let settings = wiring::public_listener(config);
        let serving = server::serve(public_socket, Arc::clone(&public), settings, stopped)?;
        let settings = wiring::admin_listener(config);
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
