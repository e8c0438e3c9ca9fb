//! One origin: Inkfish on a machine, or what stands in for it.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use super::varnish;
use super::{Head, Machine, Network, PATIENCE, Recorder, Running, Varnish, eventually};

/// Where purges travel between origins.
pub(crate) const REDIS: &str = "10.0.0.30:6379";

/// The token of purges.
pub(crate) const TOKEN: &str = "a token of the edge";

/// What stands behind the internals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origins {
    /// The program.
    Inkfish,
    /// The program, which makes images smaller behind.
    Refining,
    /// The program, and before it Varnish on the same machine.
    BehindVarnish,
    /// Servers that keep what they are asked for.
    Recorders,
}

/// The machine of an origin, and what runs there.
pub(crate) struct OriginMachine {
    pub(crate) machine: Machine,
    ip: String,
    log: PathBuf,
    /// Where its disk is mounted, which is small; nobody else sees what is on it.
    disk: PathBuf,
    inkfish: Option<Running>,
    varnish: Option<Varnish>,
    recorder: Option<Recorder>,
}

impl OriginMachine {
    pub(crate) fn new(network: &Network, number: u8, folder: &Path) -> Self {
        let ip = format!("10.0.0.{}", 20 + number);
        let name = format!("origin-{number}");
        let disk = folder.join(&name);
        fs::create_dir(&disk).unwrap();
        Self {
            machine: network.machine(&name, &[&format!("{ip}/24")]),
            ip,
            log: folder.join(format!("{name}.log")),
            disk,
            inkfish: None,
            varnish: None,
            recorder: None,
        }
    }

    /// Its address and port, as internals ask it.
    pub(crate) fn address(&self) -> String {
        match &self.varnish {
            Some(varnish) => varnish.address.clone(),
            None => self.own_address(),
        }
    }

    /// The same of the program.
    fn own_address(&self) -> String {
        format!("{}:8080", self.ip)
    }

    pub(crate) fn start(&mut self, origins: Origins) {
        match origins {
            Origins::Inkfish => self.inkfish = Some(self.start_inkfish(&[])),
            Origins::Refining => {
                self.inkfish = Some(self.start_inkfish(&[("INKFISH_REFINE", "on")]));
            }
            Origins::BehindVarnish => {
                self.inkfish = Some(self.start_inkfish(varnish::TOLD));
                let folder = self.log.with_extension("varnish");
                self.varnish = Some(Varnish::start(&self.machine, &self.ip, &folder));
            }
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
                TcpStream::connect_timeout(&address, PATIENCE).is_ok()
            })
        });
    }

    /// Writes to its disk until nothing more fits on it.
    pub(crate) fn fill_disk(&self) {
        let program = self.inkfish.as_ref().unwrap().program();
        let root = format!("/proc/{}/root", program.as_raw_nonzero());
        let disk = Path::new(&root).join(self.disk.strip_prefix("/").unwrap());
        let mut ballast = File::create(disk.join("ballast")).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    /// Connections that its kernel dropped before they were accepted.
    pub(crate) fn dropped_connections(&self) -> String {
        let arguments = ["--zeros", "--ignore", "TcpExtListenDrops"];
        let table = self.machine.run("nstat", &arguments);
        let mut words = table.split_whitespace();
        words.find(|word| *word == "TcpExtListenDrops");
        words.next().unwrap().to_owned()
    }

    /// The value of a header that it answers to whoever asks it alone, with a header of their own.
    pub(crate) fn answers(&self, path: &str, (name, asked): (&str, &str)) -> Option<String> {
        let url = format!("http://{}{path}", self.address());
        let mut arguments = vec!["--silent", "--dump-header", "-", "--output", "/dev/null"];
        arguments.extend(["--header", asked, &url]);
        let head = self.machine.run("curl", &arguments);
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    }

    /// What its admin address says.
    pub(crate) fn admin(&self, path: &str) -> String {
        let url = format!("http://127.0.0.1:8081{path}");
        self.machine.run("curl", &["--silent", &url])
    }

    /// What it was asked for since the last time.
    pub(crate) fn take_requests(&self) -> Vec<Head> {
        self.recorder.as_ref().unwrap().take()
    }

    fn start_inkfish(&self, settings: &[(&str, &str)]) -> Running {
        let mut command = self.machine.command("sh");
        command
            .args([
                "-c",
                "mount -t tmpfs -o size=4m none \"$1\" && exec \"$0\" serve",
            ])
            .arg(env!("CARGO_BIN_EXE_inkfish"))
            .arg(&self.disk)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("INKFISH_BIND", self.own_address())
            .env("INKFISH_ADMIN_BIND", "127.0.0.1:8081")
            .env("INKFISH_ALLOW_UNSIGNED", "true")
            .env("INKFISH_ALLOW_PRIVATE_SOURCE_ADDRESSES", "true")
            .env("INKFISH_CACHE_DIR", &self.disk)
            .env("INKFISH_PURGE_TOKEN", TOKEN)
            .env("INKFISH_REDIS_URL", format!("redis://{REDIS}/0"))
            .env("INKFISH_AUTO_AVIF", "true")
            .env("INKFISH_AUTO_WEBP", "true")
            // A source may be held back for as long as anybody waits.
            .env("INKFISH_FIRST_BYTE_TIMEOUT", "60")
            .env("INKFISH_DOWNLOAD_TIMEOUT", "60")
            .env("INKFISH_REFINE", "off")
            .env("INKFISH_REFINE_MIN_BYTES", "0")
            .env("INKFISH_WORKERS", "1")
            .env("INKFISH_SERVER_THREADS", "1")
            .env("INKFISH_ACCESS_LOG", "false")
            .envs(settings.iter().copied());
        Running::start(command, &self.log)
    }
}
