//! Varnish before an origin, with the committed files.

use std::fs;
use std::path::Path;

use super::site::{copy, replace};
use super::{Machine, Running};

/// Where it listens.
pub(crate) const PORT: u16 = 6081;

/// What each origin is told of those before them.
pub(crate) const TOLD: &[(&str, &str)] = &[
    ("INKFISH_CDN", "varnish"),
    (
        "INKFISH_PURGE_HOOKS",
        "xkey=http://10.0.0.21:6081,xkey=http://10.0.0.22:6081",
    ),
    ("INKFISH_SURROGATE_KEYS", "source,url,variant,all"),
];

/// It ends when this is dropped.
pub(crate) struct Varnish {
    /// Its address and port.
    pub(crate) address: String,
    _running: Running,
}

impl Varnish {
    /// Starts it on the machine of an origin; its files are below `folder`, which is made.
    pub(crate) fn start(machine: &Machine, ip: &str, folder: &Path) -> Self {
        let files = folder.join("vcl");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("vcl"), &files);
        let (site, host) = (files.join("site.vcl"), format!(".host = \"{ip}\";"));
        replace(&site, ".host = \"127.0.0.1\";", &host);
        replace(&site, "\"::1\";", "\"10.0.0.21\"; \"10.0.0.22\";");
        let work = folder.join("work");
        fs::create_dir(&work).unwrap();
        let address = format!("{ip}:{PORT}");
        let mut command = machine.command("varnishd");
        command
            // Who changes users is not killed with who started it.
            .args(["-F", "-j", "none", "-a", &address])
            .arg("-n")
            .arg(&work)
            .arg("-f")
            .arg(files.join("inkfish.vcl"))
            .arg("-p")
            .arg(format!("vcl_path={}", files.display()))
            .args(["-s", "malloc,16m", "-s", "Transient=malloc,16m", "-l", "8m"]);
        Self {
            address,
            _running: Running::start(command, &folder.join("log")),
        }
    }
}
