//! Azurite, the emulator of Azure Blob Storage, as a child process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::Connection;

/// Runs the emulator until its standard input ends, as it does with the process that holds the other end.
const PROGRAM: &str = "process.stdin.on('end', () => process.exit()).resume(); \
                       require('azurite/dist/src/blob/main.js')";

const API_VERSION: &str = "2021-08-06";

/// The emulator of this process: one for all tests.
pub(crate) struct Azurite {
    address: SocketAddr,
    /// Holds the other end of its standard input.
    _child: Child,
}

impl Azurite {
    /// The account and its key that every installation has.
    pub(crate) const ACCOUNT: &str = "devstoreaccount1";
    pub(crate) const KEY: &str =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// The emulator, started at its first use.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<Azurite> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    /// Where the account lies.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", self.address, Self::ACCOUNT)
    }

    pub(crate) fn create_container(&self, name: &str) {
        let canonical = format!("/{0}/{0}/{name}\nrestype:container", Self::ACCOUNT);
        let target = format!("/{}/{name}?restype=container", Self::ACCOUNT);
        self.put_request((&target, &canonical), &[], &[]);
    }

    /// Stores a blob.
    pub(crate) fn put(&self, container: &str, name: &str, bytes: &[u8]) {
        let canonical = format!("/{0}/{0}/{container}/{name}", Self::ACCOUNT);
        let target = format!("/{}/{container}/{name}", Self::ACCOUNT);
        let kind = [("x-ms-blob-type", "BlockBlob")];
        self.put_request((&target, &canonical), &kind, bytes);
    }

    fn start() -> Self {
        let folder = folder();
        let mut child = Command::new("node")
            .args(["-e", PROGRAM, "azurite-blob", "--blobPort", "0"])
            .args([
                "--inMemoryPersistence",
                "--disableTelemetry",
                "--silent",
                "false",
            ])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs");
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, address) = line.split_once("listens on http://")?;
            address.trim().parse().ok()
        });
        // Its log is read on, or it would end with a broken pipe.
        thread::spawn(move || lines.for_each(drop));
        Self {
            address: address.expect("Azurite says where it listens"),
            _child: child,
        }
    }

    /// A PUT that the account's key signs.
    fn put_request(
        &self,
        (target, canonical): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let length = body.len().to_string();
        let mut ours = headers.to_vec();
        ours.extend([("x-ms-date", date.as_str()), ("x-ms-version", API_VERSION)]);
        let canonical_headers: String = ours
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let signed_length = if body.is_empty() { "" } else { &length };
        let text =
            format!("PUT\n\n\n{signed_length}\n\n\n\n\n\n\n\n\n{canonical_headers}{canonical}");
        let authorization = format!("SharedKey {}:{}", Self::ACCOUNT, signature(&text));
        ours.extend([
            ("authorization", authorization.as_str()),
            ("content-length", &length),
        ]);
        let mut request = format!("PUT {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for (name, value) in ours {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut connection = Connection::open(self.address);
        connection.send(&[request.as_bytes(), b"\r\n", body].concat());
        let reply = connection.read_reply(true);
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
}

fn signature(text: &str) -> String {
    let key = BASE64_STANDARD.decode(Azurite::KEY).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Where `make test` installs it: beside the builds.
fn folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_inkfish"));
    let target = program.parent().and_then(Path::parent).unwrap();
    let folder = target.join("azurite");
    assert!(
        folder.join("node_modules/azurite").is_dir(),
        "Azurite is not installed in {}: `make test` does it",
        folder.display()
    );
    folder
}
