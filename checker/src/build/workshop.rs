//! The private temporary folder in which a submission is built.
//!
//! ```text
//! submission/      copies of the accepted files, with their relative paths; the working folder
//! builtin/utils/   our headers; called so that `#include "../utils/osmem.h"` finds them as well
//! objects/         what the compiler writes
//! scratch/         its temporary files
//! ```

use std::fs::{self, File as Folder};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::Failure;
use crate::submission::{File, LARGEST_SOURCE};

/// Bytes that are copied of one submission.
const MOST_BYTES: u64 = 64 << 20;

const PREFIX: &str = "osmem-build-";
/// No build takes so long: what is as old and belongs to nobody was left by a killed process.
const OLD: Duration = Duration::from_secs(600);

/// A folder that vanishes with the value.
pub(super) struct Workshop {
    root: PathBuf,
    /// Shows others that somebody works here.
    _lock: Flock<Folder>,
    _folder: TempDir,
}

/// Removes the folders in `place` that builds of killed processes have left, as far as that may be
/// done.
pub(super) fn remove_abandoned(place: &Path) {
    let entries = WalkDir::new(place).min_depth(1).max_depth(1);
    for entry in entries.into_iter().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = entry.metadata().ok().and_then(|metadata| {
            let changed = metadata.modified().ok()?;
            changed.elapsed().ok()
        });
        let left = named && entry.file_type().is_dir() && age.is_some_and(|age| age > OLD);
        if left && let Ok(_lock) = lock(entry.path()) {
            // Another user's stays where it is.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn lock(folder: &Path) -> io::Result<Flock<Folder>> {
    let folder = Folder::open(folder)?;
    let locked = Flock::lock(folder, FlockArg::LockExclusiveNonblock);
    locked.map_err(|(_, errno)| errno.into())
}

impl Workshop {
    /// Our headers, as seen from the working folder.
    pub(super) const BUILTIN: &'static str = "../builtin/utils";

    pub(super) fn new() -> Result<Self, Failure> {
        let made = || {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
            // Compilers write real paths into debugging information.
            let root = folder.path().canonicalize()?;
            for name in ["submission", "builtin/utils", "objects", "scratch"] {
                fs::create_dir_all(root.join(name))?;
            }
            Ok(Self {
                _lock: lock(&root)?,
                root,
                _folder: folder,
            })
        };
        made().map_err(Failure::system("make a temporary folder"))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The copy of the submission, and the working folder of every command.
    pub(super) fn copy(&self) -> PathBuf {
        self.root.join("submission")
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    /// Copies files of the submission.
    pub(super) fn add<'f>(&self, files: impl IntoIterator<Item = &'f File>) -> Result<(), Failure> {
        let mut left = MOST_BYTES;
        for file in files {
            let bytes = file
                .read(LARGEST_SOURCE)
                .map_err(|source| Failure::Unreadable {
                    path: file.path.clone(),
                    source,
                })?;
            left = left
                .checked_sub(bytes.len() as u64)
                .ok_or(Failure::TooLarge { limit: MOST_BYTES })?;
            write(&self.copy().join(&file.path), &bytes)
                .map_err(Failure::system("copy the submission"))?;
        }
        Ok(())
    }

    /// Writes headers for what the submission does not bring itself.
    pub(super) fn add_headers<'h>(
        &self,
        headers: impl IntoIterator<Item = &'h (&'h str, &'h str)>,
    ) -> Result<(), Failure> {
        let folder = self.copy().join(Self::BUILTIN);
        for (name, text) in headers {
            write(&folder.join(name), text.as_bytes())
                .map_err(Failure::system("write the built-in headers"))?;
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_what_nobody_works_in_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let folder = place.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("osmem.c"), "").unwrap();
            let changed = SystemTime::now() - age;
            Folder::open(&folder)
                .unwrap()
                .set_modified(changed)
                .unwrap();
            folder
        };
        let left = make("osmem-build-1", 2 * OLD);
        let young = make("osmem-build-2", OLD / 2);
        let used = make("osmem-build-3", 2 * OLD);
        let other = make("results", 2 * OLD);
        let _lock = lock(&used).unwrap();
        remove_abandoned(place.path());
        assert!(!left.exists());
        assert!(young.exists() && used.exists() && other.exists());
    }
}
