//! The process: runs the application until it is told to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{App, Environment, Error};
use crate::config::Config;
use crate::server::Demo;
use crate::telemetry::logging;

/// Serves until SIGTERM or SIGINT, then drains.
///
/// # Errors
///
/// When the application does not start.
pub fn serve(config: &Config) -> Result<(), Error> {
    logging::install(config.log).map_err(io::Error::other)?;
    for note in &config.notes {
        tracing::info!("{note}");
    }
    let signals = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Before anybody can know that we serve: from now on a signal drains, and no longer just ends the process.
    let stop = signals.block_on(async { Stop::listen() })?;
    let app = App::start(config, Environment::default())?;
    tracing::info!(address = %app.address(), admin.address = %app.admin_address(), "serving");
    welcome(&app, &super::wiring::demo(config));
    signals.block_on(stop.told());
    tracing::info!("stopping: requests in hand are answered");
    app.stop();
    Ok(())
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

/// The signals that tell us to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn told(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
