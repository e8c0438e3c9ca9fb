//! Erasing a source: what is gone from where, and what stays.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Origin, PICTURE, Process, Reply, Response, Server, TOKEN, eventually, fixture, kept_files,
    picture, run,
};

const SMALL: &str = "rs:fit:24:24";
const OTHER: &str = "rs:fit:16:16";

fn report(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn order(source: &str) -> String {
    json!({ "source": source }).to_string()
}

#[test]
fn an_erasure_removes_what_was_made_of_a_source_from_every_tier() {
    let origin = Origin::with_picture();
    origin.serve("/dog.jpg", picture());
    let [folder, shared] = [(); 2].map(|()| TempDir::new().unwrap());
    let store = format!("file://{}", shared.path().display());
    let server = Server::start(&[
        ("PURGE_TOKEN", TOKEN),
        ("SOURCE_CACHE_BYTES", "1000000"),
        ("CACHE_DIR", folder.path().to_str().unwrap()),
        ("SHARED_CACHE_URL", &store),
        ("SHARED_CACHE_SINGLE_WRITER", "true"),
    ]);
    let paths = [
        origin.asking(SMALL),
        origin.asking(OTHER),
        origin.asking("q:70"),
    ];
    for path in &paths {
        server.get(path).image();
    }
    let kept = origin.asking_for("/dog.jpg", SMALL);
    let body = server.get(&kept).body;
    for dir in [&folder, &shared] {
        eventually("all is written", || kept_files(dir.path()).len() == 6);
    }
    let reply = server.post("/erase", TOKEN, &order(&origin.url(PICTURE)));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let told = report(&reply);
    assert_eq!(told["complete"], true);
    assert_eq!((&told["sources"], &told["memory"]), (&json!(1), &json!(4)));
    assert_eq!(told["disk"]["removed"], 4);
    assert_eq!(told["disk"]["searched"], "journal");
    assert_eq!(told["shared"]["removed"], 4);
    for dir in [&folder, &shared] {
        assert_eq!(
            kept_files(dir.path()).len(),
            2,
            "of the other source: {:?}",
            kept_files(dir.path())
        );
    }
    assert_eq!(server.get(&kept).body, body);
    assert_eq!(origin.hits("/dog.jpg"), 1);
    server.get(&paths[0]).image();
    assert_eq!(origin.hits(PICTURE), 2, "it is fetched anew");
}

#[test]
fn an_erasure_looks_at_every_file_once_where_the_journal_was_lost() {
    let origin = Origin::with_picture();
    origin.serve("/dog.jpg", picture());
    let folder = TempDir::new().unwrap();
    let variables = [
        ("PURGE_TOKEN", TOKEN),
        ("CACHE_DIR", folder.path().to_str().unwrap()),
    ];
    let server = Server::start(&variables);
    for path in [PICTURE, "/dog.jpg"] {
        server.get(&origin.asking_for(path, SMALL)).image();
    }
    eventually("all is written", || kept_files(folder.path()).len() == 4);
    server.stop();
    std::fs::remove_dir_all(folder.path().join("journal")).unwrap();
    let server = Server::start(&variables);
    for (path, searched, left) in [(PICTURE, "files", 2), ("/dog.jpg", "journal", 0)] {
        let reply = server.post("/erase", TOKEN, &order(&origin.url(path)));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let told = report(&reply);
        assert_eq!(told["disk"]["searched"], searched);
        assert_eq!(told["disk"]["removed"], 2);
        assert_eq!(kept_files(folder.path()).len(), left);
    }
}

#[test]
fn what_is_being_made_of_an_erased_source_is_kept_nowhere() {
    let origin = Origin::start();
    let gate = origin.gated("/slow.jpg", picture());
    let folder = TempDir::new().unwrap();
    let server = Server::start(&[
        ("PURGE_TOKEN", TOKEN),
        ("SOURCE_CACHE_BYTES", "1000000"),
        ("CACHE_DIR", folder.path().to_str().unwrap()),
    ]);
    let path = origin.asking_for("/slow.jpg", SMALL);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| server.get(&path).status);
        gate.wait_for(1);
        let reply = server.post("/erase", TOKEN, &order(&origin.url("/slow.jpg")));
        assert_eq!(reply.status, 200, "{}", reply.text());
        gate.open();
        assert_eq!(asking.join().unwrap(), 200);
    });
    server.wait_until_idle();
    assert_eq!(server.metric("inkfish_source_cache_bytes"), 0.0);
    server.stop();
    assert_eq!(kept_files(folder.path()).len(), 0);
}

#[test]
fn a_source_goes_with_what_it_is_the_watermark_of() {
    let origin = Origin::with_picture();
    origin.serve(
        "/mark.png",
        Response::ok("image/png", fixture("png/rgba-8.png")),
    );
    let folder = TempDir::new().unwrap();
    let server = Server::start(&[
        ("PURGE_TOKEN", TOKEN),
        ("CACHE_DIR", folder.path().to_str().unwrap()),
    ]);
    let mark = base64_of(&origin.url("/mark.png"));
    server
        .get(&origin.asking(&format!("{SMALL}/wm:1/wmu:{mark}")))
        .image();
    server.get(&origin.asking(SMALL)).image();
    eventually("all is written", || kept_files(folder.path()).len() == 4);
    let reply = server.post("/erase", TOKEN, &order(&origin.url("/mark.png")));
    assert_eq!(report(&reply)["disk"]["removed"], 2, "{}", reply.text());
    assert_eq!(kept_files(folder.path()).len(), 2);
}

fn base64_of(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn nobody_erases_without_the_token_or_by_another_order() {
    let server = Server::start(&[("PURGE_TOKEN", TOKEN)]);
    let good = order("http://127.0.0.1/a");
    assert_eq!(server.post("/erase", "sixteen letters?", &good).status, 403);
    for bad in ["", "{}", r#"{"all": true}"#, r#"{"source": "nothing"}"#] {
        assert_eq!(server.post("/erase", TOKEN, bad).status, 400, "{bad}");
    }
    let reply = server.post("/erase", TOKEN, &good);
    assert_eq!(reply.status, 200);
    assert_eq!(report(&reply)["disk"], Value::Null);
}

#[test]
fn the_command_purges_and_erases_and_prints_what_came_of_it() {
    let origin = Origin::with_picture();
    let variables = [("INKFISH_PURGE_TOKEN", TOKEN)];
    let process = Process::serve(&variables);
    let admin = process.admin_address().to_string();
    let client = [
        ("INKFISH_PURGE_TOKEN", TOKEN),
        ("INKFISH_ALLOW_UNSIGNED", "true"),
    ];
    let path = origin.asking(SMALL);
    let source = origin.url(PICTURE);
    for (arguments, member) in [
        (&["purge", "--tag", "a", "--soft"][..], "unconfirmed"),
        (&["purge", "--url", &path], "unconfirmed"),
        (&["purge", "--all"], "unconfirmed"),
        (&["purge", "--erase", "--source", &source], "complete"),
    ] {
        process.get(&path).image();
        let arguments = [arguments, &["--admin", &admin]].concat();
        let output = run(&arguments, &client);
        assert!(output.status.success(), "{output:?}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(
            told[member] == json!(true) || told[member] == json!([]),
            "{told}"
        );
    }
    process.get(&path).image();
    assert_eq!(
        origin.hits(PICTURE),
        4,
        "at first and after each but that of another tag"
    );
    let other = [("INKFISH_PURGE_TOKEN", "sixteen letters?"), client[1]];
    let refused = run(&["purge", "--all", "--admin", &admin], &other);
    assert_eq!(refused.status.code(), Some(1));
    for nonsense in [
        &["purge"][..],
        &["purge", "--all", "--tag", "a"],
        &["purge", "--erase", "--all"],
        &["purge", "--erase", "--soft", "--source", "x"],
    ] {
        assert_eq!(
            run(nonsense, &client).status.code(),
            Some(2),
            "{nonsense:?}"
        );
    }
}
