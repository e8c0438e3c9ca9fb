//! The process: runs the application until it is told to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{App, Environment, Error, inherited};
use crate::config::{Config, Faults};
use crate::request::Negotiation;
use crate::server::Demo;
use crate::telemetry::logging;

/// Serves what `load` describes until SIGTERM or SIGINT, then drains. SIGHUP loads again and takes over what
/// [`App::reload`] can; settings that do not hold are told in the log and change nothing.
///
/// # Errors
///
/// When the settings do not hold, or the application does not start.
pub fn serve(load: impl Fn() -> Result<Config, Faults>) -> Result<(), Error> {
    let config = &load()?;
    logging::install(config.log).map_err(io::Error::other)?;
    for note in &config.notes {
        tracing::info!("{note}");
    }
    warn_of_variants(config);
    let signals = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Before anybody can know that we serve: from now on a signal drains, and no longer just ends the process.
    let mut told = signals.block_on(async { Told::listen() })?;
    let environment = Environment {
        socket: inherited::socket()?,
        ..Environment::default()
    };
    let app = App::start(config, environment)?;
    tracing::info!(address = %app.address(), admin.address = %app.admin_address(), "serving");
    welcome(&app, &super::wiring::demo(config));
    while let Signalled::Reload = signals.block_on(told.next()) {
        reload(&app, &load);
    }
    tracing::info!("stopping: requests in hand are answered");
    app.stop();
    Ok(())
}

/// Says that caches in front have to know of variants, until somebody has said that they do.
fn warn_of_variants(config: &Config) {
    if config.cdn.is_none() && config.negotiation != Negotiation::default() {
        tracing::warn!(
            "headers of clients have a say in answers, so one URL has several: a CDN has to tell them apart by Vary; \
             name it in INKFISH_CDN once it does, see docs/cdn.md"
        );
    }
}

/// Where the demonstration is on, says what to open.
fn welcome(app: &App, demo: &Demo) {
    if demo.pictures.is_empty() {
        return;
    }
    let root = format!("http://{}", app.address());
    eprintln!("\n  A page to open:  {root}/\n\n  Some pictures:");
    for path in demo.paths().step_by(3).take(4) {
        eprintln!("    {root}{path}");
    }
    eprintln!(
        "\n  Health, readiness, metrics:  http://{}/metrics\n",
        app.admin_address()
    );
}

fn reload(app: &App, load: impl Fn() -> Result<Config, Faults>) {
    match load()
        .map_err(Error::from)
        .and_then(|config| app.reload(&config))
    {
        Ok(()) => tracing::info!("keys, presets and allowed sources are loaded anew"),
        Err(error) => tracing::error!(%error, "nothing is loaded anew"),
    }
}

/// What a signal says.
enum Signalled {
    Stop,
    Reload,
}

/// The signals that we listen to.
struct Told {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Told {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signalled {
        tokio::select! {
            _ = self.terminate.recv() => Signalled::Stop,
            _ = self.interrupt.recv() => Signalled::Stop,
            _ = self.hangup.recv() => Signalled::Reload,
        }
    }
}
