//! Listening, times, admission of work, logs and metrics.

use super::{Section, Setting};
use crate::config::kind::Kind;

const HOUR: u64 = 3600;

pub(super) const LISTENING: Section = Section {
    title: "Listening",
    settings: &[
        Setting::new(
            "CONFIG",
            Kind::Path,
            "",
            "The TOML file of settings; `--config FILE` says the same. It cannot stand in the file itself.",
        ),
        Setting::new(
            "BIND",
            Kind::Address,
            ":8080",
            "Where images are served. `:8080` is port 8080 on every address. Unset, the variable `PORT` \
             gives the port. A socket that systemd hands over (`LISTEN_FDS`) takes its place.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ADMIN_BIND",
            Kind::Address,
            "127.0.0.1:8081",
            "Where health, readiness and metrics are served. Keep it off the public network.",
        ),
        Setting::new(
            "SERVER_THREADS",
            Kind::Threads,
            "cores",
            "Threads that accept connections and answer what is held in memory.",
        ),
        Setting::new(
            "MAX_CLIENTS",
            Kind::Count {
                least: 0,
                most: 65_536,
            },
            "2048",
            "Connections held open at once; past it no more are accepted until one closes. 0 is as many as \
             can be set here, 65536.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PATH_PREFIX",
            Kind::UrlPath,
            "",
            "What stands before the signature in every path; it is not signed.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "HEALTH_CHECK_PATH",
            Kind::UrlPath,
            "",
            "One more path, under the prefix, that answers as `/health` does.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "DEMO",
            Kind::Flag,
            "false",
            "Whether the page at `/` shows the pictures that lie right under `LOCAL_FILESYSTEM_ROOT`, and the \
             start names a few URLs. Only with `ALLOW_UNSIGNED`.",
        ),
    ],
};

pub(super) const TIMES: Section = Section {
    title: "Times of a request",
    settings: &[
        Setting::new(
            "TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "10",
            "From the request to the first byte of its answer; past it the answer is 503.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "READ_REQUEST_TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "10",
            "For the whole head of a request to arrive.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "WRITE_RESPONSE_TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "10",
            "How long a client may take none of an answer's bytes before the connection is closed.",
        )
        .unlike_imgproxy("for the whole answer"),
        Setting::new(
            "KEEP_ALIVE_TIMEOUT",
            Kind::Seconds {
                least: 0,
                most: HOUR,
            },
            "75",
            "How long a connection without a request stays open; longer than Nginx keeps its own to us, so that it \
             never sends a request into a closing one. 0 closes it after each answer.",
        )
        .unlike_imgproxy("10"),
        Setting::new(
            "GRACEFUL_STOP_TIMEOUT",
            Kind::Seconds {
                least: 0,
                most: HOUR,
            },
            "20",
            "How long running requests may take to end after SIGTERM. 0 does not wait. What others were not told of purges \
             yet has what is left of it, and 5 seconds at least.",
        )
        .shared_with_imgproxy(),
    ],
};

pub(super) const WORK: Section = Section {
    title: "Work and memory",
    settings: &[
        Setting::new(
            "WORKERS",
            Kind::Threads,
            "cores",
            "Images that are processed at once, each on a thread of its own.",
        )
        .unlike_imgproxy("twice the cores; a worker there is held during download and sending too"),
        Setting::new(
            "REQUESTS_QUEUE_SIZE",
            Kind::Count {
                least: 0,
                most: 65_536,
            },
            "256",
            "Images that may wait for a worker; past it the answer is 503 at once. 0 is as many as can be set \
             here, 65536.",
        )
        .unlike_imgproxy("0, without any limit; the answer past it is 429"),
        Setting::new(
            "PIXEL_MEMORY_BYTES",
            Kind::Bytes {
                least: 16 << 20,
                most: 1 << 40,
            },
            "1GiB",
            "Memory for images in work, reserved from their header before they are decoded. An image that \
             needs more than all of it is refused with 422.",
        ),
        Setting::new(
            "TRANSFER_MEMORY_BYTES",
            Kind::Bytes {
                least: 1 << 20,
                most: 1 << 40,
            },
            "256MiB",
            "Memory for the bytes of sources and answers on their way. A quarter is for answers alone, unless one \
             largest source needs it.",
        ),
    ],
};

pub(super) const LOGS: Section = Section {
    title: "Logs and metrics",
    settings: &[
        Setting::new(
            "LOG_FORMAT",
            Kind::Word(&["pretty", "structured", "json", "gcp"]),
            "pretty",
            "`pretty` and `structured` write lines for people, `json` and `gcp` an object a line.",
        )
        .unlike_imgproxy("`pretty` on a terminal, else `structured`; four different forms"),
        Setting::new(
            "LOG_LEVEL",
            Kind::Word(&["debug", "info", "warn", "error"]),
            "info",
            "The least weight of what is logged.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ACCESS_LOG",
            Kind::Flag,
            "true",
            "Whether each request is logged, at level `info`.",
        ),
        Setting::new(
            "PROMETHEUS_NAMESPACE",
            Kind::MetricPrefix,
            "inkfish",
            "What stands, with a `_`, before the name of each metric.",
        )
        .unlike_imgproxy("unset, so names have no prefix"),
    ],
};
