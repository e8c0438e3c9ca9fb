//! Two externals, two internals, two origins, a host of sources and a client.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use super::site::{self, NAME};
use super::{Certificate, Client, Machine, Network, PATIENCE, Recorder, Running, Site, eventually};

/// The public addresses, as the committed files have them.
pub(crate) const PUBLIC_4: &str = "203.0.113.10";
pub(crate) const PUBLIC_6: &str = "2001:db8:1::10";

/// The files that hold the numbers of Keepalived's processes, by the options that name them.
const NUMBERS: [&str; 3] = ["pid", "vrrp_pid", "checkers_pid"];

/// The balancers in the order in which they have the address, and what their addresses end with.
const BALANCERS: [(&str, &str); 4] = [
    ("external-1", "1"),
    ("external-2", "2"),
    ("internal-1", "11"),
    ("internal-2", "12"),
];

/// Where sources are.
const SOURCES: &str = "10.0.0.30";

/// What stands behind the internals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    /// The program.
    Inkfish,
    /// Servers that keep what they are asked for.
    Recorders,
}

/// The machine of a balancer, and what runs there.
pub(crate) struct Balancer {
    pub(crate) machine: Machine,
    pub(crate) site: Site,
    nginx: Option<Running>,
    keepalived: Option<Running>,
}

impl Balancer {
    /// Whether it has the public address, of either family.
    pub(crate) fn has_address(&self) -> bool {
        self.keepalived.is_some() && self.machine.has(PUBLIC_4)
    }

    /// Ends everything that runs here, as if the machine had lost its power.
    pub(crate) fn kill(&mut self) {
        drop(self.keepalived.take());
        drop(self.nginx.take());
    }

    /// Ends its Nginx alone.
    pub(crate) fn kill_nginx(&mut self) {
        self.nginx.take().unwrap().kill();
    }

    /// Has its Nginx answer what it has in hand and end.
    pub(crate) fn drain_nginx(&mut self) {
        self.nginx.take().unwrap().terminate(Signal::QUIT);
    }

    /// Starts what does not run.
    pub(crate) fn start(&mut self) {
        if self.nginx.is_none() {
            self.nginx = Some(self.start_nginx());
        }
        if self.keepalived.is_none() {
            self.keepalived = Some(self.start_keepalived());
        }
    }

    /// Stops or continues everything that runs here.
    pub(crate) fn signal_all(&self, signal: Signal) {
        for running in [&self.nginx, &self.keepalived].into_iter().flatten() {
            running.signal_all(signal);
        }
    }

    /// Loses adverts that come in and go out, and nothing else.
    pub(crate) fn lose_adverts(&self) {
        let rules = "table inet deaf {\n\
             chain in { type filter hook input priority 0; meta l4proto vrrp drop; }\n\
             chain out { type filter hook output priority 0; meta l4proto vrrp drop; }\n\
             }";
        self.machine.run("nft", &[rules]);
    }

    /// Ends that.
    pub(crate) fn hear_adverts(&self) {
        self.machine.run("nft", &["delete table inet deaf"]);
    }

    /// Has its Nginx read its files again, and waits until it has.
    pub(crate) fn reload(&self) {
        let nginx = self.nginx.as_ref().unwrap();
        let before = nginx.workers();
        nginx.signal(Signal::HUP);
        eventually("new workers are there", || {
            let now = nginx.workers();
            !now.is_empty() && now.iter().all(|worker| !before.contains(worker))
        });
    }

    /// What Keepalived has written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.site.path("keepalived.log")).unwrap_or_default()
    }

    /// Takes away what a machine does not have when it starts.
    fn forget(&self) {
        self.machine.forget(&[PUBLIC_4, PUBLIC_6]);
        for name in NUMBERS {
            // It may have ended in order.
            let _ = fs::remove_file(self.site.path(name));
        }
    }

    fn kind(&self) -> &str {
        self.machine.name().split('-').next().unwrap()
    }

    fn start_nginx(&self) -> Running {
        let mut command = self.machine.command("nginx");
        command
            .arg("-c")
            .arg(self.site.path(&format!("nginx/{}.conf", self.kind())))
            .arg("-g")
            .arg(format!(
                "daemon off; pid {};",
                self.site.path("nginx.pid").display()
            ));
        Running::start(command, &self.site.path("nginx.log"))
    }

    fn start_keepalived(&self) -> Running {
        let mut command = self.machine.command("keepalived");
        command
            .args(["--dont-fork", "--log-console", "--vrrp"])
            .args(["--config-id", self.machine.name()])
            .arg("--use-file")
            .arg(self.site.path("keepalived/keepalived.conf"));
        for name in NUMBERS {
            command.arg(format!("--{name}")).arg(self.site.path(name));
        }
        Running::start(command, &self.site.path("keepalived.log"))
    }
}

/// The machine of an origin, and what runs there.
pub(crate) struct OriginMachine {
    pub(crate) machine: Machine,
    address: String,
    log: std::path::PathBuf,
    inkfish: Option<Running>,
    recorder: Option<Recorder>,
}

impl OriginMachine {
    fn new(network: &Network, number: u8, folder: &TempDir) -> Self {
        let address = format!("10.0.0.{}", 20 + number);
        let name = format!("origin-{number}");
        Self {
            machine: network.machine(&name, &[&format!("{address}/24")]),
            address,
            log: folder.path().join(format!("{name}.log")),
            inkfish: None,
            recorder: None,
        }
    }

    /// Its address and port.
    pub(crate) fn address(&self) -> String {
        format!("{}:8080", self.address)
    }

    pub(crate) fn start(&mut self, origins: Origins) {
        match origins {
            Origins::Inkfish => self.inkfish = Some(self.start_inkfish()),
            Origins::Recorders => {
                self.recorder = Some(Recorder::start(&self.machine, &self.address()));
            }
        }
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        self.inkfish.take().unwrap().kill();
    }

    /// Has it answer what it has in hand and end.
    pub(crate) fn drain(&mut self) {
        self.inkfish.take().unwrap().terminate(Signal::TERM);
    }

    /// Waits until it accepts connections.
    pub(crate) fn wait_until_it_listens(&self) {
        let address = self.address().parse().unwrap();
        self.machine.within(|| {
            eventually("an origin listens", || {
                std::net::TcpStream::connect_timeout(&address, PATIENCE).is_ok()
            })
        });
    }

    fn take_requests(&self) -> Vec<Vec<String>> {
        self.recorder.as_ref().unwrap().take()
    }

    fn start_inkfish(&self) -> Running {
        let mut command = self.machine.command(env!("CARGO_BIN_EXE_inkfish"));
        command
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("INKFISH_BIND", self.address())
            .env("INKFISH_ADMIN_BIND", "127.0.0.1:8081")
            .env("INKFISH_ALLOW_UNSIGNED", "true")
            .env("INKFISH_ALLOW_PRIVATE_SOURCE_ADDRESSES", "true")
            .env("INKFISH_REFINE", "off")
            .env("INKFISH_WORKERS", "1")
            .env("INKFISH_SERVER_THREADS", "1")
            .env("INKFISH_ACCESS_LOG", "false");
        Running::start(command, &self.log)
    }
}

/// All of it; it ends when this is dropped.
pub(crate) struct Edge {
    // In the order in which they may go.
    pub(crate) balancers: [Balancer; 4],
    pub(crate) origins: [OriginMachine; 2],
    pub(crate) client_machine: Machine,
    pub(crate) certificate: Certificate,
    _sources: Recorder,
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
        let sources = Recorder::start(
            &network.hub(&[&format!("{SOURCES}/24")]),
            &format!("{SOURCES}:80"),
        );
        let mut edge = Self {
            balancers: BALANCERS
                .map(|balancer| new_balancer(&network, balancer, &folder, &certificate)),
            origins: [1, 2].map(|number| OriginMachine::new(&network, number, &folder)),
            client_machine: network.machine("client", &["203.0.113.200/24", "2001:db8:1::200/64"]),
            certificate,
            _sources: sources,
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

    /// What the origins were asked for since the last time, checks of balancers left out: the lines of each head.
    pub(crate) fn take_requests(&self) -> Vec<Vec<String>> {
        let all = self.origins.iter().flat_map(OriginMachine::take_requests);
        all.filter(|head| !head[0].contains(" /health ")).collect()
    }

    /// The path of a picture in one of many sizes, and of one of many sources.
    pub(crate) fn path(&self, source: u32, width: u32) -> String {
        format!("/_/rs:fit:{width}:{width}/plain/http://{SOURCES}/pictures/{source}.jpg")
    }

    /// What `curl` says on the client's machine, of the public name.
    pub(crate) fn curl(&self, arguments: &[&str]) -> String {
        let authority = self.balancers[0].site.path("fullchain.pem");
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
            balancer.start();
        }
        for origin in &self.origins {
            origin.wait_until_it_listens();
        }
        eventually("the first external has the address", || {
            self.holder() == Some(0)
        });
        self.wait_until_answered();
    }
}

impl Drop for Edge {
    /// Says what the balancers had to say, where a test fails.
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        for balancer in &self.balancers {
            eprintln!("{}:\n{}", balancer.machine.name(), balancer.log());
        }
    }
}

fn new_balancer(
    network: &Network,
    (name, end): (&str, &str),
    folder: &TempDir,
    certificate: &Certificate,
) -> Balancer {
    let addresses = [
        format!("203.0.113.{end}/24"),
        format!("10.0.0.{end}/24"),
        format!("2001:db8:1::{end}/64"),
    ];
    let here = folder.path().join(name);
    fs::create_dir(&here).unwrap();
    let machine = network.machine(name, &addresses.each_ref().map(String::as_str));
    let site = Site::copy(&here, certificate);
    let path = |file| site.path(file).to_str().unwrap().to_owned();
    machine.run("sysctl", &["--load", &path("nginx/sysctl.conf")]);
    machine.run("nft", &["--file", &path("keepalived/firewall.nft")]);
    Balancer {
        machine,
        site,
        nginx: None,
        keepalived: None,
    }
}
