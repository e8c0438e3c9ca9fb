//! Object stores, and what passes between clients and sources.

use std::fmt;

use super::fault::Fault;
use super::gather::Settings;
use super::kind::{Value, is_header_name, is_printable};

/// Object stores that sources may come from; each is off where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// `s3://bucket/key`.
    pub s3: Option<S3Settings>,
    /// `gs://bucket/key`.
    pub gcs: Option<GcsSettings>,
    /// `abs://container/key`.
    pub azure: Option<AzureSettings>,
}

/// Amazon S3, or a store that speaks its protocol. Credentials come from the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Settings {
    /// The region that signatures name.
    pub region: Option<String>,
    /// Where the store is; `None` is Amazon.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path, and not before the host.
    pub path_style: bool,
    /// The only buckets that are read; empty for all.
    pub allowed_buckets: Vec<String>,
    /// Buckets that are not read.
    pub denied_buckets: Vec<String>,
}

/// Google Cloud Storage. Its debug text shows no key.
#[derive(Clone, PartialEq, Eq)]
pub struct GcsSettings {
    /// The JSON of a service account's key; `None` takes credentials from the environment.
    pub key: Option<String>,
    /// Where the store is; `None` is Google.
    pub endpoint: Option<String>,
    /// The only buckets that are read; empty for all.
    pub allowed_buckets: Vec<String>,
    /// Buckets that are not read.
    pub denied_buckets: Vec<String>,
}

/// Azure Blob Storage. Its debug text shows no key.
#[derive(Clone, PartialEq, Eq)]
pub struct AzureSettings {
    /// The storage account.
    pub account: String,
    /// The account's shared key, in base64; `None` takes credentials from the environment.
    pub key: Option<String>,
    /// Where the store is; `None` is Azure.
    pub endpoint: Option<String>,
    /// The only containers that are read; empty for all.
    pub allowed_buckets: Vec<String>,
    /// Containers that are not read.
    pub denied_buckets: Vec<String>,
}

/// Headers and cookies that pass between clients and sources. The default passes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassthroughSettings {
    /// Names of request headers that sources see too.
    pub request_headers: Vec<String>,
    /// Names of the source's headers that clients see too.
    pub response_headers: Vec<String>,
    /// Which sources see a client's cookies.
    pub cookies: CookieSettings,
    /// Names and values that every request to a source carries.
    pub custom_request_headers: Vec<(String, String)>,
    /// Names and values that every image carries.
    pub custom_response_headers: Vec<(String, String)>,
}

/// Which sources see a client's cookies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CookieSettings {
    /// None.
    #[default]
    Kept,
    /// Those below this URL; without it those on the host that the client asked for.
    Scoped(Option<String>),
    /// All of them.
    All,
}

impl fmt::Debug for GcsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcsSettings")
            .field("endpoint", &self.endpoint)
            .field("allowed_buckets", &self.allowed_buckets)
            .field("denied_buckets", &self.denied_buckets)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AzureSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureSettings")
            .field("account", &self.account)
            .field("endpoint", &self.endpoint)
            .field("allowed_buckets", &self.allowed_buckets)
            .field("denied_buckets", &self.denied_buckets)
            .finish_non_exhaustive()
    }
}

impl Settings {
    pub(super) fn stores(&self, faults: &mut Vec<Fault>) -> StoreSettings {
        StoreSettings {
            s3: self.flag("USE_S3").then(|| self.s3()),
            gcs: self.flag("USE_GCS").then(|| self.gcs()),
            azure: self.flag("USE_ABS").then(|| self.azure(faults)),
        }
    }

    fn s3(&self) -> S3Settings {
        S3Settings {
            region: self.text("S3_REGION"),
            endpoint: self.text("S3_ENDPOINT"),
            path_style: self.flag("S3_ENDPOINT_USE_PATH_STYLE"),
            allowed_buckets: self.list("S3_ALLOWED_BUCKETS"),
            denied_buckets: self.list("S3_DENIED_BUCKETS"),
        }
    }

    fn gcs(&self) -> GcsSettings {
        GcsSettings {
            key: self.text("GCS_KEY"),
            endpoint: self.text("GCS_ENDPOINT"),
            allowed_buckets: self.list("GCS_ALLOWED_BUCKETS"),
            denied_buckets: self.list("GCS_DENIED_BUCKETS"),
        }
    }

    fn azure(&self, faults: &mut Vec<Fault>) -> AzureSettings {
        if !self.is_set("ABS_NAME") {
            faults.push(Fault::new(
                "INKFISH_ABS_NAME: expected the storage account, as INKFISH_USE_ABS is true",
            ));
        }
        AzureSettings {
            account: self.text("ABS_NAME").unwrap_or_default(),
            key: self.text("ABS_KEY"),
            endpoint: self.text("ABS_ENDPOINT"),
            allowed_buckets: self.list("ABS_ALLOWED_BUCKETS"),
            denied_buckets: self.list("ABS_DENIED_BUCKETS"),
        }
    }

    pub(super) fn passthrough(&self, faults: &mut Vec<Fault>) -> PassthroughSettings {
        PassthroughSettings {
            request_headers: self.list("REQUEST_HEADERS_PASSTHROUGH"),
            response_headers: self.list("RESPONSE_HEADERS_PASSTHROUGH"),
            cookies: self.cookies(),
            custom_request_headers: self.headers("CUSTOM_REQUEST_HEADERS", faults),
            custom_response_headers: self.headers("CUSTOM_RESPONSE_HEADERS", faults),
        }
    }

    fn cookies(&self) -> CookieSettings {
        if self.flag("COOKIE_PASSTHROUGH_ALL") {
            CookieSettings::All
        } else if self.flag("COOKIE_PASSTHROUGH") {
            CookieSettings::Scoped(self.text("COOKIE_BASE_URL"))
        } else {
            CookieSettings::Kept
        }
    }

    /// Headers, each `Name=value`. Values may be secret, so that faults do not repeat them.
    fn headers(&self, name: &str, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
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
