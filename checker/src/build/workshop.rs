//! The private temporary folder in which a submission is built.
//!
//! ```text
//! submission/      copies of the accepted files, with their relative paths; the working folder
//! builtin/utils/   our headers; called so that `#include "../utils/osmem.h"` finds them as well
//! objects/         what the compiler writes
//! scratch/         its temporary files
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Failure;
use crate::submission::{File, LARGEST_SOURCE};

/// Bytes that are copied of one submission.
const MOST_BYTES: u64 = 64 << 20;

/// A folder that vanishes with the value.
pub(super) struct Workshop {
    root: PathBuf,
    _folder: TempDir,
}

impl Workshop {
    /// Our headers, as seen from the working folder.
    pub(super) const BUILTIN: &'static str = "../builtin/utils";

    pub(super) fn new() -> Result<Self, Failure> {
        let made = || {
            let folder = tempfile::Builder::new().prefix("osmem-build-").tempdir()?;
            // Compilers write real paths into debugging information.
            let root = folder.path().canonicalize()?;
            for name in ["submission", "builtin/utils", "objects", "scratch"] {
                fs::create_dir_all(root.join(name))?;
            }
            Ok(Self {
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
