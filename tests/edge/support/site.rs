//! The committed files as one machine has them: only the places of certificates, logs and scripts are ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::varnish::PORT;

/// The name that clients ask for.
pub(crate) const NAME: &str = "img.example";

/// The seconds for which a machine must have been well before it takes the address back.
pub(crate) const GIVE_BACK_AFTER: &str = "1";

/// A certificate of [`NAME`], made for one test.
#[derive(Clone)]
pub(crate) struct Certificate(Arc<CertifiedKey<KeyPair>>);

impl Certificate {
    pub(crate) fn make() -> Self {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        Self(Arc::new(made))
    }

    /// As clients are given it, who trust no other.
    pub(crate) fn trusted(&self) -> CertificateDer<'static> {
        self.0.cert.der().clone()
    }

    /// The same as a file.
    pub(crate) fn pem(&self) -> String {
        self.0.cert.pem()
    }
}

/// A folder that is readable to servers' unprivileged processes, and writable to root alone.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The files of one machine.
pub(crate) struct Site {
    folder: PathBuf,
}

impl Site {
    /// Copies the files below `folder`, which is made.
    pub(crate) fn copy(folder: &Path, certificate: &Certificate) -> Self {
        let site = Self {
            folder: folder.to_owned(),
        };
        for part in ["nginx", "keepalived"] {
            copy(
                &Path::new(env!("CARGO_MANIFEST_DIR")).join(part),
                &folder.join(part),
            );
        }
        let key = certificate.0.signing_key.serialize_pem();
        fs::write(site.path("fullchain.pem"), certificate.pem()).unwrap();
        fs::write(site.path("privkey.pem"), key).unwrap();
        site.settle();
        site
    }

    /// A file of this machine.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Puts `new` in the place of `old`, which the file has.
    pub(crate) fn replace(&self, file: &str, old: &str, new: &str) {
        replace(&self.path(file), old, new);
    }

    /// Lets the client's machine purge.
    pub(crate) fn trust_client(&self) {
        self.replace("nginx/site.conf", "10.0.0.0/24 1;", "203.0.113.200/32 1;");
    }

    /// Has Varnish asked on the machines of the origins.
    pub(crate) fn ask_varnish(&self) {
        for origin in ["10.0.0.21", "10.0.0.22"] {
            let (inkfish, varnish) = (format!("{origin}:8080"), format!("{origin}:{PORT}"));
            self.replace("nginx/site.conf", &inkfish, &varnish);
        }
    }

    /// Switches an optional file of Nginx on.
    pub(crate) fn switch_on(&self, name: &str) {
        let of = |folder: &str| self.path(&format!("nginx/{folder}/{name}.conf"));
        fs::copy(of("optional"), of("enabled")).unwrap();
    }

    fn settle(&self) {
        let here = self.folder.to_str().unwrap();
        self.replace("nginx/site.conf", "/etc/inkfish/tls", here);
        self.replace("nginx/site.conf", "/var/log/nginx", here);
        // What is logged is read at once.
        self.replace("nginx/site.conf", " buffer=64k flush=1s", "");
        self.replace("nginx/optional/edge-cache.conf", "/var/cache/nginx", here);
        let (site, scripts) = ("keepalived/site.conf", format!("{here}/keepalived"));
        self.replace(site, "/etc/keepalived", &scripts);
        let ours = format!("$GIVE_BACK_AFTER={GIVE_BACK_AFTER}");
        self.replace(site, "$GIVE_BACK_AFTER=10", &ours);
        // Namespaces are a container.
        self.replace(site, "$WATCH=nginx_runs", "$WATCH=");
    }
}

/// Puts `new` in the place of `old`, which the file has.
pub(super) fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{} has {old:?}", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}

/// Copies the files below a folder to another one, which is made.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}
