//! Machines on a network that a test may break, and what runs on them.

mod advert;
mod balancer;
mod bodies;
mod client;
mod edge;
mod load;
mod network;
mod origin;
mod recorder;
mod running;
mod site;
mod varnish;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use advert::Advert;
pub(crate) use balancer::Balancer;
pub(crate) use client::{Answer, Client, Fault, next_body};
pub(crate) use edge::{EXTERNAL_1, EXTERNAL_2, Edge, INTERNAL_1, INTERNAL_2};
pub(crate) use load::Load;
pub(crate) use network::{Machine, Network};
pub(crate) use origin::{OriginMachine, Origins};
pub(crate) use recorder::{Head, LARGE, PICTURES, Recorder};
pub(crate) use running::Running;
pub(crate) use site::{Certificate, Site};
pub(crate) use varnish::Varnish;

/// How long anything in a test may take before the test is given up; waits end by what they wait for, not by this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often is asked whether something has come true.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Held by the test that has the processors for itself.
static TURN: Mutex<()> = Mutex::new(());

/// Waits for this test's turn, where all are run: figures that are kept are measured beside nothing else.
pub(crate) fn turn() -> Option<MutexGuard<'static, ()>> {
    is_long().then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether everything is to be tried, and not only what is quick.
pub(crate) fn is_long() -> bool {
    std::env::var_os("INKFISH_TEST_LONG").is_some()
}

/// The bytes of a committed input file.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Waits until `holds`, by asking again and again, and says how long that took.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never came true: {what}");
        thread::sleep(LOOK_EVERY);
    }
    start.elapsed()
}
