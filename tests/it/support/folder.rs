//! What a cache keeps in its folder, or in a shared one.

use std::fs;
use std::path::{Path, PathBuf};

use super::is_housekeeping;

/// The files below a folder, those of house-keeping left out.
pub(crate) fn kept_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // A folder that goes meanwhile holds nothing.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_housekeeping(&path) || path.ends_with("locks") {
            continue;
        }
        match path.is_dir() {
            true => found.extend(kept_files(&path)),
            false => found.push(path),
        }
    }
    found
}
