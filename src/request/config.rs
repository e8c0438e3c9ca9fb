//! How requests are read, as the operator sets it.

use std::fmt;

use super::signature::{FULL_SIZE, KeyPair};
use super::source_url::QUERY_SEPARATOR;

/// How requests are read. Its debug text shows no secret.
#[derive(Clone)]
pub struct Config {
    /// Keys and salts; a signature of any pair is valid. Empty only with `allow_unsigned`.
    pub keys: Vec<KeyPair>,
    /// Bytes of a signature before base64, 1..=32; default 32.
    pub signature_size: usize,
    /// Texts that stand for a valid signature of any path; default none.
    pub trusted_signatures: Vec<String>,
    /// Whether URLs need no signature; default no. Excludes keys.
    pub allow_unsigned: bool,
    /// What every path begins with, before the signature and not signed; default nothing.
    pub path_prefix: String,
    /// What stands between the name of an option and each of its arguments; default `:`.
    pub arguments_separator: String,
    /// Definitions of presets, `name=option:argument/option:argument`; blank ones and `#` comments are skipped.
    pub presets: Vec<String>,
    /// Whether a URL names presets and nothing else in the place of its options; default no.
    pub only_presets: bool,
    /// Key of encrypted sources, 16, 24 or 32 bytes; default none, which refuses them. Needs `keys`.
    pub encryption_key: Option<Vec<u8>>,
    /// Names of options, as spelled, that URLs may use; default empty, which allows all.
    pub allowed_options: Vec<String>,
    /// The same for URLs of `/info`.
    pub allowed_info_options: Vec<String>,
    /// Presets of `/info`, as `presets`.
    pub info_presets: Vec<String>,
    /// Whether a URL of `/info` names presets and nothing else in the place of its options; default no.
    pub info_only_presets: bool,
    /// Whether URLs may set other limits than the settings'; default no.
    pub allow_security_options: bool,
    /// Whether URLs may pass the cache by; default no.
    pub allow_bypass_cache: bool,
    /// The most pipelines that may follow the first; default 8.
    pub max_chained_pipelines: usize,
    /// Whether Content-Disposition says attachment where the URL says nothing; default no.
    pub return_attachment: bool,
    /// Beginnings of sources and what takes their place, `pattern=replacement`, applied in order; `*` is any text
    /// without `/`, and `${1}` is what the first of them stood for.
    pub url_replacements: Vec<String>,
    /// What is put before a source that does not begin with it; default nothing.
    pub base_url: String,
    /// What ends the key of an object and the path of a local file; default `?`, and blank ends none.
    pub source_url_query_separator: String,
    /// Whether the last segment of a base64 or encrypted source is a name without meaning; default no.
    pub base64_url_includes_filename: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            signature_size: FULL_SIZE,
            trusted_signatures: Vec::new(),
            allow_unsigned: false,
            path_prefix: String::new(),
            arguments_separator: ":".to_owned(),
            presets: Vec::new(),
            only_presets: false,
            encryption_key: None,
            allowed_options: Vec::new(),
            allowed_info_options: Vec::new(),
            info_presets: Vec::new(),
            info_only_presets: false,
            allow_security_options: false,
            allow_bypass_cache: false,
            max_chained_pipelines: 8,
            return_attachment: false,
            url_replacements: Vec::new(),
            base_url: String::new(),
            source_url_query_separator: QUERY_SEPARATOR.to_owned(),
            base64_url_includes_filename: false,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keys", &self.keys)
            .field("signature_size", &self.signature_size)
            .field("allow_unsigned", &self.allow_unsigned)
            .field("path_prefix", &self.path_prefix)
            .field("arguments_separator", &self.arguments_separator)
            .field("presets", &self.presets)
            .field("only_presets", &self.only_presets)
            .field("allowed_options", &self.allowed_options)
            .field("allowed_info_options", &self.allowed_info_options)
            .field("info_presets", &self.info_presets)
            .field("info_only_presets", &self.info_only_presets)
            .field("allow_security_options", &self.allow_security_options)
            .field("allow_bypass_cache", &self.allow_bypass_cache)
            .field("max_chained_pipelines", &self.max_chained_pipelines)
            .field("return_attachment", &self.return_attachment)
            .field("url_replacements", &self.url_replacements)
            .field("base_url", &self.base_url)
            .field(
                "source_url_query_separator",
                &self.source_url_query_separator,
            )
            .finish_non_exhaustive()
    }
}

/// Something wrong in a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting, by its name without the prefix of the environment: `SIGNATURE_SIZE`.
    pub setting: &'static str,
    /// What is wrong, without a secret.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.reason)
    }
}
