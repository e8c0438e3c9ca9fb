//! What several settings must keep to together.

use super::Config;
use super::fault::Fault;
use super::gather::Settings;
use super::kind::Listen;
use crate::purge;
use crate::request::Parser;
use crate::source::AllowedSources;

/// What decides whether URLs are signed and how; judged here, where it is known who said what.
const SIGNING: [&str; 4] = ["KEY", "SALT", "ALLOW_UNSIGNED", "SOURCE_URL_ENCRYPTION_KEY"];

impl Settings {
    /// Adds what is wrong between settings, and what the modules that they are for refuse, to `faults`.
    pub(super) fn check(&self, config: &Config, faults: &mut Vec<Fault>) {
        self.check_signing(faults);
        self.check_sizes(faults);
        self.check_listeners(faults);
        self.check_fallback(faults);
        check_urls(config, faults);
        check_sources(config, faults);
        check_prefixes(config, faults);
    }

    fn check_signing(&self, faults: &mut Vec<Fault>) {
        if SIGNING.iter().any(|name| self.entry(name).faulty) {
            return;
        }
        let (keys, salts) = (self.hex_list("KEY").len(), self.hex_list("SALT").len());
        let signed = keys > 0 || salts > 0;
        let mut refuse = |sentence: &str| faults.push(Fault::new(sentence));
        if keys != salts {
            refuse(&format!(
                "INKFISH_KEY and INKFISH_SALT: expected as many salts as keys, got {salts} and {keys}"
            ));
        }
        match (signed, self.flag("ALLOW_UNSIGNED")) {
            (false, false) => refuse(
                "INKFISH_KEY and INKFISH_SALT: they are unset; set both, or INKFISH_ALLOW_UNSIGNED=true to \
                 serve every URL",
            ),
            (true, true) => refuse(
                "INKFISH_ALLOW_UNSIGNED: it is true while INKFISH_KEY or INKFISH_SALT is set; unset one or \
                 the other",
            ),
            _ => {}
        }
        if !signed && self.is_set("SOURCE_URL_ENCRYPTION_KEY") {
            refuse(
                "INKFISH_SOURCE_URL_ENCRYPTION_KEY: encrypted sources need INKFISH_KEY and INKFISH_SALT, \
                 without which they can be guessed byte by byte",
            );
        }
    }

    fn check_sizes(&self, faults: &mut Vec<Fault>) {
        let largest = self.number("MAX_SRC_FILE_SIZE");
        let budget = self.number("TRANSFER_MEMORY_BYTES");
        if largest > budget {
            faults.push(Fault::new(format!(
                "INKFISH_MAX_SRC_FILE_SIZE: expected at most INKFISH_TRANSFER_MEMORY_BYTES, {budget}, \
                 got {largest} from {}",
                self.entry("MAX_SRC_FILE_SIZE").origin
            )));
        }
    }

    fn check_fallback(&self, faults: &mut Vec<Fault>) {
        const NAME: &str = "FALLBACK_IMAGE_HTTP_CODE";
        let code = self.number(NAME);
        if (1..100).contains(&code) {
            faults.push(Fault::new(format!(
                "INKFISH_{NAME}: expected 0 or a status from 100 to 599, got {code} from {}",
                self.entry(NAME).origin
            )));
        }
    }

    fn check_listeners(&self, faults: &mut Vec<Fault>) {
        if clash(self.address("BIND"), self.address("ADMIN_BIND")) {
            faults.push(Fault::new(format!(
                "INKFISH_ADMIN_BIND: expected another address or port than INKFISH_BIND, got the same from {}",
                self.entry("ADMIN_BIND").origin
            )));
        }
    }
}

fn check_urls(config: &Config, faults: &mut Vec<Fault>) {
    let refused = Parser::try_new(config.request.clone())
        .err()
        .unwrap_or_default();
    for fault in refused {
        if !SIGNING.contains(&fault.setting) {
            faults.push(Fault::new(format!("INKFISH_{fault}")));
        }
    }
}

fn check_sources(config: &Config, faults: &mut Vec<Fault>) {
    let patterns = AllowedSources::parse(&config.source.allowed_sources);
    for problem in patterns.err().unwrap_or_default() {
        faults.push(Fault::new(format!("INKFISH_ALLOWED_SOURCES: {problem}")));
    }
    if let Some(root) = &config.source.local_root
        && !root.is_dir()
    {
        faults.push(Fault::new(format!(
            "INKFISH_LOCAL_FILESYSTEM_ROOT: expected a folder that can be read, got {}",
            root.display()
        )));
    }
}

/// Prefixes are held against sources as they are dialled.
fn check_prefixes(config: &Config, faults: &mut Vec<Fault>) {
    let Ok(parser) = Parser::try_new(config.request.clone()) else {
        return;
    };
    for text in &config.purge.surrogates.prefixes {
        if let Err(error) = purge::normal_prefix(text, &parser) {
            faults.push(Fault::new(format!(
                "INKFISH_SURROGATE_PREFIXES: {text:?}: {error}"
            )));
        }
    }
}

/// Whether two listeners want the same port of the same address; port 0 is always another one.
fn clash(one: Listen, other: Listen) -> bool {
    match (one, other) {
        (Listen::At(one), Listen::At(other)) => one == other && one.port() != 0,
        _ => port(one) == port(other) && port(one) != 0,
    }
}

fn port(listen: Listen) -> u16 {
    match listen {
        Listen::Everywhere { port } => port,
        Listen::At(address) => address.port(),
    }
}
