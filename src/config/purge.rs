//! Purging: who may, who is told, and how answers are named.

use super::fault::Fault;
use super::gather::Settings;
use crate::purge::{Hook, MAX_KEYS, SurrogateConfig, SurrogateKind};

/// Shortest token, in characters.
const SHORTEST_TOKEN: usize = 16;

/// Purging.
///
/// It has no `Debug`, because it holds secrets.
#[derive(Clone)]
pub struct PurgeSettings {
    /// The bearer token of orders; `None` refuses them.
    pub token: Option<String>,
    /// The Redis that nodes share, and the key of its stream.
    pub redis: Option<(String, String)>,
    /// Whether the folder is passed by while purges of other nodes may be missed.
    pub strict: bool,
    /// Who is told.
    pub hooks: Vec<Hook>,
    /// What hooks in JSON are authorized by.
    pub hooks_authorization: Option<String>,
    /// Which surrogate keys answers carry; prefixes are as they were written.
    pub surrogates: SurrogateConfig,
}

impl Settings {
    pub(super) fn purge(&self, faults: &mut Vec<Fault>) -> PurgeSettings {
        let stream = self.text("PURGE_STREAM").unwrap_or_default();
        PurgeSettings {
            token: self.purge_token(faults),
            redis: self.text("REDIS_URL").map(|url| (url, stream)),
            strict: self.flag("PURGE_STRICT"),
            hooks: self.hooks(faults),
            hooks_authorization: self.text("PURGE_HOOKS_AUTHORIZATION"),
            surrogates: self.surrogates(faults),
        }
    }

    fn purge_token(&self, faults: &mut Vec<Fault>) -> Option<String> {
        let token = self.text("PURGE_TOKEN")?;
        if token.len() < SHORTEST_TOKEN {
            faults.push(Fault::new(format!(
                "INKFISH_PURGE_TOKEN: expected {SHORTEST_TOKEN} characters or more, got fewer from {}",
                self.entry("PURGE_TOKEN").origin
            )));
        }
        Some(token)
    }

    fn hooks(&self, faults: &mut Vec<Fault>) -> Vec<Hook> {
        const NAME: &str = "PURGE_HOOKS";
        let mut hooks = Vec::new();
        for text in self.list(NAME) {
            match Hook::parse(&text) {
                Some(hook) => hooks.push(hook),
                None => faults.push(Fault::new(format!(
                    "INKFISH_{NAME}: expected `xkey=URL`, `path=URL` or `json=URL`, without user and password, got \
                     something else from {}",
                    self.entry(NAME).origin
                ))),
            }
        }
        hooks
    }

    fn surrogates(&self, faults: &mut Vec<Fault>) -> SurrogateConfig {
        const NAME: &str = "SURROGATE_KEYS";
        let names = self.list(NAME);
        let mut kinds = Vec::new();
        for name in names.iter().filter(|name| *name != "none") {
            match SurrogateKind::from_name(name) {
                Some(kind) => kinds.push(kind),
                None => faults.push(Fault::new(format!(
                    "INKFISH_{NAME}: expected `source`, `url`, `variant`, `host`, `all` or `none`, got {name:?} from {}",
                    self.entry(NAME).origin
                ))),
            }
        }
        let prefixes = self.list("SURROGATE_PREFIXES");
        if kinds.len() + usize::from(!prefixes.is_empty()) > MAX_KEYS {
            faults.push(Fault::new(format!(
                "INKFISH_{NAME}: expected at most {MAX_KEYS} keys an answer, that of INKFISH_SURROGATE_PREFIXES \
                 among them"
            )));
        }
        SurrogateConfig { kinds, prefixes }
    }
}
