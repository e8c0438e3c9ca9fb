//! Which of the machines that serve this one is.

use std::fs;

use crate::config::Config;
use crate::server::Node;

/// What the kernel calls the machine, where it tells by a file.
const HOSTNAME: &str = "/proc/sys/kernel/hostname";

/// This node, as the settings say what it shares with others.
pub(super) fn node(config: &Config) -> Node {
    let told = fs::read_to_string(HOSTNAME).unwrap_or_default();
    Node {
        name: match told.trim() {
            "" => "unknown".to_owned(),
            name => name.to_owned(),
        },
        shares_purges: config.purge.redis.is_some(),
        shares_store: config.shared.is_some(),
    }
}
