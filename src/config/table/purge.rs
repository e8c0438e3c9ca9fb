//! Who may purge, and who is told of it.

use super::{Section, Setting};
use crate::config::kind::Kind;

pub(super) const PURGE: Section = Section {
    title: "Purge",
    settings: &[
        Setting::new(
            "PURGE_TOKEN",
            Kind::Header,
            "",
            "The bearer token of `POST /purge`, `/erase` and `/explain` on the admin address and of `PURGE` on the \
             public one, 16 characters or more. Unset, all of them answer 403.",
        )
        .secret(),
        Setting::new(
            "PURGE_TABLE_BYTES",
            Kind::Bytes {
                least: 64 << 10,
                most: 1 << 30,
            },
            "16MiB",
            "Memory for what was purged, 24 bytes a purge. Past it the oldest purges count for everything.",
        ),
        Setting::new(
            "REDIS_URL",
            Kind::RedisUrl,
            "",
            "The Redis through which nodes share purges, such as `redis://user:password@redis.example:6379/0`, or \
             `rediss://` over TLS. Unset, each node purges for itself.",
        )
        .secret(),
        Setting::new(
            "PURGE_STREAM",
            Kind::Header,
            "inkfish:purges",
            "The key of their stream there.",
        ),
        Setting::new(
            "PURGE_STRICT",
            Kind::Flag,
            "false",
            "Whether the cache folder is passed by while Redis cannot be reached, as purges of other nodes may be \
             missed meanwhile.",
        ),
        Setting::new(
            "PURGE_HOOKS",
            Kind::List,
            "",
            "Who is told of purges, divided by commas: `xkey=URL` gets `PURGE` with surrogate keys, `path=URL` gets \
             `PURGE` of the path of the image under that URL, `json=URL` gets the order by `POST`, with the \
             surrogate keys as `keys`.",
        ),
        Setting::new(
            "PURGE_HOOKS_AUTHORIZATION",
            Kind::Header,
            "",
            "The value of `Authorization` for hooks of the form `json`.",
        )
        .secret(),
        Setting::new(
            "SURROGATE_KEYS",
            Kind::List,
            "source,url,variant",
            "Surrogate keys that answers carry besides the tags of their URLs, out of `source`, `url`, `variant`, \
             `host` and `all`; or `none`. With `SURROGATE_PREFIXES` at most four.",
        ),
        Setting::new(
            "SURROGATE_PREFIXES",
            Kind::List,
            "",
            "Beginnings of sources that have a surrogate key of their own, each ending with a slash, such as \
             `https://shop.example/winter/`; the longest that fits counts.",
        ),
    ],
};
