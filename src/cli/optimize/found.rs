//! Which files there are, and where what is made of each goes.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::cli::placing;
use crate::image::Format;

/// Files that are worked on at most.
const MAX_FILES: usize = 1_000_000;

/// How the names of pictures end.
const EXTENSIONS: &[(&str, Format)] = &[
    ("jpg", Format::Jpeg),
    ("jpeg", Format::Jpeg),
    ("jpe", Format::Jpeg),
    ("jfif", Format::Jpeg),
    ("png", Format::Png),
    ("webp", Format::WebP),
    ("avif", Format::Avif),
    ("gif", Format::Gif),
    ("svg", Format::Svg),
    ("svgz", Format::Svg),
];

/// What was named.
pub(super) struct Search<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) output: Option<&'a Path>,
    pub(super) format: Option<Format>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    /// What runs that were killed left behind.
    pub(super) leftovers: Vec<PathBuf>,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) source: PathBuf,
    /// Where the source itself goes if it stays as it is: its own place, or one in the folder of output.
    pub(super) copy: PathBuf,
    /// Where what is made of it goes.
    pub(super) target: PathBuf,
    /// Why there is nothing to do, where that is known before it is opened.
    pub(super) fault: Option<Fault>,
}

/// Why nothing is done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    PassedBy(String),
    Failed(String),
}

/// A walk through what was named.
struct Walk<'a> {
    search: &'a Search<'a>,
    /// Device and number of the folder of output, where it is there.
    output: Option<(u64, u64)>,
    seen: HashSet<PathBuf>,
    targets: HashMap<PathBuf, PathBuf>,
    found: Found,
}

impl Search<'_> {
    /// Every file that was named or lies in a folder that was, each once, in the order of their names.
    ///
    /// # Errors
    /// More files than are worked on, and a folder of output that was named as input too.
    pub(super) fn found(&self) -> anyhow::Result<Found> {
        let output = self.output.and_then(|output| fs::metadata(output).ok());
        let mut walk = Walk {
            search: self,
            output: output.as_ref().map(identity),
            seen: HashSet::new(),
            targets: HashMap::new(),
            found: Found::default(),
        };
        for path in self.paths {
            walk.named(path)?;
        }
        if self.output.is_some() {
            walk.spare_originals();
        }
        Ok(walk.found)
    }
}

impl Walk<'_> {
    /// A link that was named is followed: that is what it was named for.
    fn named(&mut self, path: &Path) -> anyhow::Result<()> {
        let resolved = match path.is_symlink() {
            true => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            false => path.to_owned(),
        };
        match fs::metadata(&resolved) {
            Ok(metadata) if metadata.is_dir() => {
                let is_output = Some(identity(&metadata)) == self.output;
                ensure!(!is_output, "{} is input and output", path.display());
                self.folder(&resolved)
            }
            Ok(metadata) => {
                let below = PathBuf::from(resolved.file_name().unwrap_or_default());
                self.file(&resolved, &below, fault_of(&metadata))
            }
            Err(error) => {
                let fault = Some(Fault::Failed(error.to_string()));
                self.file(path, Path::new(""), fault)
            }
        }
    }

    /// Every file of a folder and of those in it.
    fn folder(&mut self, root: &Path) -> anyhow::Result<()> {
        let mut folders = vec![PathBuf::new()];
        while let Some(below) = folders.pop() {
            let entries = match entries(&root.join(&below)) {
                Ok(entries) => entries,
                Err(error) => {
                    let fault = Some(Fault::Failed(error.to_string()));
                    self.file(&root.join(&below), &below, fault)?;
                    continue;
                }
            };
            let mut inner = Vec::new();
            for (name, metadata) in entries {
                let below = below.join(&name);
                if metadata.is_dir() {
                    inner.extend((Some(identity(&metadata)) != self.output).then_some(below));
                } else if metadata.is_file() && placing::is_unfinished(&name) {
                    self.found.leftovers.push(root.join(below));
                } else {
                    self.file(&root.join(&below), &below, fault_of(&metadata))?;
                }
            }
            folders.extend(inner.into_iter().rev());
        }
        Ok(())
    }

    /// A file that lies at `below` in what was named.
    fn file(&mut self, source: &Path, below: &Path, fault: Option<Fault>) -> anyhow::Result<()> {
        let own = fs::canonicalize(source).unwrap_or_else(|_| source.to_owned());
        let is_link = source.is_symlink();
        if !is_link && !self.seen.insert(own) {
            return Ok(());
        }
        ensure!(
            self.found.items.len() < MAX_FILES,
            "more than {MAX_FILES} files"
        );
        let copy = match self.search.output {
            Some(output) => output.join(below),
            None => source.to_owned(),
        };
        let target = renamed(&copy, self.search.format);
        let fault = fault.or_else(|| self.claimed(&target, source));
        self.found.items.push(Item {
            source: source.to_owned(),
            copy,
            target,
            fault,
        });
        Ok(())
    }

    /// Leaves undone what would take the place of a file that was named, in the folder of output.
    fn spare_originals(&mut self) {
        for item in &mut self.found.items {
            let place = fs::canonicalize(&item.target);
            if item.fault.is_none() && place.is_ok_and(|place| self.seen.contains(&place)) {
                let fault = format!("{} is an original", item.target.display());
                item.fault = Some(Fault::Failed(fault));
            }
        }
    }

    /// Takes the place of a result, unless that of another file goes there.
    fn claimed(&mut self, target: &Path, source: &Path) -> Option<Fault> {
        let beside = self.search.output.is_none() && target != source;
        if beside && target.symlink_metadata().is_ok() {
            let reason = format!("{} is there already", target.display());
            return Some(Fault::PassedBy(reason));
        }
        let before = self.targets.insert(target.to_owned(), source.to_owned())?;
        let fault = format!("{} is made of {}", target.display(), before.display());
        self.targets.insert(target.to_owned(), before);
        Some(Fault::Failed(fault))
    }
}

/// The entries of a folder by name; links are not followed.
fn entries(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Metadata)>> {
    let read = || -> io::Result<Vec<_>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            entries.push((PathBuf::from(entry.file_name()), entry.metadata()?));
        }
        Ok(entries)
    };
    let mut entries = read().context("cannot read the folder")?;
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries)
}

fn fault_of(metadata: &Metadata) -> Option<Fault> {
    let reason = match metadata.file_type() {
        kind if kind.is_file() => return None,
        kind if kind.is_symlink() => "a symbolic link",
        _ => "no file",
    };
    Some(Fault::PassedBy(reason.to_owned()))
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// The name of what is made in a format of a file: the same where its ending says so already.
fn renamed(path: &Path, format: Option<Format>) -> PathBuf {
    let Some(format) = format else {
        return path.to_owned();
    };
    match told(path) {
        Some(told) if told == format || told == Format::Svg => path.to_owned(),
        Some(_) => path.with_extension(format.extension()),
        // What ends otherwise may be told apart from its namesakes by just that.
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(format.extension());
            name.into()
        }
    }
}

/// The format that the name of a file tells.
fn told(path: &Path) -> Option<Format> {
    let extension = path.extension().and_then(OsStr::to_str)?;
    let mut known = EXTENSIONS.iter();
    let found = known.find(|(known, _)| known.eq_ignore_ascii_case(extension));
    found.map(|(_, format)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_named_by_its_format() {
        let webp = Some(Format::WebP);
        for (path, format, expected) in [
            ("a/cat.jpg", None, "a/cat.jpg"),
            ("a/cat.jpg", webp, "a/cat.webp"),
            ("a/cat.WebP", webp, "a/cat.WebP"),
            ("a/cat.JPEG", Some(Format::Jpeg), "a/cat.JPEG"),
            ("a/cat.min.png", webp, "a/cat.min.webp"),
            ("a/logo.svg", webp, "a/logo.svg"),
            ("a/cat.txt", webp, "a/cat.txt.webp"),
            ("a/cat", webp, "a/cat.webp"),
        ] {
            assert_eq!(
                renamed(Path::new(path), format),
                Path::new(expected),
                "{path}"
            );
        }
    }
}
