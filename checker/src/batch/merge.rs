//! The results of several folders in one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::store::{Entry, Store, StoreError, entries};

/// Why folders could not be merged.
#[derive(Debug, Error)]
pub enum MergeError {
    /// Results could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two folders disagree.
    #[error("{id} has different results in {one} and in {other}")]
    Conflict {
        /// The submission.
        id: String,
        /// A folder that has it.
        one: PathBuf,
        /// Another, with another result.
        other: PathBuf,
    },
}

/// Makes `out` hold what all of `folders` hold, and nothing else: the same as if everything had
/// been graded into it. Folders may overlap where they agree. Returns how many submissions there
/// are.
///
/// # Errors
///
/// When two folders disagree, or something cannot be read or written.
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<usize, MergeError> {
    let mut origins: BTreeMap<String, &Path> = BTreeMap::new();
    let mut all: BTreeMap<String, Entry> = BTreeMap::new();
    for folder in folders {
        for (id, entry) in entries(folder)? {
            if all.get(&id).is_some_and(|known| *known != entry) {
                let one = origins[&id].to_owned();
                let other = folder.clone();
                return Err(MergeError::Conflict { id, one, other });
            }
            origins.insert(id.clone(), folder);
            all.insert(id, entry);
        }
    }
    write(folders, out, all, &origins)
}

fn write(
    folders: &[PathBuf],
    out: &Path,
    all: BTreeMap<String, Entry>,
    origins: &BTreeMap<String, &Path>,
) -> Result<usize, MergeError> {
    let mut store = Store::open(out)?;
    // The output may be one of the folders: what is in it is read before it is forgotten.
    let count = all.len();
    let mut timed = Vec::new();
    for folder in folders {
        timed.push(super::store::timing_of(folder)?);
    }
    store.restart(&all)?;
    store.adopt_timing(timed, &all);
    for (id, entry) in all {
        store.adopt(entry, origins[&id])?;
    }
    store.finish()?;
    Ok(count)
}
