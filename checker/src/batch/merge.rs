//! Puts the results of several folders into one.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::content::digest;
use super::files::cannot_read;
use super::lines::{Line, RESULTS, Span, scan};
use super::store::{Store, StoreError, timing_of};
use crate::report::Names;

/// Why folders could not be merged.
#[derive(Debug, Error)]
pub enum MergeError {
    /// Results could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{id} has different results in {one} and in {other}")]
    Conflict {
        id: String,
        one: PathBuf,
        other: PathBuf,
    },
}

/// Makes `out` hold what all of `folders` hold, and nothing else: the same as if everything had
/// been graded into it. Folders may overlap where they agree. Returns how many submissions there
/// are.
pub fn merge(folders: &[PathBuf], out: &Path, names: Names) -> Result<usize, MergeError> {
    let mut found: BTreeMap<String, Origin<'_>> = BTreeMap::new();
    for folder in folders {
        let here = origins(folder)?;
        if let Some((id, known)) = disagreement(&found, &here) {
            let (one, other) = (known.folder.to_owned(), folder.clone());
            return Err(MergeError::Conflict { id, one, other });
        }
        found.extend(here);
    }
    write(folders, out, &found, names)
}

/// Where a result stands.
struct Origin<'p> {
    folder: &'p Path,
    span: Span,
    digest: String,
}

/// The results of a folder, the last of each submission.
fn origins(folder: &Path) -> Result<BTreeMap<String, Origin<'_>>, MergeError> {
    let mut origins = BTreeMap::new();
    let path = folder.join(RESULTS);
    let (mut lines, mut garbled) = (0, None);
    let end = scan(&path, |line| {
        lines += 1;
        if let Some(entry) = line.entry() {
            let origin = Origin {
                folder,
                span: line.span,
                digest: digest([line.bytes]),
            };
            origins.insert(entry.id, origin);
        } else {
            garbled.get_or_insert(lines);
        }
    })?;
    let length = std::fs::metadata(&path).map_err(cannot_read(&path))?.len();
    let torn = (end < length).then_some(lines + 1);
    match garbled.or(torn) {
        Some(line) => Err(StoreError::Garbled { path, line }.into()),
        None => Ok(origins),
    }
}

fn disagreement<'f, 'p>(
    found: &'f BTreeMap<String, Origin<'p>>,
    here: &BTreeMap<String, Origin<'p>>,
) -> Option<(String, &'f Origin<'p>)> {
    let mut both = here.iter().filter_map(|(id, origin)| {
        let known = found.get(id)?;
        (known.digest != origin.digest).then(|| (id.clone(), known))
    });
    both.next()
}

/// The output may be one of the folders: its results file only grows while others are read, and
/// is put in order at the end.
fn write(
    folders: &[PathBuf],
    out: &Path,
    found: &BTreeMap<String, Origin<'_>>,
    names: Names,
) -> Result<usize, MergeError> {
    let mut store = Store::open(out)?;
    let timed = folders.iter().map(|folder| timing_of(folder));
    let timed = timed.collect::<Result<Vec<_>, _>>()?;
    let wanted = |id: &str| found.contains_key(id);
    store.restart(wanted)?;
    store.adopt_timing(timed, wanted);
    for folder in folders {
        let path = folder.join(RESULTS);
        let file = File::open(&path).map_err(cannot_read(&path))?;
        let here = found
            .values()
            .filter(|origin| origin.folder == folder.as_path());
        for &Origin { span, .. } in here {
            let bytes = span.read(&file).map_err(cannot_read(&path))?;
            let bytes = &bytes;
            store.adopt(&Line { bytes, span }, folder)?;
        }
    }
    store.finish(names)?;
    Ok(found.len())
}
