//! One balancer: Nginx and Keepalived on a machine.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use super::advert::PRIORITY;
use super::{Certificate, Machine, Network, Running, Site, eventually};

/// The public addresses, as the committed files have them.
pub(crate) const PUBLIC_4: &str = "203.0.113.10";
pub(crate) const PUBLIC_6: &str = "2001:db8:1::10";

/// The files that hold the numbers of Keepalived's processes, by the options that name them.
const NUMBERS: [&str; 3] = ["pid", "vrrp_pid", "checkers_pid"];

/// The machine of a balancer, and what runs there.
pub(crate) struct Balancer {
    pub(crate) machine: Machine,
    pub(crate) site: Site,
    nginx: Option<Running>,
    keepalived: Option<Running>,
}

impl Balancer {
    /// One of this name, whose addresses end with `end`; nothing runs there yet.
    pub(crate) fn new(
        network: &Network,
        (name, end): (&str, &str),
        (folder, certificate): (&Path, &Certificate),
    ) -> Self {
        let addresses = [
            format!("203.0.113.{end}/24"),
            format!("10.0.0.{end}/24"),
            format!("2001:db8:1::{end}/64"),
        ];
        let machine = network.machine(name, &addresses.each_ref().map(String::as_str));
        let site = Site::copy(&folder.join(name), certificate);
        let path = |file| site.path(file).to_str().unwrap().to_owned();
        machine.run("sysctl", &["--load", &path("nginx/sysctl.conf")]);
        machine.run("nft", &["--file", &path("keepalived/firewall.nft")]);
        Self {
            machine,
            site,
            nginx: None,
            keepalived: None,
        }
    }

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

    /// Starts its Nginx, where that does not run.
    pub(crate) fn start_nginx(&mut self) {
        if self.nginx.is_none() {
            self.nginx = Some(self.run_nginx());
        }
    }

    /// Waits until its Nginx listens, which it does before it writes its number down.
    pub(crate) fn wait_until_it_listens(&self) {
        let number = self.site.path("nginx.pid");
        eventually("Nginx listens", || number.exists());
    }

    /// Starts what does not run.
    pub(crate) fn start(&mut self) {
        self.start_nginx();
        if self.keepalived.is_none() {
            self.keepalived = Some(self.run_keepalived());
        }
    }

    /// Stops or continues everything that runs here.
    pub(crate) fn signal_all(&self, signal: Signal) {
        for running in [&self.nginx, &self.keepalived].into_iter().flatten() {
            running.signal_all(signal);
        }
    }

    /// Loses packets that come in or go out, those that match and no others.
    pub(crate) fn lose(&self, matching: &str) {
        let rules = format!(
            "table inet loss {{\n\
             chain in {{ type filter hook input priority 0; {matching} drop; }}\n\
             chain out {{ type filter hook output priority 0; {matching} drop; }}\n\
             }}"
        );
        self.machine.run("nft", &[&rules]);
    }

    /// Ends that.
    pub(crate) fn lose_nothing(&self) {
        self.machine.run("nft", &["delete table inet loss"]);
    }

    /// Counts the forged adverts that arrive from now on, before anything drops them.
    pub(crate) fn count_forged_adverts(&self) {
        let rules = format!(
            "table inet seen\n\
             delete table inet seen\n\
             table inet seen {{\n\
             chain input {{\n\
             type filter hook input priority -10;\n\
             meta l4proto vrrp @th,16,8 {PRIORITY} counter\n\
             }}\n\
             }}"
        );
        self.machine.run("nft", &[&rules]);
    }

    /// How many have arrived.
    pub(crate) fn forged_adverts(&self) -> usize {
        let told = self.machine.run("nft", &["list table inet seen"]);
        let (_, rest) = told.split_once("packets ").unwrap();
        rest.split_once(' ').unwrap().0.parse().unwrap()
    }

    /// Whether its Keepalived has read all adverts that were let in.
    pub(crate) fn has_read_adverts(&self) -> bool {
        // Sockets are listed by address and protocol, then what waits to be sent and to be read.
        let sockets = self
            .machine
            .run("cat", &["/proc/net/raw", "/proc/net/raw6"]);
        let adverts = sockets.lines().filter(|line| line.contains(":0070 "));
        let mut queues = adverts.filter_map(|line| line.split_whitespace().nth(4));
        queues.all(|queue| queue.ends_with(":00000000"))
    }

    /// Has its Keepalived give the address up and end.
    pub(crate) fn stop_keepalived(&mut self) {
        self.keepalived.take().unwrap().terminate(Signal::TERM);
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

    /// What its Nginx has logged of requests.
    pub(crate) fn access_log(&self) -> String {
        fs::read_to_string(self.site.path("inkfish.log")).unwrap_or_default()
    }

    /// How many requests the server at `address` has answered it at once.
    pub(crate) fn answers_of(&self, address: &str) -> usize {
        let field = format!("\"upstream\":\"{address}\"");
        let log = self.access_log();
        let lines = log.lines().filter(|line| line.contains(&field));
        lines.filter(|line| line.contains("\"status\":200")).count()
    }

    /// What its Nginx complains of.
    pub(crate) fn error_log(&self) -> String {
        fs::read_to_string(self.site.path("error.log")).unwrap_or_default()
    }

    /// What Keepalived has written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.site.path("keepalived.log")).unwrap_or_default()
    }

    /// Takes away what a machine does not have when it starts.
    pub(crate) fn forget(&self) {
        self.machine.forget(&[PUBLIC_4, PUBLIC_6]);
        for name in NUMBERS {
            // It may have ended in order.
            let _ = fs::remove_file(self.site.path(name));
        }
    }

    fn kind(&self) -> &str {
        self.machine.name().split('-').next().unwrap()
    }

    fn run_nginx(&self) -> Running {
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

    fn run_keepalived(&self) -> Running {
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
