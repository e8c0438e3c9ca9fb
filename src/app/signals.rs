//! The process: runs the application until it is told to stop.

use tokio::signal::unix::{SignalKind, signal};

use super::{App, Environment};
use crate::config::Config;
use crate::server::Demo;
use crate::telemetry::logging;

/// Serves until SIGTERM or SIGINT, then drains.
///
/// # Errors
///
/// When the application does not start.
pub fn serve(config: &Config) -> anyhow::Result<()> {
    logging::install(config.log)?;
    for note in &config.notes {
        tracing::info!("{note}");
    }
    let signals = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let app = App::start(config, Environment::default())?;
    tracing::info!(address = %app.address(), admin.address = %app.admin_address(), "serving");
    welcome(&app, &super::wiring::demo(config));
    signals.block_on(told_to_stop())?;
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

async fn told_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
