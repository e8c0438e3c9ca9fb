//! Who may import whom: what each module of `src/` names of the others, and of crates, against the lists below.
//!
//! Code under `#[cfg(test)]` is free. Changing a list is a decision about the design, to be argued as one.

mod paths;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use paths::used_paths;
use text::code_of;

/// Modules that may name every module to their right, and all that are in [`BOUND`].
const FREE: &[&str] = &["cli", "app", "config", "server", "purge", "delivery"];

/// Modules that may name only these others, or only these items of them.
const BOUND: &[(&str, &[&str])] = &[
    ("workers", &["transform", "image", "identify", "telemetry"]),
    (
        "request",
        &[
            "transform::ask",
            "transform::info",
            "image::Format",
            "image::encode::AvifSubsample",
            "image::encode::WebpCompression",
            "image::encode::WebpPreset",
            "identify::Format",
        ],
    ),
    (
        "source",
        &[
            "clock",
            "identify",
            "request::Object",
            "request::Scheme",
            "request::SourceUrl",
        ],
    ),
    ("cache", &["clock"]),
    ("transform", &["optimize", "image", "identify"]),
    ("optimize", &["image", "identify"]),
    ("image", &["identify"]),
    ("identify", &[]),
    ("telemetry", &["clock"]),
    ("clock", &[]),
];

/// Modules that take bytes and return bytes, and know nothing of the world.
const PURE: &[&str] = &["identify", "image", "optimize", "transform"];

/// What is the world.
const WORLD: &[&str] = &[
    "http",
    "http_body",
    "http_body_util",
    "hyper",
    "hyper_util",
    "moka",
    "rustls",
    "socket2",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time",
    "tokio",
    "toml",
    "tower",
    "tower_http",
    "tracing",
];

/// Things of other crates that only some modules may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("anyhow", &["main", "cli"]),
    ("http::StatusCode", &["server", "app", "source"]),
    ("hyper::StatusCode", &["server", "app", "source"]),
    ("hyper::client", &["source", "purge", "cli"]),
    ("hyper::server", &["server", "app"]),
    ("hyper::service", &["server", "app"]),
    ("hyper_util::client", &["source"]),
    ("hyper_util::server", &["server", "app"]),
];

#[test]
fn imports_run_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = source_files(&root.join("src"));
    assert!(files.len() > FREE.len() + BOUND.len(), "src/ was not found");
    let mut faults = Vec::new();
    for file in files {
        let shown = file.strip_prefix(root).expect("it was found below");
        let source = fs::read_to_string(&file).expect("sources are readable UTF-8");
        faults.extend(faults_of(shown, &source));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What is wrong with a file, a sentence each.
fn faults_of(file: &Path, source: &str) -> Vec<String> {
    let place = place_of(file);
    let Some(module) = place.first() else {
        return Vec::new();
    };
    used_paths(&code_of(source))
        .into_iter()
        .filter_map(|used| {
            let path = from_the_root(&used.path, place.len());
            let fault = fault(module, &path)?;
            Some(format!("{}:{}: {fault}", file.display(), used.line))
        })
        .collect()
}

fn fault(module: &str, path: &str) -> Option<String> {
    match path.strip_prefix("crate::") {
        Some(path) => fault_inside(module, path),
        None => fault_outside(module, path),
    }
}

fn fault_inside(module: &str, path: &str) -> Option<String> {
    let other = path.split("::").next().unwrap_or_default();
    if module == "main" || module == other {
        return None;
    }
    if let Some(at) = FREE.iter().position(|free| *free == module) {
        let allowed = FREE[at..].contains(&other) || BOUND.iter().any(|(bound, _)| *bound == other);
        return (!allowed)
            .then(|| format!("`{module}` must not name `{path}`, which is left of it"));
    }
    let Some((_, allowed)) = BOUND.iter().find(|(bound, _)| *bound == module) else {
        return Some(format!("`{module}` is in no list of tests/it/layering.rs"));
    };
    let is_allowed = allowed.iter().any(|item| begins_with(path, item));
    (!is_allowed).then(|| match allowed {
        [] => format!("`{module}` must not name `{path}`: it stands alone"),
        _ => format!(
            "`{module}` must not name `{path}`, only {}",
            allowed.join(", ")
        ),
    })
}

fn fault_outside(module: &str, path: &str) -> Option<String> {
    let world = WORLD.iter().find(|item| begins_with(path, item));
    if let (true, Some(item)) = (PURE.contains(&module), world) {
        return Some(format!("`{module}` is pure and must not name `{item}`"));
    }
    let (item, allowed) = RESERVED.iter().find(|(item, _)| begins_with(path, item))?;
    (!allowed.contains(&module))
        .then(|| format!("`{item}` is for {} and not `{module}`", allowed.join(", ")))
}

/// Whether the path is the item or something in it.
fn begins_with(path: &str, item: &str) -> bool {
    path.strip_prefix(item)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The path with as many `super` resolved as lead out of a module `depth` levels below the root.
fn from_the_root(path: &str, depth: usize) -> String {
    let supers = path
        .split("::")
        .take_while(|segment| *segment == "super")
        .count();
    if supers == 0 || supers < depth {
        return path.to_owned();
    }
    let rest: Vec<_> = path.split("::").skip(supers).collect();
    format!("crate::{}", rest.join("::"))
}

/// The module path of a file: `src/cache/disk/mod.rs` is `cache::disk`; the root itself is empty.
fn place_of(file: &Path) -> Vec<String> {
    file.with_extension("")
        .iter()
        .skip(1)
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| !matches!(part.as_str(), "mod" | "lib"))
        .collect()
}

/// The Rust files under a folder, those that hold only tests left out.
fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let stem = path.file_stem().unwrap_or_default();
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn each_kind_of_wrong_import_is_told_with_its_place() {
    for (file, source, fault) in [
        ("image/color.rs", "use crate::identify::Format;", ""),
        (
            "image/color.rs",
            "\nuse crate::{identify, clock::Clock};",
            "src/image/color.rs:2: `image` must not name `clock::Clock`, only identify",
        ),
        (
            "clock.rs",
            "fn f(_: super::cache::Key) {}",
            "src/clock.rs:1: `clock` must not name `cache::Key`: it stands alone",
        ),
        ("cache/disk.rs", "use super::server::Key;", ""),
        ("request/mod.rs", "use crate::transform::ask::Fit;", ""),
        (
            "request/mod.rs",
            "use crate::transform::{ask, plan::Plan};",
            "src/request/mod.rs:1: `request` must not name `transform::plan::Plan`, only \
             transform::ask, transform::info, image::Format, image::encode::AvifSubsample, \
             image::encode::WebpCompression, image::encode::WebpPreset, identify::Format",
        ),
        ("delivery.rs", "use crate::{cache, telemetry};", ""),
        (
            "delivery.rs",
            "use crate::config::Config;",
            "src/delivery.rs:1: `delivery` must not name `config::Config`, which is left of it",
        ),
        ("main.rs", "use crate::anything;", ""),
        (
            "stray.rs",
            "use crate::clock;",
            "src/stray.rs:1: `stray` is in no list of tests/it/layering.rs",
        ),
        (
            "transform/plan.rs",
            "let _ = std::time::Instant::now();",
            "src/transform/plan.rs:1: `transform` is pure and must not name `std::time`",
        ),
        (
            "delivery.rs",
            "let _ = http::StatusCode::OK;",
            "src/delivery.rs:1: `http::StatusCode` is for server, app, source and not `delivery`",
        ),
        ("delivery.rs", "// http::StatusCode::OK", ""),
    ] {
        let faults = faults_of(&Path::new("src").join(file), source);
        assert_eq!(faults.join("\n"), fault, "{file}: {source}");
    }
}
