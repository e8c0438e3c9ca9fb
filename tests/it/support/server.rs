//! The application under test.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use inkfish::app::{App, Environment};
use inkfish::clock::{Clock, Timestamp};
use inkfish::config::{Config, Inputs, Settings};
use inkfish::source::{Resolve, Resolving};

use super::client::{Connection, Reply};
use super::eventually;

/// Noon on some day; tests move on from here.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A token of orders, as long as it must be.
pub(crate) const TOKEN: &str = "sixteen letters!";

/// Settings of every test, unless the test says otherwise.
const SETTINGS: [(&str, &str); 9] = [
    // Tests compare answers with each other, whatever the time between them.
    ("REFINE", "off"),
    // Tests count what is asked of origins, so nothing is answered in their place.
    ("SOURCE_CACHE_BYTES", "0"),
    ("BIND", "127.0.0.1:0"),
    ("ADMIN_BIND", "127.0.0.1:0"),
    ("ALLOW_UNSIGNED", "true"),
    ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", "true"),
    ("ACCESS_LOG", "false"),
    ("WORKERS", "2"),
    ("SERVER_THREADS", "2"),
];

/// Names and their addresses, which a test changes at will.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<String, Vec<IpAddr>>>>);

impl Names {
    /// Has `name` stand for `addresses` from now on.
    pub(crate) fn set<const N: usize>(&self, name: &str, addresses: [&str; N]) {
        let addresses = addresses.map(|address| address.parse().unwrap());
        self.0
            .lock()
            .unwrap()
            .insert(name.to_owned(), addresses.to_vec());
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        let found = self.0.lock().unwrap().get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

/// A running server; dropping it drains and stops it.
pub(crate) struct Server {
    app: Option<App>,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
}

impl Server {
    /// Starts the server with `settings` (names without their prefix) over those of every test.
    #[track_caller]
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_at(Clock::manual(START), settings)
    }

    /// The same, with a clock that goes on from another server's.
    #[track_caller]
    pub(crate) fn start_at(clock: Clock, settings: &[(&str, &str)]) -> Self {
        let names = Names::default();
        let environment = Environment {
            clock: clock.clone(),
            resolver: Arc::new(names.clone()),
            socket: None,
        };
        let app = App::start(&config(settings), environment).unwrap();
        Self {
            app: Some(app),
            clock,
            names,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.app().address()
    }

    /// A new connection to the public port.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        self.request("GET", target, &[])
    }

    pub(crate) fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.request("GET", target, headers)
    }

    pub(crate) fn request(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.connect().request(method, target, headers)
    }

    /// An answer of the admin address.
    pub(crate) fn admin(&self, target: &str) -> Reply {
        Connection::open(self.app().admin_address()).request("GET", target, &[])
    }

    /// What the admin address says to an order to purge.
    pub(crate) fn order(&self, token: &str, order: &str) -> Reply {
        self.post("/purge", token, order)
    }

    /// What the admin address says to an order of any kind.
    pub(crate) fn post(&self, target: &str, token: &str, order: &str) -> Reply {
        Connection::open(self.app().admin_address()).order(target, token, order)
    }

    /// The value of a metric, by its name and labels as they stand in the text.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = self.admin("/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Waits until nothing is in work and no memory is held for work or for bytes on their way.
    #[track_caller]
    pub(crate) fn wait_until_idle(&self) {
        for gauge in [
            "running_jobs",
            "queue_jobs",
            "pixel_memory_bytes",
            "transfer_memory_bytes",
        ] {
            eventually(gauge, || self.metric(&format!("inkfish_{gauge}")) == 0.0);
        }
    }

    /// Drains and stops.
    pub(crate) fn stop(mut self) {
        self.app.take().unwrap().stop();
    }

    fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop();
        }
    }
}

#[track_caller]
fn config(settings: &[(&str, &str)]) -> Config {
    let mut variables: HashMap<&str, &str> = SETTINGS.into_iter().collect();
    variables.extend(settings.iter().copied());
    let inputs = Inputs {
        variables: variables
            .into_iter()
            .map(|(name, value)| (format!("INKFISH_{name}"), value.to_owned()))
            .collect(),
        file: None,
    };
    Settings::gather(&inputs).resolve().unwrap()
}
