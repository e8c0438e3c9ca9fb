//! Two externals, two internals, two origins, a host of sources and a client.

use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::balancer::PUBLIC_4;
use super::origin::{REDIS, TOKEN};
use super::site::{self, NAME};
use super::{
    Answer, Balancer, Certificate, Client, Head, Machine, Network, OriginMachine, Origins,
    PATIENCE, Recorder, Running, Site, eventually,
};

// The balancers by their numbers, which are the order in which they have the address.
pub(crate) const EXTERNAL_1: usize = 0;
pub(crate) const EXTERNAL_2: usize = 1;
pub(crate) const INTERNAL_1: usize = 2;
pub(crate) const INTERNAL_2: usize = 3;

/// The balancers in that order, and what their addresses end with.
const BALANCERS: [(&str, &str); 4] = [
    ("external-1", "1"),
    ("external-2", "2"),
    ("internal-1", "11"),
    ("internal-2", "12"),
];

/// Where sources are.
const SOURCES: &str = "10.0.0.30";

/// All of it; it ends when this is dropped.
pub(crate) struct Edge {
    // In the order in which they may go.
    pub(crate) balancers: [Balancer; 4],
    pub(crate) origins: [OriginMachine; 2],
    pub(crate) client_machine: Machine,
    pub(crate) certificate: Certificate,
    pub(crate) sources: Recorder,
    redis: Running,
    pub(crate) network: Network,
    _folder: TempDir,
}

impl Edge {
    /// Starts everything and waits until the public address answers; `None` where no network can be made.
    pub(crate) fn try_start(origins: Origins) -> Option<Self> {
        Self::try_start_with(origins, |_| {})
    }

    /// The same, after `change` has had the files of each balancer.
    pub(crate) fn try_start_with(origins: Origins, change: impl Fn(&Site)) -> Option<Self> {
        let network = Network::try_new()?;
        let folder = site::folder();
        let certificate = Certificate::make();
        let here = folder.path();
        let hub = network.hub(&[&format!("{SOURCES}/24")]);
        let mut edge = Self {
            balancers: BALANCERS.map(|named| Balancer::new(&network, named, (here, &certificate))),
            origins: [1, 2].map(|number| OriginMachine::new(&network, number, here)),
            client_machine: network.machine("client", &["203.0.113.200/24", "2001:db8:1::200/64"]),
            certificate,
            sources: Recorder::start(&hub, &format!("{SOURCES}:80")),
            redis: start_redis(&hub, here),
            network,
            _folder: folder,
        };
        for balancer in &edge.balancers {
            change(&balancer.site);
        }
        edge.start(origins);
        Some(edge)
    }

    /// The balancer that runs and has the public address; `None` where none or several have it.
    pub(crate) fn holder(&self) -> Option<usize> {
        let mut holders = (0..4).filter(|number| self.balancers[*number].has_address());
        holders.next().filter(|_| holders.next().is_none())
    }

    /// Ends everything on a balancer, which says nothing more to anybody.
    pub(crate) fn lose_power(&mut self, balancer: usize) {
        self.cut(balancer);
        self.balancers[balancer].kill();
    }

    /// Starts a balancer that had lost its power.
    pub(crate) fn start_again(&mut self, balancer: usize) {
        self.balancers[balancer].forget();
        self.mend(balancer);
        self.balancers[balancer].start();
    }

    /// Pulls the cable of a balancer.
    pub(crate) fn cut(&self, balancer: usize) {
        self.network.cut(&self.balancers[balancer].machine);
    }

    /// Plugs it in again.
    pub(crate) fn mend(&self, balancer: usize) {
        self.network.mend(&self.balancers[balancer].machine);
    }

    /// Ends Redis without a word.
    pub(crate) fn kill_redis(&mut self) {
        self.redis.kill();
    }

    /// Waits until the public address answers.
    pub(crate) fn wait_until_answered(&self) {
        let client = self.client().with_patience(Duration::from_millis(500));
        self.client_machine.within(|| {
            eventually("the public address answers", || {
                client
                    .get("/health")
                    .is_ok_and(|answer| answer.status == 200)
            })
        });
    }

    /// A client who asks from the thread of [`Edge::client_machine`].
    pub(crate) fn client(&self) -> Client {
        Client::new(&format!("{PUBLIC_4}:443"), &self.certificate, PATIENCE)
    }

    /// Asks the public address as the client's machine.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.request("GET", target, "")
    }

    /// The same, with a method and more lines in the head, each with its end.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, target: &str, lines: &str) -> Answer {
        let client = self.client();
        self.client_machine
            .within(|| client.request(method, target, lines))
            .unwrap()
    }

    /// Purges what a public path asks for, and says what is answered.
    pub(crate) fn purge(&self, path: &str) -> u16 {
        let token = format!("Authorization: Bearer {TOKEN}\r\n");
        self.request("PURGE", path, &token).status
    }

    /// What the origins were asked for since the last time, checks of balancers left out.
    pub(crate) fn take_requests(&self) -> Vec<Head> {
        let all = self.origins.iter().flat_map(OriginMachine::take_requests);
        all.filter(|head| !head.line().contains(" /health "))
            .collect()
    }

    /// The path of a picture as it is, which comes in small pieces.
    pub(crate) fn raw_path(&self, name: &str) -> String {
        format!("/_/raw:1/plain/http://{SOURCES}/{name}.jpg")
    }

    /// The origin that internals have asked for a path, as their logs say.
    pub(crate) fn home_of(&self, path: &str) -> usize {
        let shown = path.strip_prefix("/_").unwrap();
        let home = || {
            let log = self.balancers[INTERNAL_1..]
                .iter()
                .map(Balancer::access_log);
            let text: String = log.collect();
            let line = text.lines().find(|line| line.contains(shown))?;
            let is_home = |origin: &OriginMachine| line.contains(&origin.address());
            self.origins.iter().position(is_home)
        };
        eventually("an internal has logged it", || home().is_some());
        home().unwrap()
    }

    /// The path of a picture in one of many sizes, and of one of many sources.
    pub(crate) fn path(&self, source: u32, width: u32) -> String {
        format!("/_/rs:fit:{width}:{width}/plain/http://{SOURCES}/pictures/{source}.jpg")
    }

    /// What `curl` says on the client's machine, of the public name.
    pub(crate) fn curl(&self, arguments: &[&str]) -> String {
        let authority = self.balancers[EXTERNAL_1].site.path("fullchain.pem");
        let resolve = format!("{NAME}:443:{PUBLIC_4}");
        let mut all = vec!["--silent", "--show-error", "--max-time", "20"];
        all.extend([
            "--cacert",
            authority.to_str().unwrap(),
            "--resolve",
            &resolve,
        ]);
        all.extend(arguments);
        self.client_machine.run("curl", &all)
    }

    fn start(&mut self, origins: Origins) {
        for origin in &mut self.origins {
            origin.start(origins);
        }
        for balancer in &mut self.balancers {
            balancer.start_nginx();
        }
        for origin in &self.origins {
            origin.wait_until_it_listens();
        }
        for balancer in &mut self.balancers {
            balancer.wait_until_it_listens();
            balancer.start();
        }
        // Ranks change until every check has passed once.
        for balancer in &self.balancers {
            eventually("a balancer reaches its upstreams", || {
                balancer.log().contains("(upstream_answers) succeeded")
            });
        }
        eventually("the first external has the address", || {
            self.holder() == Some(EXTERNAL_1)
        });
        self.wait_until_answered();
    }
}

fn start_redis(machine: &Machine, folder: &Path) -> Running {
    let (address, port) = REDIS.split_once(':').unwrap();
    let mut command = machine.command("redis-server");
    command
        .args(["--bind", address, "--port", port])
        .args(["--protected-mode", "no", "--save", ""])
        .arg("--dir")
        .arg(folder);
    let redis = Running::start(command, &folder.join("redis.log"));
    let address = REDIS.parse().unwrap();
    machine.within(|| {
        eventually("Redis listens", || {
            TcpStream::connect_timeout(&address, PATIENCE).is_ok()
        })
    });
    redis
}

impl Drop for Edge {
    /// Says what the balancers had to say, where a test fails.
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        for balancer in &self.balancers {
            let (log, errors) = (balancer.log(), balancer.error_log());
            eprintln!("{}:\n{log}\n{errors}", balancer.machine.name());
        }
    }
}
