//! How an image stands, told by the admin address and by the command: what each layer has, and nothing touched.

mod urls;

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Origin, PICTURE, Process, Response, Server, TOKEN, eventually, fixture, kept_files, picture,
    run,
};

const SMALL: &str = "rs:fit:24:24";

fn settings<'a>(folder: &'a TempDir, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own = [
        ("PURGE_TOKEN", TOKEN),
        ("CACHE_DIR", folder.path().to_str().unwrap()),
    ];
    [&own, more].concat()
}

#[track_caller]
fn explained(server: &Server, path: &str) -> Value {
    explained_to(server, path, &[])
}

#[track_caller]
fn explained_to(server: &Server, path: &str, headers: &[(&str, &str)]) -> Value {
    let question = json!({ "path": path, "headers": headers }).to_string();
    let reply = server.post("/explain", TOKEN, &question);
    assert_eq!(reply.status, 200, "{}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

/// Waits until entry and record are in the folder.
fn wait_until_kept(server: &Server, path: &str) {
    eventually("all is written", || {
        explained(server, path)["disk"]["entry"]["freshness"] == "fresh"
    });
}

#[test]
fn what_was_never_asked_for_is_nowhere_and_stays_so() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[]));
    let path = origin.asking(SMALL);
    for _ in 0..2 {
        let told = explained(&server, &path);
        assert_eq!(told["source"], origin.url(PICTURE));
        assert_eq!(told["signature"], "good");
        assert_eq!(told["disk"]["state"], "absent");
        for absent in ["memory", "shared", "record", "source_cache", "failure"] {
            assert_eq!(told[absent], Value::Null, "{absent}");
        }
        for idle in ["under_way", "downloading"] {
            assert_eq!(told[idle], false, "{idle}");
        }
    }
    assert_eq!(origin.connections(), 0);
    assert_eq!(kept_files(folder.path()).len(), 0);
}

#[test]
fn what_was_made_is_told_tier_by_tier_and_explaining_moves_nothing() {
    let origin = Origin::with_picture();
    let [folder, shared] = [(); 2].map(|()| TempDir::new().unwrap());
    let store = format!("file://{}", shared.path().display());
    let more = [
        ("SHARED_CACHE_URL", &*store),
        ("SHARED_CACHE_SINGLE_WRITER", "true"),
        ("SOURCE_CACHE_BYTES", "1000000"),
    ];
    let settings = settings(&folder, &more);
    let path = origin.asking(SMALL);
    let server = Server::start(&settings);
    server.get(&path).image();
    for tier in ["disk", "shared"] {
        eventually("all is written", || {
            explained(&server, &path)[tier]["entry"]["freshness"] == "fresh"
        });
    }
    let picture_bytes = fixture("jpeg/baseline-420.jpg");
    let told = explained(&server, &path);
    let key = told["key"].as_str().unwrap().to_owned();
    assert_eq!(told["memory"]["freshness"], "fresh");
    assert_eq!(told["memory"]["stage"], "fast");
    assert_eq!(told["memory"]["age_seconds"], 0);
    assert_eq!(told["memory"]["recipe"], told["recipe"]);
    for tier in ["disk", "shared"] {
        assert_eq!(told[tier]["state"], "held", "{tier}: {told}");
        assert_eq!(told[tier]["entry"]["freshness"], "fresh", "{tier}");
    }
    let file = told["disk"]["name"].as_str().unwrap();
    let file_bytes = std::fs::metadata(file).unwrap().len();
    assert_eq!(told["disk"]["entry"]["bytes"], file_bytes);
    let object = told["shared"]["name"].as_str().unwrap();
    assert!(object.ends_with(&key), "{object}");
    assert_eq!(told["record"]["tier"], "memory");
    assert_eq!(told["source_cache"]["bytes"], picture_bytes.len());
    server.stop();

    let server = Server::start(&settings);
    for _ in 0..2 {
        let told = explained(&server, &path);
        assert_eq!(told["key"], key);
        assert_eq!(told["memory"], Value::Null, "nothing was moved up");
        assert_eq!(told["disk"]["state"], "held");
        assert_eq!(told["record"]["tier"], "disk");
    }
    for tier in ["memory", "disk", "shared"] {
        for event in ["hits", "misses"] {
            let series = format!("inkfish_cache_{event}{{tier=\"{tier}\"}}");
            assert_eq!(server.metric(&series), 0.0, "{series}");
        }
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn it_says_why_what_is_held_does_not_answer() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[("CACHE_TTL", "60")]));
    let path = origin.asking(&format!("{SMALL}/ct:spring"));
    server.get(&path).image();
    wait_until_kept(&server, &path);
    server.clock.advance(Duration::from_secs(61));
    let told = explained(&server, &path);
    assert_eq!(told["memory"]["freshness"], "stale");
    assert_eq!(told["memory"]["reason"], "expired");
    assert_eq!(told["disk"]["entry"]["reason"], "expired");
    assert_eq!(told["purges"]["groups"], json!([]));

    let soft = json!({ "tag": "spring", "soft": true }).to_string();
    assert_eq!(server.order(TOKEN, &soft).status, 200);
    let told = explained(&server, &path);
    assert_eq!(told["memory"]["reason"], "purged");
    assert_eq!(told["purges"]["groups"][0]["group"], "tag spring");
    assert_eq!(told["purges"]["groups"][0]["hard"], Value::Null);
    assert_eq!(told["purges"]["soft"], told["purges"]["newest"]);

    let hard = json!({ "source": origin.url(PICTURE) }).to_string();
    assert_eq!(server.order(TOKEN, &hard).status, 200);
    let told = explained(&server, &path);
    assert_eq!(told["memory"]["freshness"], "gone");
    assert_eq!(told["purges"]["hard"], told["purges"]["newest"]);
    assert_eq!(kept_files(folder.path()).len(), 2, "{told}");
}

#[test]
fn a_damaged_file_is_told_and_left() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[]));
    let path = origin.asking(SMALL);
    server.get(&path).image();
    wait_until_kept(&server, &path);
    let file = explained(&server, &path)["disk"]["name"].clone();
    std::fs::write(file.as_str().unwrap(), "INKF torn").unwrap();
    let told = explained(&server, &path);
    assert_eq!(told["disk"]["state"], "unreadable");
    let reason = told["disk"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("damaged"), "{reason}");
    assert_eq!(kept_files(folder.path()).len(), 2);
}

#[test]
fn what_is_under_way_and_what_has_failed_is_told() {
    let (origin, folder) = (Origin::start(), TempDir::new().unwrap());
    let gate = origin.gated("/slow.jpg", picture());
    origin.serve("/gone.jpg", Response::status(404));
    let server = Server::start(&settings(&folder, &[("ERROR_TTL", "30")]));
    let path = origin.asking_for("/slow.jpg", SMALL);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| server.get(&path).status);
        gate.wait_for(1);
        let told = explained(&server, &path);
        assert_eq!(
            (&told["under_way"], &told["downloading"]),
            (&json!(true), &json!(true))
        );
        gate.open();
        assert_eq!(asking.join().unwrap(), 200);
    });
    let gone = origin.asking_for("/gone.jpg", SMALL);
    assert_eq!(server.get(&gone).status, 404);
    let failure = explained(&server, &gone)["failure"].clone();
    assert_eq!(failure["of"], "source");
    assert!(
        failure["error"].as_str().unwrap().contains("404"),
        "{failure}"
    );
    server.clock.advance(Duration::from_secs(31));
    assert_eq!(explained(&server, &gone)["failure"], Value::Null);
}

#[test]
fn the_command_prints_a_table_or_json() {
    let origin = Origin::with_picture();
    let folder = TempDir::new().unwrap();
    let process = Process::serve(&[
        ("INKFISH_PURGE_TOKEN", TOKEN),
        ("INKFISH_CACHE_DIR", folder.path().to_str().unwrap()),
    ]);
    let path = origin.asking(SMALL);
    process.get(&path).image();
    eventually("all is written", || kept_files(folder.path()).len() == 2);
    let admin = process.admin_address().to_string();
    let explain = |arguments: &[&str]| {
        let variables = [
            ("INKFISH_PURGE_TOKEN", TOKEN),
            ("INKFISH_ALLOW_UNSIGNED", "true"),
        ];
        run(
            &[&["explain", "--admin", &admin], arguments].concat(),
            &variables,
        )
    };
    let whole = format!("http://{}{path}", process.address());
    let output = explain(&[&whole, "--accept", "image/webp", "--header", "DPR: 2"]);
    assert!(output.status.success(), "{output:?}");
    let table = String::from_utf8(output.stdout).unwrap();
    for row in [
        &format!("path          {path}\n"),
        &format!("source        {}\n", origin.url(PICTURE)),
        "signature     good\n",
        "memory        fresh until 20",
        "disk          fresh until 20",
        "shared store  none: INKFISH_SHARED_CACHE_URL is not set\n",
        "home          this node, which knows of no other\n",
        "under way     nothing\n",
        "purges        there was none\n",
    ] {
        assert!(table.contains(row), "{row:?} in {table}");
    }
    let told: Value = serde_json::from_slice(&explain(&[&path, "--json"]).stdout).unwrap();
    assert_eq!(told["disk"]["state"], "held");
    let refused = explain(&["/unsafe/wide:1/plain/http://a/b"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stdout.is_empty());
    let reason = String::from_utf8(refused.stderr).unwrap();
    assert!(reason.starts_with("malformed URL"), "{reason}");
    for nonsense in [&["explain"][..], &["explain", &path, "--header", "x"]] {
        assert_eq!(run(nonsense, &[]).status.code(), Some(2), "{nonsense:?}");
    }
}
