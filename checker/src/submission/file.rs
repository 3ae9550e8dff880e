//! A regular file of a submission.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A regular file, as it was when the submission was located.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Where it stands, relative to the submission's root.
    pub path: PathBuf,
    /// Where its content is: elsewhere in the submission for a link.
    pub content: PathBuf,
    pub size: u64,
}

impl File {
    /// The part of its name after the last dot, or nothing.
    pub fn extension(&self) -> &OsStr {
        self.path.extension().unwrap_or_default()
    }

    /// The folder that it stands in, relative to the root.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Its last path component.
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// Reads it, wherever it is still a regular file of at most `limit` bytes. Never blocks: a
    /// FIFO that took its place is opened without waiting, and refused.
    pub fn read(&self, limit: u64) -> io::Result<Vec<u8>> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(&self.content)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("no longer a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("larger than {limit} bytes")));
        }
        Ok(bytes)
    }
}
