//! `inkfish optimize`: what it does to files, and what it leaves alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{begin, eventually, fixture, run};

/// A folder with pictures in it.
struct Folder(tempfile::TempDir);

impl Folder {
    /// Fixtures under names of their own.
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, of) in files {
            folder.write(name, &fixture(of));
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of all files, and of folders with a slash.
    fn names(&self) -> Vec<String> {
        names(self.0.path())
    }

    /// What the command says of the whole folder, with its exit code.
    fn optimize(&self, arguments: &[&str]) -> Told {
        let folder = self.0.path().to_str().unwrap();
        told(&[&["optimize", folder, "--json"], arguments].concat())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() && !path.is_symlink() {
            true => names.extend(self::names(&path).iter().map(|it| format!("{name}/{it}"))),
            false => names.push(name),
        }
    }
    names.sort();
    names
}

/// What the command said.
struct Told {
    code: Option<i32>,
    files: Vec<Value>,
    totals: Value,
}

impl Told {
    fn of(&self, name: &str) -> &Value {
        let named = |file: &&Value| file["file"].as_str().unwrap().ends_with(name);
        self.files.iter().find(named).unwrap()
    }
}

fn told(arguments: &[&str]) -> Told {
    let output = run(arguments, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut files: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let totals = files.pop().unwrap()["totals"].take();
    Told {
        code: output.status.code(),
        files,
        totals,
    }
}

fn size_of(file: &[u8]) -> (u32, u32) {
    let picture = image::load_from_memory(file).unwrap();
    (picture.width(), picture.height())
}

#[test]
fn files_become_smaller_in_place_and_keep_their_mode() {
    let folder = Folder::with(&[
        ("a.jpg", "jpeg/restart-intervals.jpg"),
        ("deep/er/b.png", "png/rgb-8.png"),
        ("deep/turned.jpg", "jpeg/orientation-6.jpg"),
    ]);
    fs::set_permissions(folder.path("a.jpg"), fs::Permissions::from_mode(0o640)).unwrap();
    let before = folder.read("a.jpg");
    let names = folder.names();
    let told = folder.optimize(&[]);
    assert_eq!(told.code, Some(0), "{:?}", told.files);
    assert_eq!(folder.names(), names);
    let told = told.of("a.jpg");
    assert_eq!(told["outcome"], "smaller");
    assert_eq!(told["bytes_before"], before.len());
    let after = folder.read("a.jpg");
    assert_eq!(told["bytes_after"], after.len());
    assert!(after.len() < before.len());
    assert_eq!(size_of(&after), size_of(&before));
    let mode = fs::metadata(folder.path("a.jpg")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o640);
    // Once more, and nothing is lost again.
    let twice = folder.optimize(&[]);
    assert_eq!(twice.of("a.jpg")["outcome"], "kept");
    assert_eq!(folder.read("a.jpg"), after);
}

#[test]
fn a_folder_of_output_is_laid_out_as_the_input_and_spares_it() {
    let folder = Folder::with(&[
        ("in/a.jpg", "jpeg/restart-intervals.jpg"),
        ("in/deep/least.gif", "gif/gif87a.gif"),
        ("in/deep/b.png", "png/rgb-8.png"),
        ("in/notes.txt", "other/not-an-image.json"),
    ]);
    let (input, output) = (folder.path("in"), folder.path("in/out"));
    let paths = [input.to_str().unwrap(), output.to_str().unwrap()];
    let before = folder.read("in/a.jpg");
    for _ in 0..2 {
        let told = told(&["optimize", paths[0], "--output", paths[1], "--json"]);
        assert_eq!(told.code, Some(0), "{:?}", told.files);
        assert_eq!(told.files.len(), 4);
        assert_eq!(told.of("notes.txt")["outcome"], "passed_by");
        assert_eq!(
            folder.names(),
            [
                "in/a.jpg",
                "in/deep/b.png",
                "in/deep/least.gif",
                "in/notes.txt",
                "in/out/a.jpg",
                "in/out/deep/b.png",
                "in/out/deep/least.gif",
            ]
        );
    }
    assert_eq!(folder.read("in/a.jpg"), before);
    assert!(folder.read("in/out/a.jpg").len() < before.len());
    let same = run(&["optimize", paths[0], "--output", paths[0]], &[]);
    assert_eq!(same.status.code(), Some(1));
}

#[test]
fn another_format_and_size_stand_beside_the_original() {
    let folder = Folder::with(&[("a.jpg", "jpeg/photo-1200x800.jpg")]);
    let before = folder.read("a.jpg");
    let arguments = ["--format", "webp", "--resize", "300x300"];
    let told = folder.optimize(&arguments);
    assert_eq!(told.code, Some(0), "{:?}", told.files);
    assert_eq!(told.of("a.jpg")["format"], "webp");
    assert!(told.of("a.jpg")["score"].as_f64().unwrap() > 74.0);
    assert_eq!(folder.names(), ["a.jpg", "a.webp"]);
    assert_eq!(folder.read("a.jpg"), before);
    assert_eq!(size_of(&folder.read("a.webp")), (300, 200));
    // What is there is not replaced.
    let made = folder.read("a.webp");
    let again = folder.optimize(&["--format", "webp"]);
    assert_eq!(again.of("a.jpg")["outcome"], "passed_by");
    assert!(folder.read("a.webp").len() <= made.len());
}

#[test]
fn two_files_do_not_take_one_place() {
    let folder = Folder::with(&[
        ("a.jpg", "jpeg/restart-intervals.jpg"),
        ("a.png", "png/rgb-8.png"),
    ]);
    let told = folder.optimize(&["--format", "webp", "--dry-run"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(told.of("a.png")["outcome"], "failed");
    let reason = told.of("a.png")["reason"].as_str().unwrap();
    assert!(reason.contains("is made of"), "{reason}");
}

#[test]
fn a_dry_run_says_all_and_changes_nothing() {
    let files = [
        ("a.jpg", "jpeg/restart-intervals.jpg"),
        ("b.png", "png/rgb-8.png"),
    ];
    let folder = Folder::with(&files);
    folder.write(".a.jpg.inkfish-part", b"half");
    let dry = folder.optimize(&["--dry-run"]);
    assert_eq!(dry.totals["dry_run"], true);
    assert_eq!(dry.of("a.jpg")["outcome"], "smaller");
    assert_eq!(folder.names(), [".a.jpg.inkfish-part", "a.jpg", "b.png"]);
    for (name, of) in files {
        assert_eq!(folder.read(name), fixture(of), "{name}");
    }
    let wet = folder.optimize(&[]);
    assert_eq!(
        wet.of("a.jpg")["bytes_after"],
        dry.of("a.jpg")["bytes_after"]
    );
    assert_eq!(folder.names(), ["a.jpg", "b.png"]);
}

#[test]
fn nothing_ever_becomes_larger() {
    let folder = Folder::with(&[
        ("one.jpg", "jpeg/size-1x1.jpg"),
        ("one.png", "png/size-1x1.png"),
        ("one.webp", "webp/size-1x1.webp"),
        ("small.webp", "webp/lossy.webp"),
        ("palette.png", "png/palette-4.png"),
        ("head.avif", "other/head.avif"),
        ("still.gif", "gif/gif89a.gif"),
        ("plain.svg", "other/plain.svg"),
        ("cmyk.jpg", "jpeg/cmyk-adobe-icc.jpg"),
    ]);
    let sizes = || {
        folder
            .names()
            .into_iter()
            .map(|name| folder.read(&name).len())
    };
    for target in ["lossless", "high", "low"] {
        let before: Vec<_> = sizes().collect();
        let told = folder.optimize(&["--target", target]);
        for ((before, after), file) in before.iter().zip(sizes()).zip(&told.files) {
            assert!(after <= *before, "{target} {file}");
            assert!(file["outcome"] != "smaller" || after < *before, "{file}");
        }
    }
}

#[test]
fn without_a_loss_every_pixel_stays() {
    let files = [
        ("a.jpg", "jpeg/orientation-1.jpg"),
        ("deep.png", "png/rgb-16.png"),
        ("p3.png", "png/icc-display-p3.png"),
    ];
    let folder = Folder::with(&files);
    let told = folder.optimize(&["--lossless"]);
    assert_eq!(told.of("a.jpg")["packed"], true);
    for (name, of) in files {
        let decoded = |file: &[u8]| image::load_from_memory(file).unwrap();
        let (before, after) = (decoded(&fixture(of)), decoded(&folder.read(name)));
        assert_eq!(before.to_rgb16(), after.to_rgb16(), "{name}");
    }
    let refused = folder.optimize(&["--lossless", "--format", "avif"]);
    assert_eq!(refused.totals["kept"], 3);
    assert_eq!(folder.names().len(), 3);
}

#[test]
fn broken_files_are_told_and_left() {
    let files = [
        ("a.jpg", "jpeg/truncated.jpg"),
        ("b.png", "png/truncated.png"),
        ("c.webp", "webp/truncated.webp"),
        ("d.gif", "gif/truncated.gif"),
        ("e.png", "bad/65535x65535.png"),
        ("f.svg", "bad/svg-doubling-entities.svg"),
        ("g.jpg", "jpeg/restart-intervals.jpg"),
    ];
    let folder = Folder::with(&files);
    let told = folder.optimize(&[]);
    assert_eq!(told.code, Some(1));
    assert_eq!(told.of("g.jpg")["outcome"], "smaller");
    for (name, of) in &files[..6] {
        assert_ne!(told.of(name)["outcome"], "smaller", "{name}");
        assert!(told.of(name)["reason"].is_string(), "{name}");
        assert_eq!(folder.read(name), fixture(of), "{name}");
    }
}

#[test]
fn links_animations_and_what_is_no_image_are_passed_by() {
    let elsewhere = Folder::with(&[("a.jpg", "jpeg/restart-intervals.jpg")]);
    let folder = Folder::with(&[
        ("move.gif", "gif/animated-2-frames-once.gif"),
        ("move.webp", "webp/animated-3-frames.webp"),
        ("page.html", "other/not-an-image.html"),
        ("scan.tiff", "other/little-endian.tiff"),
    ]);
    symlink(elsewhere.path("a.jpg"), folder.path("link.jpg")).unwrap();
    symlink(elsewhere.0.path(), folder.path("link")).unwrap();
    let told = folder.optimize(&[]);
    assert_eq!(told.code, Some(0));
    assert_eq!(told.totals["passed_by"], 6, "{:?}", told.files);
    assert_eq!(
        elsewhere.read("a.jpg"),
        fixture("jpeg/restart-intervals.jpg")
    );
}

#[test]
fn what_cannot_be_written_is_told_and_left() {
    let folder = Folder::with(&[("a.jpg", "jpeg/restart-intervals.jpg")]);
    let mode = |mode| fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(mode));
    mode(0o555).unwrap();
    fs::set_permissions(folder.path("a.jpg"), fs::Permissions::from_mode(0o644)).unwrap();
    // A copy that anybody may run: whoever tests may be allowed to write anywhere.
    let programs = tempfile::tempdir().unwrap();
    fs::set_permissions(programs.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = programs.path().join("inkfish");
    fs::copy(env!("CARGO_BIN_EXE_inkfish"), &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["optimize", "--json"]).arg(folder.0.path());
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    mode(0o755).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let file: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{file}");
    let reason = file["reason"].as_str().unwrap();
    assert!(reason.contains("ermission denied"), "{reason}");
    assert_eq!(folder.names(), ["a.jpg"]);
    assert_eq!(folder.read("a.jpg"), fixture("jpeg/restart-intervals.jpg"));
}

#[test]
fn a_table_is_for_people() {
    let folder = Folder::with(&[("a.jpg", "jpeg/restart-intervals.jpg")]);
    let output = run(&["optimize", folder.0.path().to_str().unwrap()], &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("file"), "{text}");
    assert!(text.contains("made smaller: 1\n"), "{text}");
    assert!(output.stderr.is_empty(), "no bar where nobody looks");
}

/// Many files, so that some are done and some are not when it ends.
fn many() -> Folder {
    let names: Vec<String> = (0..60).map(|number| format!("{number:02}.jpg")).collect();
    let files = names
        .iter()
        .map(|name| (name.as_str(), "jpeg/restart-intervals.jpg"));
    Folder::with(&files.collect::<Vec<_>>())
}

/// Every file is the original or a whole smaller one.
fn assert_whole(folder: &Folder) {
    let original = fixture("jpeg/restart-intervals.jpg");
    let names = folder.names();
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let file = folder.read(name);
        assert!(file == original || file.len() < original.len(), "{name}");
        assert_eq!(size_of(&file), size_of(&original), "{name}");
    }
}

fn stopped_by(signal: Signal) -> (Folder, std::process::Output) {
    let folder = many();
    let path = folder.0.path().to_str().unwrap();
    let child = begin(&["optimize", path, "--jobs", "2", "--json"], &[]);
    let original = fixture("jpeg/restart-intervals.jpg");
    eventually("the first file is done", || {
        folder.read("00.jpg").len() < original.len()
    });
    kill_process(Pid::from_child(&child), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    (folder, output)
}

#[test]
fn killed_it_leaves_every_file_whole_and_the_next_run_cleans_up() {
    let (folder, _) = stopped_by(Signal::KILL);
    assert_whole(&folder);
    folder.write(".59.jpg.inkfish-part", b"half");
    let told = folder.optimize(&[]);
    assert_eq!(told.code, Some(0));
    assert_whole(&folder);
    assert_eq!(folder.names().len(), 60, "{:?}", folder.names());
}

#[test]
fn interrupted_it_leaves_nothing_behind_and_says_what_was_done() {
    let (folder, output) = stopped_by(Signal::INT);
    assert_whole(&folder);
    assert_eq!(folder.names().len(), 60, "{:?}", folder.names());
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let totals = &last["totals"];
    assert!(totals["smaller"].as_u64().unwrap() >= 1, "{totals}");
    // It may have come to its end before the signal came to it.
    if totals["interrupted"] == true {
        assert_eq!(output.status.code(), Some(130));
        assert!(totals["unfinished"].as_u64().unwrap() >= 1, "{totals}");
    }
}

#[test]
fn a_folder_of_output_never_costs_an_original() {
    let folder = Folder::with(&[
        ("a.jpg", "jpeg/restart-intervals.jpg"),
        ("deep/a.jpg", "jpeg/orientation-1.jpg"),
    ]);
    let path = |name: &str| folder.path(name).to_str().unwrap().to_owned();
    let (one, other, deep) = (path("a.jpg"), path("deep/a.jpg"), path("deep"));
    let told = told(&["optimize", &one, &other, "--output", &deep, "--json"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(told.totals["failed"], 2, "{:?}", told.files);
    assert_eq!(folder.read("deep/a.jpg"), fixture("jpeg/orientation-1.jpg"));
    assert_eq!(folder.names(), ["a.jpg", "deep/a.jpg"]);
}
