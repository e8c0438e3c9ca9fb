//! Machines as network namespaces, on one switch.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// What the names of our namespaces begin with; then come the process and the network.
const PREFIX: &str = "inkfish-test";

static NETWORKS: AtomicU32 = AtomicU32::new(0);

/// A switch; it goes with everything on it when this is dropped.
pub(crate) struct Network {
    prefix: String,
}

impl Network {
    /// A switch without machines, or `None` where the system lets nobody make one, which is said.
    pub(crate) fn try_new() -> Option<Self> {
        remove_orphans();
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed);
        let network = Self {
            prefix: format!("{PREFIX}-{}-{number}", std::process::id()),
        };
        let switch = network.name_of("switch");
        let made = try_ip(&["netns", "add", &switch])
            .and_then(|_| try_ip(&["-n", &switch, "link", "add", "hub", "type", "bridge"]));
        if let Err(told) = made {
            eprintln!("skipped: no network namespace can be made here ({told})");
            return None;
        }
        network.configure("switch", "link set lo up\nlink set hub up\n");
        Some(network)
    }

    /// The machine that is the switch itself, with addresses of its own.
    pub(crate) fn hub(&self, addresses: &[&str]) -> Machine {
        self.assign("switch", "hub", addresses);
        self.named("switch")
    }

    /// A new machine, whose `eth0` has these addresses.
    pub(crate) fn machine(&self, name: &str, addresses: &[&str]) -> Machine {
        ip(&["netns", "add", &self.name_of(name)]);
        let port = format!("to-{name}");
        let other = self.name_of(name);
        self.configure(
            "switch",
            &format!(
                "link add {port} type veth peer name eth0 netns {other}\n\
                 link set {port} master hub\n\
                 link set {port} up\n"
            ),
        );
        self.configure(name, "link set lo up\nlink set eth0 up\n");
        self.assign(name, "eth0", addresses);
        self.named(name)
    }

    /// Pulls the cable of a machine.
    pub(crate) fn cut(&self, machine: &Machine) {
        self.configure("switch", &format!("link set to-{} down\n", machine.name));
    }

    /// Plugs it in again.
    pub(crate) fn mend(&self, machine: &Machine) {
        self.configure("switch", &format!("link set to-{} up\n", machine.name));
    }

    fn named(&self, name: &str) -> Machine {
        Machine {
            name: name.to_owned(),
            namespace: self.name_of(name),
        }
    }

    fn name_of(&self, machine: &str) -> String {
        format!("{}-{machine}", self.prefix)
    }

    fn assign(&self, machine: &str, interface: &str, addresses: &[&str]) {
        let lines: String = addresses
            .iter()
            .map(|address| match address.contains(':') {
                true => format!("address add {address} dev {interface} nodad\n"),
                false => format!("address add {address} dev {interface}\n"),
            })
            .collect();
        self.configure(machine, &lines);
    }

    fn configure(&self, machine: &str, lines: &str) {
        for line in lines.lines() {
            let name = self.name_of(machine);
            let mut words = vec!["-n", name.as_str()];
            words.extend(line.split_whitespace());
            ip(&words);
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        remove_namespaces(|name| name.starts_with(&format!("{}-", self.prefix)));
    }
}

/// One machine.
#[derive(Clone)]
pub(crate) struct Machine {
    name: String,
    namespace: String,
}

impl Machine {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A command that runs on it, with processes of its own, which end with the command and with this test.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--", "ip", "netns", "exec"])
            .arg(&self.namespace)
            .args(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .arg(program)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command on it to its end, and returns what it wrote.
    #[track_caller]
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {told}");
        said
    }

    /// Whether its `eth0` has an address.
    pub(crate) fn has(&self, address: &str) -> bool {
        let told = try_ip(&["-n", &self.namespace, "-oneline", "address", "show"]);
        told.is_ok_and(|told| told.contains(&format!(" {address}/")))
    }

    /// Takes addresses from its `eth0`, those that it has.
    pub(crate) fn forget(&self, addresses: &[&str]) {
        for address in addresses.iter().filter(|address| self.has(address)) {
            let prefix = if address.contains(':') { 64 } else { 24 };
            let address = format!("{address}/{prefix}");
            ip(&[
                "-n",
                &self.namespace,
                "address",
                "delete",
                &address,
                "dev",
                "eth0",
            ]);
        }
    }

    /// Does something in its network; sockets that are made so stay there.
    pub(crate) fn within<R: Send>(&self, act: impl FnOnce() -> R + Send) -> R {
        thread::scope(|scope| {
            let acting = scope.spawn(|| {
                self.enter();
                act()
            });
            acting.join().unwrap()
        })
    }

    /// Moves this thread into its network.
    pub(crate) fn enter(&self) {
        let namespace = File::open(Path::new("/run/netns").join(&self.namespace)).unwrap();
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }
}

/// Removes what runs that were killed have left.
fn remove_orphans() {
    remove_namespaces(|name| {
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_prefix('-')?.split('-').next());
        process.is_some_and(|process| !Path::new("/proc").join(process).exists())
    });
}

fn remove_namespaces(is_meant: impl Fn(&str) -> bool) {
    for entry in fs::read_dir("/run/netns").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_meant(&name) {
            // Another run may have been quicker.
            let _ = try_ip(&["netns", "delete", &name]);
        }
    }
}

#[track_caller]
fn ip(arguments: &[&str]) -> String {
    try_ip(arguments).unwrap_or_else(|told| panic!("ip {arguments:?}: {told}"))
}

/// What `ip` says, or what it complains of.
fn try_ip(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}
