//! The private temporary folder in which a submission is built.
//!
//! ```text
//! submission/      copies of the accepted files, with their relative paths; the working folder
//! builtin/utils/   our headers; called so that `#include "../utils/osmem.h"` finds them as well
//! objects/         what the compiler writes
//! scratch/         its temporary files
//! ```

use std::fs::{self, File as Folder, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::statvfs::statvfs;
use tempfile::TempDir;
use walkdir::WalkDir;

use super::Failure;
use super::hiding::Hiding;
use crate::submission::{File, LARGEST_SOURCE};

/// Bytes that are copied of one submission.
const MOST_BYTES: u64 = 64 << 20;

const PREFIX: &str = "osmem-build-";
/// A folder older than this without a lock was left by a killed process: a living one takes the
/// lock at once.
const OLD: Duration = Duration::from_secs(60);

/// A temporary folder that is removed when the value is dropped.
pub(super) struct TemporaryFolder {
    root: PathBuf,
    /// Shows other processes that it is in use.
    _lock: Flock<Folder>,
    /// Removed in `drop` first, because a makefile may have closed folders in it to us.
    _folder: TempDir,
}

impl TemporaryFolder {
    pub(super) fn new() -> io::Result<Self> {
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
        // Compilers write real paths into debugging information.
        let root = folder.path().canonicalize()?;
        Ok(Self {
            _lock: lock(&root)?,
            root,
            _folder: folder,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Bytes that it takes on the disk. What cannot be counted is endlessly large: so many files
    /// that counting them takes long, and what stands in a folder that is closed to us or so deep
    /// that it has no path.
    pub(super) fn used(&self) -> u64 {
        const MOST_FILES: usize = 20_000;
        const DEEPEST: usize = 100;
        let files = WalkDir::new(&self.root).max_depth(DEEPEST);
        let mut sizes = files.into_iter().map(|file| {
            if file.as_ref().is_ok_and(|file| file.depth() == DEEPEST) {
                return u64::MAX;
            }
            let taken = file.and_then(|file| file.metadata());
            match taken.map_err(|error| error.io_error().map(io::Error::kind)) {
                Ok(file) => file.blocks() * 512,
                // Compilers remove their temporary files while we count.
                Err(Some(io::ErrorKind::NotFound)) => 0,
                Err(_) => u64::MAX,
            }
        });
        let counted = sizes.by_ref().take(MOST_FILES);
        let used = counted.fold(0, u64::saturating_add);
        match sizes.next() {
            Some(_) => u64::MAX,
            None => used,
        }
    }

    /// Bytes that are left on its disk.
    pub(super) fn free(&self) -> io::Result<u64> {
        let status = statvfs(&self.root)?;
        Ok(status.blocks_available() * status.fragment_size())
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        remove(&self.root);
    }
}

/// Removes a folder, also where folders in it were closed to us. What is another user's stays.
fn remove(folder: &Path) {
    flatten(folder);
    let _ = fs::remove_dir_all(folder);
}

/// Opens all folders in it and moves deep ones up: to remove a folder takes an open file and room on
/// the stack for each level, and a path that is too long names nothing.
fn flatten(folder: &Path) {
    /// With the longest names, a path of so many levels can still be named.
    const DEEPEST: usize = 12;
    let mut attic = None;
    let mut left = vec![folder.to_owned()];
    let mut moved = 0;
    while let Some(next) = left.pop() {
        // Each is opened before what it holds is read.
        let folders = WalkDir::new(next).max_depth(DEEPEST).into_iter().flatten();
        for inner in folders.filter(|entry| entry.file_type().is_dir()) {
            let _ = fs::set_permissions(inner.path(), Permissions::from_mode(0o700));
            if inner.depth() < DEEPEST {
                continue;
            }
            // Its name cannot be known before.
            let attic = attic.get_or_insert_with(|| tempfile::tempdir_in(folder).ok());
            let Some(attic) = attic else { return };
            let upper = attic.path().join(moved.to_string());
            if fs::rename(inner.path(), &upper).is_ok() {
                moved += 1;
                left.push(upper);
            }
        }
    }
}

/// The folder of one build.
pub(super) struct BuildFolder(TemporaryFolder);

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
            remove(entry.path());
        }
    }
}

/// Removes the folders in `place` of a process that has ended.
pub(super) fn remove_left_by(place: &Path, process: u32) {
    let own = format!("{PREFIX}{process}-");
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(&own);
        if named && let Ok(_lock) = lock(&entry.path()) {
            remove(&entry.path());
        }
    }
}

fn lock(folder: &Path) -> io::Result<Flock<Folder>> {
    let folder = Folder::open(folder)?;
    let locked = Flock::lock(folder, FlockArg::LockExclusiveNonblock);
    locked.map_err(|(_, errno)| errno.into())
}

impl BuildFolder {
    /// The built-in headers, as seen from the working folder.
    pub(super) const BUILTIN: &'static str = "../builtin/utils";

    pub(super) fn new() -> Result<Self, Failure> {
        let made = || {
            let folder = TemporaryFolder::new()?;
            fs::create_dir_all(folder.root.join("builtin/utils"))?;
            let folder = Self(folder);
            folder.clear()?;
            Ok(folder)
        };
        made().map_err(Failure::system("make a temporary folder"))
    }

    /// Makes everything as it was before the submission was copied.
    pub(super) fn clear(&self) -> io::Result<()> {
        for folder in [self.copy(), self.objects(), self.scratch()] {
            remove(&folder);
            fs::create_dir(folder)?;
        }
        Ok(())
    }

    pub(super) fn temporary(&self) -> &TemporaryFolder {
        &self.0
    }

    pub(super) fn root(&self) -> &Path {
        &self.0.root
    }

    /// The copy of the submission, and the working folder of every command.
    pub(super) fn copy(&self) -> PathBuf {
        self.root().join("submission")
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.root().join("objects")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.root().join("scratch")
    }

    /// Copies files of the submission; whether one of them may keep warnings back.
    pub(super) fn add<'f>(
        &self,
        files: impl IntoIterator<Item = &'f File>,
    ) -> Result<Hiding, Failure> {
        let mut hiding = Hiding::default();
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
            hiding = hiding.max(Hiding::of(&bytes));
            write(&self.copy().join(&file.path), &bytes)
                .map_err(Failure::system("copy the submission"))?;
        }
        Ok(hiding)
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

    use nix::fcntl::{OFlag, openat};
    use nix::sys::stat::{Mode, mkdirat};

    use super::*;

    /// Neither is there a path to the innermost one, nor can all be open at the same time.
    #[test]
    fn deep_folders_are_counted_and_removed() {
        let folder = TemporaryFolder::new().unwrap();
        let root = folder.root().to_owned();
        let mut inner = Folder::open(&root).unwrap();
        for _ in 0..3000 {
            mkdirat(&inner, "d", Mode::S_IRWXU).unwrap();
            let next = openat(&inner, "d", OFlag::O_DIRECTORY, Mode::empty());
            inner = Folder::from(next.unwrap());
        }
        assert_eq!(folder.used(), u64::MAX);
        drop(folder);
        assert!(!root.exists());
    }

    #[test]
    fn only_unused_folders_are_removed() {
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
        let closed = left.join("closed/deep");
        fs::create_dir_all(&closed).unwrap();
        fs::set_permissions(left.join("closed"), Permissions::from_mode(0o000)).unwrap();
        Folder::open(&left)
            .unwrap()
            .set_modified(SystemTime::now() - 2 * OLD)
            .unwrap();
        let young = make("osmem-build-2", OLD / 2);
        let used = make("osmem-build-3", 2 * OLD);
        let other = make("results", 2 * OLD);
        let _lock = lock(&used).unwrap();
        remove_abandoned(place.path());
        assert!(!left.exists());
        assert!(young.exists() && used.exists() && other.exists());
    }
}
