//! What an operator sees of a server that runs: health, metrics, access log, log.

use serde_json::Value;

use crate::support::{Connection, Origin, PICTURE, Process, Response, Server, eventually, picture};

const SMALL: &str = "rs:fit:24:24";

#[test]
fn the_admin_address_tells_health_readiness_and_metrics_and_nothing_else() {
    let server = Server::start(&[]);
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    for (path, status, kind) in [
        ("/health", 200, "text/plain; charset=utf-8"),
        ("/ready", 200, "text/plain; charset=utf-8"),
        ("/metrics", 200, openmetrics),
        ("/", 404, "text/plain; charset=utf-8"),
        (
            "/unsafe/plain/local:///x.jpg",
            404,
            "text/plain; charset=utf-8",
        ),
    ] {
        let reply = server.admin(path);
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("content-type"), Some(kind), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    assert_eq!(server.admin("/health").text(), "inkfish is running\n");
    assert_eq!(server.admin("/ready").text(), "ready\n");
    assert!(server.admin("/metrics").text().ends_with("# EOF\n"));
}

#[test]
fn the_public_port_tells_no_facts() {
    let server = Server::start(&[]);
    for path in ["/metrics", "/ready"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    assert_eq!(server.get("/health").text(), "inkfish is running\n");
}

#[test]
fn requests_are_counted_by_status_and_by_where_the_answer_came_from() {
    let origin = Origin::with_picture();
    origin.serve("/text", Response::ok("image/jpeg", "no picture"));
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    for target in [
        &path,
        &path,
        &path,
        &origin.asking("raw:1"),
        &origin.asking_for("/missing", SMALL),
        &origin.asking_for("/text", SMALL),
        "/unsafe/nonsense",
        "/health",
    ] {
        server.get(target);
    }
    server.get_with(&path, &[("If-None-Match", "*")]);
    server.request("POST", &path, &[]);
    let rows = [
        ("requests_total{status=\"200\",cache=\"miss\"}", 1.0),
        ("requests_total{status=\"200\",cache=\"hit_memory\"}", 2.0),
        ("requests_total{status=\"304\",cache=\"hit_memory\"}", 1.0),
        ("requests_total{status=\"200\",cache=\"bypass\"}", 1.0),
        ("requests_total{status=\"404\",cache=\"none\"}", 2.0),
        ("requests_total{status=\"422\",cache=\"none\"}", 1.0),
        ("requests_total{status=\"405\",cache=\"none\"}", 1.0),
        ("requests_total{status=\"200\",cache=\"none\"}", 1.0),
        ("errors_total{kind=\"download\"}", 1.0),
        ("errors_total{kind=\"source\"}", 1.0),
        ("errors_total{kind=\"path\"}", 1.0),
        ("request_seconds_count{phase=\"total\"}", 10.0),
        ("request_seconds_count{phase=\"fetch\"}", 1.0),
        ("request_seconds_count{phase=\"queue\"}", 1.0),
        ("request_seconds_count{phase=\"work\"}", 1.0),
        ("cache_hits_total{tier=\"memory\"}", 3.0),
        ("cache_misses_total{tier=\"memory\"}", 3.0),
        ("connections_total", 10.0),
    ];
    for (series, value) in rows {
        assert_eq!(
            server.metric(&format!("inkfish_{series}")),
            value,
            "{series}"
        );
    }
}

#[test]
fn gauges_tell_the_bounds_and_what_is_used_of_them() {
    let origin = Origin::start();
    let gate = origin.gated(PICTURE, picture());
    let server = Server::start(&[
        ("REQUESTS_QUEUE_SIZE", "7"),
        ("WORKERS", "3"),
        ("PIXEL_MEMORY_BYTES", "64MiB"),
        ("TRANSFER_MEMORY_BYTES", "48MiB"),
    ]);
    let gauge = |name: &str| server.metric(&format!("inkfish_{name}"));
    for (name, value) in [
        ("queue_limit_jobs", 7.0),
        ("worker_threads", 3.0),
        ("pixel_memory_limit_bytes", 67_108_864.0),
        ("transfer_memory_limit_bytes", 50_331_648.0),
        ("queue_jobs", 0.0),
        ("running_jobs", 0.0),
        ("pixel_memory_bytes", 0.0),
        ("transfer_memory_bytes", 0.0),
        ("cache_memory_entries", 0.0),
        ("open_connections", 0.0),
    ] {
        assert_eq!(gauge(name), value, "{name}");
    }
    let mut connection = server.connect();
    connection.ask("GET", &origin.asking(SMALL), &[]);
    gate.wait_for(1);
    assert_eq!(gauge("open_connections"), 1.0);
    gate.open();
    let length = connection.read_reply(true).body.len();
    eventually("the entry is counted", || {
        gauge("cache_memory_entries") == 1.0
    });
    assert!(gauge("cache_memory_bytes") >= length as f64);
    eventually("all is given back", || {
        gauge("transfer_memory_bytes") + gauge("pixel_memory_bytes") + gauge("running_jobs") == 0.0
    });
    drop(connection);
    eventually("the connection is gone", || {
        gauge("open_connections") == 0.0
    });
}

#[test]
fn the_prefix_of_metrics_is_a_setting() {
    let server = Server::start(&[("PROMETHEUS_NAMESPACE", "shop")]);
    assert_eq!(server.metric("shop_open_connections"), 0.0);
    let text = server.admin("/metrics").text();
    let foreign: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("inkfish_"))
        .collect();
    assert!(
        text.contains("\nshop_open_connections 0\n") && foreign.is_empty(),
        "{text}"
    );
}

/// A signature that is easy to find wherever it should not be.
const SIGNATURE: &str = "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0";

fn signed(origin: &Origin, path: &str) -> String {
    origin.asking_for(path, SMALL).replace("unsafe", SIGNATURE)
}

#[test]
fn the_access_log_is_an_object_a_line_where_that_is_wanted() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[("INKFISH_LOG_FORMAT", "json")]);
    let path = signed(&origin, PICTURE);
    let mut connection = Connection::open(process.address());
    let headers = [("X-Request-ID", "first"), ("User-Agent", "tests/1")];
    let reply = connection.request("GET", &format!("{path}?secret=1"), &headers);
    let line: Value = serde_json::from_str(&process.out.wait_for("first")).unwrap();
    let shown = path.replace(SIGNATURE, "-");
    for (field, value) in [
        ("request_id", Value::from("first")),
        ("method", Value::from("GET")),
        ("path", Value::from(shown)),
        ("status", Value::from(200)),
        ("bytes", Value::from(reply.body.len())),
        ("cache.status", Value::from("miss")),
        ("source.host", Value::from("127.0.0.1")),
        ("remote", Value::from("127.0.0.1")),
        ("user_agent", Value::from("tests/1")),
    ] {
        assert_eq!(line[field], value, "{field} of {line}");
    }
    for field in ["duration_ms", "fetch_ms", "queue_ms", "work_ms"] {
        assert!(line[field].as_f64().is_some(), "{field} of {line}");
    }
    assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    connection.request("HEAD", &path, &[("X-Request-ID", "second")]);
    let line: Value = serde_json::from_str(&process.out.wait_for("second")).unwrap();
    assert_eq!(
        (&line["bytes"], &line["cache.status"]),
        (&0.into(), &"hit_memory".into())
    );
    assert!(!process.out.text().contains("secret"));
}

#[test]
fn the_access_log_is_a_line_for_people_where_nothing_is_said() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[]);
    process.get(&signed(&origin, PICTURE));
    let line = process.out.wait_for("cache.status=");
    for part in [
        " 200 GET /-/rs:fit:24:24/plain/",
        "cache.status=miss",
        "request_id=",
    ] {
        assert!(line.contains(part), "no {part} in {line}");
    }
}

#[test]
fn an_error_is_logged_once_with_its_cause_and_without_its_signature() {
    let origin = Origin::start();
    let process = Process::serve(&[
        ("INKFISH_LOG_FORMAT", "json"),
        ("INKFISH_LOG_LEVEL", "debug"),
    ]);
    let mut connection = Connection::open(process.address());
    let path = signed(&origin, "/missing.jpg");
    connection.request("GET", &path, &[("X-Request-ID", "the-bad-one")]);
    let line: Value = serde_json::from_str(&process.log.wait_for("the-bad-one")).unwrap();
    assert_eq!(line["request.id"], "the-bad-one");
    assert_eq!(line["status"], 404);
    assert_eq!(line["source.host"], "127.0.0.1");
    assert_eq!(line["error.kind"], "download");
    assert!(line["message"].as_str().unwrap().contains("404"), "{line}");
    let (out, log) = (process.out.clone(), process.log.clone());
    assert!(process.terminate().success());
    assert_eq!(log.text().matches("the-bad-one").count(), 1);
    for text in [out.text(), log.text()] {
        assert!(!text.contains(SIGNATURE), "{text}");
    }
}

#[test]
fn a_wrong_signature_is_told_neither_as_it_is_nor_as_it_should_be() {
    let keys = [
        ("INKFISH_KEY", "736563726574"),
        ("INKFISH_SALT", "68656c6c6f"),
    ];
    let variables = [
        &keys[..],
        &[
            ("INKFISH_ALLOW_UNSIGNED", ""),
            ("INKFISH_LOG_LEVEL", "debug"),
        ],
    ];
    let process = Process::serve(&variables.concat());
    let path = "/plain/http://example.com/images/curiosity.jpg";
    assert_eq!(process.get(&format!("/{SIGNATURE}{path}")).status, 403);
    process.log.wait_for("security");
    process.out.wait_for("403");
    for text in [process.out.text(), process.log.text()] {
        for secret in [
            SIGNATURE,
            "tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw",
            "736563726574",
        ] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn without_an_access_log_standard_output_stays_empty() {
    let process = Process::serve(&[("INKFISH_ACCESS_LOG", "false")]);
    assert_eq!(process.get("/health").status, 200);
    let out = process.out.clone();
    assert!(process.terminate().success());
    assert_eq!(out.text(), "");
}

/// The rules of `packaging/`, which operators copy.
const ALERTS: &str = include_str!("../../packaging/alerts.yml");
/// Where metrics are named, without prefix and suffix.
const NAMED: [&str; 2] = [
    include_str!("../../src/app/report.rs"),
    include_str!("../../src/telemetry/metrics.rs"),
];

#[test]
fn alert_rules_speak_of_metrics_that_there_are() {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = ALERTS.split(|character| !is_part(character));
    let names: Vec<_> = words
        .filter_map(|word| word.strip_prefix("inkfish_"))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let name = ["_total", "_bucket"]
            .iter()
            .fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
        let quoted = format!("\"{name}\"");
        assert!(NAMED.iter().any(|code| code.contains(&quoted)), "{name}");
    }
}
