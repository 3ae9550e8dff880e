//! Files that are whole whenever they are read, and what can go wrong with them.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use thiserror::Error;

/// Why results could not be kept or read.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot read results: {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write results: {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error("another process is writing results to {path}")]
    Busy { path: PathBuf },
    #[error("line {line} of {path} cannot be read: grade into that folder again")]
    Garbled { path: PathBuf, line: usize },
    #[error("not an id of a submission: {0:?}")]
    Id(String),
}

/// Keeps others from writing to a folder as long as the value lives.
pub(super) fn locked(folder: &Path) -> Result<Flock<File>, StoreError> {
    let file = File::open(folder).map_err(cannot_read(folder))?;
    let path = folder.to_owned();
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        nix::Error::EWOULDBLOCK => StoreError::Busy { path },
        other => cannot_write(folder)(other.into()),
    })
}

pub(super) fn read_if_there(path: &Path) -> Result<Vec<u8>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(cannot_read(path)),
    }
}

/// A file to append to, cut to its whole lines first, so that the next one begins on a line of its
/// own.
pub(super) fn appended(path: &Path, whole: u64) -> Result<File, StoreError> {
    let open = || {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        if file.metadata()?.len() > whole {
            file.set_len(whole)?;
        }
        Ok(file)
    };
    open().map_err(cannot_write(path))
}

/// Replaces a file as a whole: a reader sees the old content or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = temporary(path);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(cannot_write(path))
}

/// Where the new content of a file is put together.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// Removes what a killed process was about to put in place.
pub(super) fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map_err(cannot_read(folder))?;
    for entry in entries {
        let path = entry.map_err(cannot_read(folder))?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.starts_with('.') && name.ends_with(".tmp") {
            fs::remove_file(&path).map_err(cannot_write(&path))?;
        }
    }
    Ok(())
}

pub(super) fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    |source| StoreError::Read { path, source }
}

pub(super) fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    |source| StoreError::Write { path, source }
}
