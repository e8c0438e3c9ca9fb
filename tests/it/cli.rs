//! The program as a person calls it: its verbs, its exit codes, what it prints.

#![expect(clippy::unwrap_used, reason = "what fails here, fails its test")]

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::support::{Connection, Origin, PICTURE, Process, Server, eventually, picture, run};

const SMALL: &str = "rs:fit:24:24";

const KEYS: [(&str, &str); 2] = [
    ("INKFISH_KEY", "736563726574"),
    ("INKFISH_SALT", "68656c6c6f"),
];

/// What must be said before anything is served.
const UNSIGNED: (&str, &str) = ("INKFISH_ALLOW_UNSIGNED", "true");

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The path of a committed input file.
fn file(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn identify_prints_what_the_header_of_each_file_declares() {
    let rows = [
        (
            "jpeg/orientation-6.jpg",
            r#"{"format":"jpeg","subtype":"baseline","width":32,"height":48,"orientation":6,"color_type":"rgb","bit_depth":8,"alpha":false,"icc":false,"exif":true,"animated":false,"frames":1}"#,
        ),
        (
            "jpeg/progressive-420.jpg",
            r#"{"format":"jpeg","subtype":"progressive","width":48,"height":32}"#,
        ),
        (
            "jpeg/icc-display-p3.jpg",
            r#"{"format":"jpeg","icc":true,"exif":false}"#,
        ),
        (
            "png/rgba-16-interlaced.png",
            r#"{"format":"png","subtype":"interlaced","color_type":"rgba","bit_depth":16,"alpha":true}"#,
        ),
        (
            "webp/animated-alpha-3-frames.webp",
            r#"{"format":"webp","alpha":true,"animated":true,"frames":3}"#,
        ),
        (
            "gif/gif89a.gif",
            r#"{"format":"gif","width":48,"height":32}"#,
        ),
    ];
    let files = rows.map(|(name, _)| file(name));
    let arguments: Vec<&str> = ["identify"]
        .into_iter()
        .chain(files.iter().map(String::as_str))
        .collect();
    let output = run(&arguments, &[]);
    assert!(output.status.success());
    let lines: Vec<Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), rows.len());
    for ((line, (_, expected)), file) in lines.iter().zip(&rows).zip(&files) {
        assert_eq!(line["file"], **file);
        let expected: serde_json::Map<String, Value> = serde_json::from_str(expected).unwrap();
        for (field, value) in &expected {
            assert_eq!(&line[field], value, "{field} of {file}");
        }
    }
}

#[test]
fn identify_goes_on_after_what_is_no_image_and_says_so_in_the_end() {
    let files = [
        file("other/not-an-image.html"),
        file("missing.jpg"),
        file("jpeg/grey.jpg"),
    ];
    let output = run(&["identify", &files[0], &files[1], &files[2]], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output).lines().count(), 1);
    let faults: Vec<Value> = err(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (fault, file) in faults.iter().zip(&files[..2]) {
        assert_eq!(fault["file"], **file);
        assert!(fault["error"].is_string());
    }
    assert_eq!(faults.len(), 2);
}

#[test]
fn what_sign_prints_is_served_and_what_is_changed_is_not() {
    let origin = Origin::with_picture();
    let path = format!("/{SMALL}/plain/{}", origin.url(PICTURE));
    for more in [
        &[][..],
        &[("INKFISH_SIGNATURE_SIZE", "8")],
        &[("INKFISH_PATH_PREFIX", "/img")],
    ] {
        let output = run(&["sign", &path], &[&KEYS, more].concat());
        assert!(output.status.success(), "{}", err(&output));
        let signed = out(&output).trim_end().to_owned();
        let settings: Vec<(&str, &str)> = [&KEYS, more, &[("INKFISH_ALLOW_UNSIGNED", "")]]
            .concat()
            .into_iter()
            .map(|(name, value)| (name.trim_start_matches("INKFISH_"), value))
            .collect();
        let server = Server::start(&settings);
        assert_eq!(server.get(&signed).size(), (24, 16), "{signed}");
        assert_eq!(server.get(&signed.replace("24:24", "24:25")).status, 403);
        let (prefix, _) = signed
            .strip_suffix(&path)
            .unwrap()
            .rsplit_once('/')
            .unwrap();
        assert_eq!(server.get(&format!("{prefix}/unsafe{path}")).status, 403);
    }
}

#[test]
fn sign_needs_keys() {
    let output = run(&["sign", "/plain/http://a/b.jpg"], &[UNSIGNED]);
    assert!(!output.status.success());
    assert!(err(&output).contains("INKFISH_KEY"), "{}", err(&output));
    assert_eq!(out(&output), "");
}

#[test]
fn config_prints_every_setting_with_its_origin_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inkfish.toml");
    fs::write(&path, "quality = 70\nttl = 60\nsecret = \"swordfish\"\n").unwrap();
    let path = path.to_str().unwrap();
    let variables = [
        &KEYS[..],
        &[("INKFISH_TTL", "90"), ("IMGPROXY_WEBP_EFFORT", "2")],
    ]
    .concat();
    let output = run(&["config", "--config", path], &variables);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    for entry in [
        "INKFISH_TTL = 90\n    from the variable INKFISH_TTL; default 31536000\n    The max-age",
        &format!("INKFISH_QUALITY = 70\n    from the file {path}; default 80\n"),
        "INKFISH_WEBP_EFFORT = 2\n    from the variable IMGPROXY_WEBP_EFFORT; default 3\n",
        "INKFISH_CACHE_DIR = (unset)\n    from the default; default (unset)\n",
        "INKFISH_KEY = (set)\n",
        "INKFISH_SALT = (set)\n",
        "INKFISH_SECRET = (set)\n",
    ] {
        assert!(text.contains(entry), "no {entry:?} in {text}");
    }
    for secret in ["736563726574", "68656c6c6f", "swordfish"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn all_faults_of_the_settings_are_told_at_once_and_nothing_starts() {
    let variables = [
        ("INKFISH_NO_SUCH_THING", "1"),
        ("INKFISH_TTL", "soon"),
        ("INKFISH_QUALITY", "0"),
        ("INKFISH_KEY", "not hex, but secret"),
        ("INKFISH_ALLOWED_SOURCES", "http://shop.example"),
        ("INKFISH_AUTO_JXL", "true"),
        ("INKFISH_JXL_EFFORT", "4"),
    ];
    for verb in ["serve", "config"] {
        let output = run(&[verb], &variables);
        assert_eq!(output.status.code(), Some(1), "{verb}");
        let told = err(&output);
        for (name, _) in &variables[..6] {
            assert!(told.contains(&format!("  {name}: ")), "no {name} in {told}");
        }
        assert!(!told.contains("INKFISH_JXL_EFFORT"), "{told}");
        assert!(!told.contains("not hex"), "{told}");
    }
}

#[test]
fn a_setting_that_is_not_built_is_refused_in_a_sentence_under_either_prefix() {
    for (name, accepted, refused) in [
        ("AUTO_JXL", "false", "true"),
        ("JXL_EFFORT", "4", "9"),
        ("PROMETHEUS_BIND", "", ":9090"),
    ] {
        for prefix in ["INKFISH", "IMGPROXY"] {
            let name = format!("{prefix}_{name}");
            let output = run(&["config"], &[UNSIGNED, (&name, accepted)]);
            assert!(output.status.success(), "{name}: {}", err(&output));
            let output = run(&["config"], &[UNSIGNED, (&name, refused)]);
            let told = err(&output);
            assert!(
                !output.status.success() && told.contains(&format!("{name}: ")),
                "{told}"
            );
        }
    }
}

#[test]
fn urls_are_signed_or_said_not_to_be() {
    for (variables, starts) in [
        (&[][..], false),
        (&[UNSIGNED], true),
        (&KEYS, true),
        (&[KEYS[0], KEYS[1], UNSIGNED], false),
        (&KEYS[..1], false),
    ] {
        let output = run(&["config"], variables);
        assert_eq!(output.status.success(), starts, "{variables:?}");
    }
}

#[test]
fn imgproxys_names_are_read_where_ours_say_nothing_and_the_log_says_so() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[
        ("IMGPROXY_TTL", "77"),
        ("IMGPROXY_QUALITY", "1"),
        ("INKFISH_QUALITY", "80"),
        ("IMGPROXY_NO_SUCH_THING", "1"),
    ]);
    let reply = process.get(&origin.asking(SMALL));
    assert_eq!(reply.header("cache-control"), Some("max-age=77, public"));
    process
        .log
        .wait_for("IMGPROXY_TTL is read because INKFISH_TTL is unset");
    process.log.wait_for("IMGPROXY_NO_SUCH_THING is no setting");
    assert!(!process.log.text().contains("IMGPROXY_QUALITY"));
}

#[test]
fn an_address_that_is_taken_stops_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let variables = [
        UNSIGNED,
        ("INKFISH_BIND", &address),
        ("INKFISH_ADMIN_BIND", "127.0.0.1:0"),
    ];
    let output = run(&["serve"], &variables);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains(&address), "{}", err(&output));
}

#[test]
fn a_terminated_server_answers_what_it_has_in_hand_and_exits_with_0() {
    let origin = Origin::start();
    let gate = origin.gated(PICTURE, picture());
    let process = Process::serve(&[]);
    let address = process.address();
    let mut working = Connection::open(address);
    working.ask("GET", &origin.asking(SMALL), &[]);
    gate.wait_for(1);
    let log = process.log.clone();
    let ending = std::thread::spawn(move || process.terminate());
    log.wait_for("stopping");
    eventually("no new connection is taken", || {
        std::net::TcpStream::connect(address).is_err()
    });
    gate.open();
    assert_eq!(working.read_reply(true).size(), (24, 16));
    assert_eq!(ending.join().unwrap().code(), Some(0));
}

#[test]
fn presets_and_allowed_sources_are_loaded_anew_on_sighup_if_they_hold() {
    let origin = Origin::with_picture();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inkfish.toml");
    std::fs::write(&file, "presets = [\"small=w:24\"]").unwrap();
    let process = Process::serve(&[("INKFISH_CONFIG", file.to_str().unwrap())]);
    let (small, large) = (origin.asking("pr:small"), origin.asking("pr:large"));
    assert_eq!(process.get(&small).status, 200);
    assert_eq!(process.get(&large).status, 404);

    std::fs::write(&file, "presets = [\"large=frobnicate:1\"]").unwrap();
    process.hang_up();
    process.log.wait_for("nothing is loaded anew");
    assert_eq!(process.get(&small).status, 200);

    std::fs::write(&file, "presets = [\"large=w:40\"]").unwrap();
    process.hang_up();
    process.log.wait_for("are loaded anew");
    assert_eq!(process.get(&small).status, 404);
    assert_eq!(process.get(&large).size().0, 40);

    let closed = "presets = [\"large=w:40\"]\nallowed_sources = [\"https://shop.example/\"]";
    std::fs::write(&file, closed).unwrap();
    process.hang_up();
    eventually("the source is allowed no more", || {
        process.get(&large).text() == "Invalid source URL"
    });
    assert_eq!(process.terminate().code(), Some(0));
}

#[test]
fn a_url_that_was_answered_is_refused_once_its_key_is_gone() {
    const OLD: [&str; 2] = ["736563726574", "68656c6c6f"];
    const NEW: [&str; 2] = ["6e6577", "68656c6c6f"];
    let origin = Origin::with_picture();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inkfish.toml");
    let write = |[key, salt]: [&str; 2]| {
        let keys = format!("key = \"{key}\"\nsalt = \"{salt}\"");
        std::fs::write(&file, keys).unwrap();
    };
    let path = format!("/{SMALL}/plain/{}", origin.url(PICTURE));
    let signed = |[key, salt]: [&str; 2]| {
        let variables = [("INKFISH_KEY", key), ("INKFISH_SALT", salt)];
        out(&run(&["sign", &path], &variables)).trim().to_owned()
    };
    write(OLD);
    let process = Process::serve(&[
        ("INKFISH_ALLOW_UNSIGNED", ""),
        ("INKFISH_CONFIG", file.to_str().unwrap()),
    ]);
    let (old, new) = (signed(OLD), signed(NEW));
    for _made_and_held in 0..3 {
        assert_eq!(process.get(&old).status, 200);
        assert_eq!(process.get(&new).status, 403);
    }
    write(NEW);
    process.hang_up();
    process.log.wait_for("are loaded anew");
    assert_eq!(process.get(&old).status, 403);
    assert_eq!(process.get(&new).status, 200);
}

#[test]
fn a_call_that_makes_no_sense_is_explained() {
    for arguments in [&["frobnicate"][..], &["identify"], &["sign"], &[]] {
        let output = run(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains("Usage: inkfish"), "{}", err(&output));
    }
    let output = run(&["--version"], &[]);
    assert_eq!(
        out(&output),
        concat!("inkfish ", env!("CARGO_PKG_VERSION"), "\n")
    );
}
