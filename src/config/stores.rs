//! Object stores, and what passes between clients and sources.

use url::Url;

use super::fault::Fault;
use super::gather::Settings;
use super::kind::{Value, is_header_name, is_printable};
use crate::source::{
    Addressing, Cookies, Credentials, Passthrough, Secret, StoreConfig, StoreKind,
};

impl Settings {
    /// The stores of a file come first, so that one that lists a bucket goes before the one that takes all.
    pub(super) fn stores(&self, faults: &mut Vec<Fault>) -> Vec<StoreConfig> {
        let mut stores = self.listed_stores(faults);
        let plain = [
            self.flag("USE_S3").then(|| self.s3(faults)),
            self.flag("USE_GCS").then(|| self.gcs(faults)),
            self.flag("USE_ABS").then(|| self.azure(faults)),
        ];
        stores.extend(plain.into_iter().flatten());
        stores
    }

    /// Each with credentials of its own.
    fn listed_stores(&self, faults: &mut Vec<Fault>) -> Vec<StoreConfig> {
        let Some(path) = self.path("OBJECT_STORES_PATH") else {
            return Vec::new();
        };
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let stores = text.and_then(|text| StoreConfig::parse_list(&text));
        stores.unwrap_or_else(|problem| {
            let path = path.display();
            faults.push(Fault::new(format!(
                "INKFISH_OBJECT_STORES_PATH: {path}: {problem}"
            )));
            Vec::new()
        })
    }

    fn s3(&self, faults: &mut Vec<Fault>) -> StoreConfig {
        let addressing = if self.flag("S3_ENDPOINT_USE_PATH_STYLE") {
            Addressing::Path
        } else {
            Addressing::VirtualHost
        };
        let kind = StoreKind::S3 {
            region: self.text("S3_REGION"),
            addressing,
            credentials: Credentials::Environment,
        };
        self.store("S3", kind, faults)
    }

    fn gcs(&self, faults: &mut Vec<Fault>) -> StoreConfig {
        let credentials = self.credentials("GCS_KEY");
        self.store("GCS", StoreKind::Gcs { credentials }, faults)
    }

    fn azure(&self, faults: &mut Vec<Fault>) -> StoreConfig {
        if !self.is_set("ABS_NAME") {
            faults.push(Fault::new(
                "INKFISH_ABS_NAME: expected the storage account, as INKFISH_USE_ABS is true",
            ));
        }
        let kind = StoreKind::Azure {
            account: self.text("ABS_NAME").unwrap_or_default(),
            credentials: self.credentials("ABS_KEY"),
        };
        self.store("ABS", kind, faults)
    }

    fn credentials(&self, name: &str) -> Credentials<Secret> {
        match self.text(name) {
            Some(key) => Credentials::Key(Secret::new(key)),
            None => Credentials::Environment,
        }
    }

    /// What is said of every kind of store, by the prefix of its settings.
    fn store(&self, prefix: &str, kind: StoreKind, faults: &mut Vec<Fault>) -> StoreConfig {
        let name = format!("{prefix}_ENDPOINT");
        let endpoint = self.text(&name).map(|text| Url::parse(&text));
        let endpoint = endpoint.and_then(|url| {
            let bad = |_| faults.push(Fault::new(format!("INKFISH_{name}: expected a URL")));
            url.map_err(bad).ok()
        });
        StoreConfig {
            name: prefix.to_owned(),
            kind,
            endpoint,
            allowed_buckets: self.list(&format!("{prefix}_ALLOWED_BUCKETS")),
            denied_buckets: self.list(&format!("{prefix}_DENIED_BUCKETS")),
        }
    }

    pub(super) fn passthrough(&self, faults: &mut Vec<Fault>) -> Passthrough {
        Passthrough {
            request_headers: self.list("REQUEST_HEADERS_PASSTHROUGH"),
            response_headers: Vec::new(),
            cookies: self.cookies(faults),
            custom_headers: self.headers("CUSTOM_REQUEST_HEADERS", faults),
        }
    }

    fn cookies(&self, faults: &mut Vec<Fault>) -> Cookies {
        if self.flag("COOKIE_PASSTHROUGH_ALL") {
            return Cookies::All;
        }
        if !self.flag("COOKIE_PASSTHROUGH") {
            return Cookies::Kept;
        }
        let base = self.text("COOKIE_BASE_URL").map(|text| Url::parse(&text));
        let base = base.and_then(|url| {
            let bad = |_| faults.push(Fault::new("INKFISH_COOKIE_BASE_URL: expected a URL"));
            url.map_err(bad).ok()
        });
        Cookies::Scoped { base }
    }

    /// Headers, each `Name=value`. Values may be secret, so that faults do not repeat them.
    pub(super) fn headers(&self, name: &str, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
        let separator = self.text("CUSTOM_HEADERS_SEPARATOR").unwrap_or_default();
        let lines: Vec<String> = match self.value(name) {
            Value::Text(text) => text.split(&separator).map(str::to_owned).collect(),
            _ => self.list(name),
        };
        let mut headers = Vec::new();
        for line in lines.iter().map(|line| line.trim()) {
            match header(line) {
                _ if line.is_empty() => {}
                Some(header) => headers.push(header),
                None => faults.push(Fault::new(format!(
                    "INKFISH_{name}: expected headers of the form `Name=value`, got something else from {}",
                    self.entry(name).origin
                ))),
            }
        }
        headers
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (is_header_name(name) && is_printable(value)).then(|| (name.to_owned(), value.to_owned()))
}
