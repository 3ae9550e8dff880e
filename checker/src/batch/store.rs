//! The folder that the results of a class are kept in.
//!
//! ```text
//! results.jsonl     one finished submission a line, appended as it is finished
//! reports/ID.json   its report, and ID.txt the same to read
//! grades.csv        the table of the class, written at the end
//! timing.csv        how long each took
//! ```
//!
//! A process may be killed at any moment. A line counts when it is complete, and what belongs to
//! it was written before it; a torn line is ignored and its submission graded again. In the end
//! everything is put in the order of the ids, so that all files but `timing.csv` are the same,
//! byte for byte, as if nothing had happened. Nothing here survives a power failure by intent.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::content::digest;
use super::timing;
use crate::record::{Record, Time};
use crate::report::{Row, Seconds, View, exporter, write_class};
use crate::rubric::{Grade, Ungraded};

const RESULTS: &str = "results.jsonl";
const GRADES: &str = "grades.csv";
const TIMING: &str = "timing.csv";
const REPORTS: &str = "reports";
/// The formats of each submission's reports, and their extensions.
const FORMATS: [(&str, &str); 2] = [("json", "json"), ("vmchecker", "txt")];

/// Why results could not be kept or read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file or folder could not be read.
    #[error("cannot read results: {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write results: {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process is writing there.
    #[error("another process is writing results to {path}")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// An id is no name of a file.
    #[error("no id of a submission: {0:?}")]
    Id(String),
}

/// What a result depends on, each as a hash or a version. A submission is graded again only when
/// one of these changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// What was handed in: [`super::content::fingerprint`].
    pub submission: String,
    /// The version of the suite.
    pub suite: String,
    /// The version of the golden snapshots.
    pub snapshots: String,
    /// Everything on the command line that can change a result or a report.
    pub options: String,
    /// The text of the rubric.
    pub rubric: String,
}

impl Key {
    /// All of it in one hash.
    #[must_use]
    pub fn digest(&self) -> String {
        let Self {
            submission,
            suite,
            snapshots,
            options,
            rubric,
        } = self;
        digest([submission, suite, snapshots, options, rubric].map(|part| part.as_bytes()))
    }
}

/// A submission that is finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is called in files and tables.
    pub id: String,
    /// What the result depends on.
    pub key: Key,
    /// Names its behaviour in everything that was observed: the same for the same behaviour.
    /// Empty when nothing was observed.
    pub behaviour: String,
    /// What is known of it, without times.
    pub record: Record,
    /// Its points, or why there are none.
    pub grade: Result<Grade, Ungraded>,
}

/// The results of a class, open for writing.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    entries: BTreeMap<String, Entry>,
    timing: BTreeMap<String, String>,
    results_file: File,
    timing_file: File,
    _lock: Flock<File>,
}

/// The results in a folder, by id. What is torn or garbled is left out.
///
/// # Errors
///
/// When there are none, or they cannot be read.
pub fn entries(folder: &Path) -> Result<BTreeMap<String, Entry>, StoreError> {
    let path = folder.join(RESULTS);
    let bytes = fs::read(&path).map_err(|source| cannot_read(&path, source))?;
    Ok(complete_lines(&bytes))
}

fn complete_lines(bytes: &[u8]) -> BTreeMap<String, Entry> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let complete = lines.filter(|line| line.ends_with(b"\n"));
    let entries = complete.filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    let safe = entries.filter(|entry| is_safe(&entry.id));
    safe.map(|entry| (entry.id.clone(), entry)).collect()
}

/// Where a submission's report lies, with the extension of its format.
#[must_use]
pub fn report_path(folder: &Path, id: &str, extension: &str) -> PathBuf {
    folder.join(REPORTS).join(format!("{id}.{extension}"))
}

impl Store {
    /// Opens a folder, which is made where it is not there, and keeps others from writing to it.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, or somebody else is writing.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let reports = folder.join(REPORTS);
        fs::create_dir_all(&reports).map_err(|source| cannot_write(&reports, source))?;
        let lock = locked(folder)?;
        let results = folder.join(RESULTS);
        let bytes = read_if_there(&results)?;
        end_last_line(&results, &bytes)?;
        let timing_path = folder.join(TIMING);
        let rows = read_if_there(&timing_path)?;
        end_last_line(&timing_path, &rows)?;
        Ok(Self {
            folder: folder.to_owned(),
            entries: complete_lines(&bytes),
            timing: timing::rows(&String::from_utf8_lossy(&rows)),
            results_file: appended(&results)?,
            timing_file: appended(&timing_path)?,
            _lock: lock,
        })
    }

    /// The result of a submission, where it is finished and nothing that it depends on changed.
    #[must_use]
    pub fn finished(&self, id: &str, key: &Key) -> Option<&Entry> {
        let entry = self.entries.get(id)?;
        let extensions = FORMATS.iter().map(|(_, extension)| extension);
        let mut reports = extensions.map(|extension| report_path(&self.folder, id, extension));
        (entry.key == *key && reports.all(|path| path.is_file())).then_some(entry)
    }

    /// The results so far, in the order of the ids; also those that are no longer wanted.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Keeps a result. The reports show what `view` allows; results keep everything but times.
    ///
    /// # Errors
    ///
    /// When something cannot be written, or the id is no name of a file.
    pub fn put(&mut self, mut entry: Entry, view: &View) -> Result<(), StoreError> {
        if !is_safe(&entry.id) {
            return Err(StoreError::Id(entry.id));
        }
        let time = entry.record.time;
        entry.record = timing::without_times(&entry.record);
        self.write_reports(&entry, view)?;
        self.append(entry, &time)
    }

    fn write_reports(&self, entry: &Entry, view: &View) -> Result<(), StoreError> {
        let record = view.of(&entry.record);
        for (format, extension) in FORMATS {
            let path = report_path(&self.folder, &entry.id, extension);
            let mut bytes = Vec::new();
            let exporter = exporter(format).expect("the formats of reports are known");
            let written = exporter.write(&record, entry.grade.as_ref(), &mut bytes);
            written.map_err(|source| cannot_write(&path, source))?;
            replace(&path, &bytes)?;
        }
        Ok(())
    }

    fn append(&mut self, entry: Entry, time: &Time) -> Result<(), StoreError> {
        let row = timing::row(&entry.id, time);
        let path = self.folder.join(TIMING);
        let written = self.timing_file.write_all(row.as_bytes());
        written.map_err(|source| cannot_write(&path, source))?;
        let path = self.folder.join(RESULTS);
        let line = line(&entry).map_err(|source| cannot_write(&path, source))?;
        let written = self.results_file.write_all(&line);
        written.map_err(|source| cannot_write(&path, source))?;
        self.timing.insert(entry.id.clone(), row);
        self.entries.insert(entry.id.clone(), entry);
        Ok(())
    }

    /// Puts everything in order and writes the table of the class.
    ///
    /// # Errors
    ///
    /// When something cannot be written.
    pub fn finish(self) -> Result<(), StoreError> {
        let path = self.folder.join(RESULTS);
        let lines = self.entries.values().map(line);
        let lines = lines.collect::<io::Result<Vec<_>>>();
        let lines = lines.map_err(|source| cannot_write(&path, source))?;
        replace(&path, &lines.concat())?;
        self.write_table()?;
        let mut timing = timing::HEADER.to_owned();
        timing.extend(self.timing.into_values());
        replace(&self.folder.join(TIMING), timing.as_bytes())?;
        remove_leftovers(&self.folder)?;
        remove_leftovers(&self.folder.join(REPORTS))
    }

    fn write_table(&self) -> Result<(), StoreError> {
        let path = self.folder.join(GRADES);
        let rows = self.entries.values().map(|entry| Row {
            id: &entry.id,
            record: &entry.record,
            grade: entry.grade.as_ref(),
        });
        let mut table = Vec::new();
        let written = write_class(rows, Seconds::LeftOut, &mut table);
        written.map_err(|source| cannot_write(&path, source))?;
        replace(&path, &table)
    }

    /// Forgets everything, and removes the reports of all but `kept`.
    pub(super) fn restart(&mut self, kept: &BTreeMap<String, Entry>) -> Result<(), StoreError> {
        let old = std::mem::take(&mut self.entries);
        self.timing.clear();
        for id in old.keys().filter(|id| !kept.contains_key(*id)) {
            for (_, extension) in FORMATS {
                let path = report_path(&self.folder, id, extension);
                match fs::remove_file(&path) {
                    Err(source) if source.kind() != io::ErrorKind::NotFound => {
                        return Err(cannot_write(&path, source));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Takes over a result with its reports from another folder.
    pub(super) fn adopt(&mut self, entry: Entry, from: &Path) -> Result<(), StoreError> {
        for (_, extension) in FORMATS {
            let source = report_path(from, &entry.id, extension);
            let bytes = fs::read(&source).map_err(|error| cannot_read(&source, error))?;
            replace(&report_path(&self.folder, &entry.id, extension), &bytes)?;
        }
        self.entries.insert(entry.id.clone(), entry);
        Ok(())
    }

    /// Takes over how long things took, for submissions that are there.
    pub(super) fn adopt_timing(
        &mut self,
        rows: Vec<BTreeMap<String, String>>,
        kept: &BTreeMap<String, Entry>,
    ) {
        let rows = rows.into_iter().flatten();
        let rows = rows.filter(|(id, _)| kept.contains_key(id));
        self.timing.extend(rows);
    }
}

/// How long things took, as the rows of a folder's table by id.
pub(super) fn timing_of(folder: &Path) -> Result<BTreeMap<String, String>, StoreError> {
    let bytes = read_if_there(&folder.join(TIMING))?;
    Ok(timing::rows(&String::from_utf8_lossy(&bytes)))
}

fn line(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}

/// Whether an id is a name of a file, and not a hidden one.
fn is_safe(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !id.is_empty() && !id.starts_with('.') && id.chars().all(plain)
}

fn locked(folder: &Path) -> Result<Flock<File>, StoreError> {
    let file = File::open(folder).map_err(|source| cannot_read(folder, source))?;
    let path = folder.to_owned();
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        nix::Error::EWOULDBLOCK => StoreError::Busy { path },
        other => cannot_write(folder, other.into()),
    })
}

fn read_if_there(path: &Path) -> Result<Vec<u8>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|source| cannot_read(path, source)),
    }
}

/// Cuts a torn last line off, so that the next one begins on a line of its own.
fn end_last_line(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n');
    let length = whole.map_or(0, |at| at + 1);
    if length == bytes.len() {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(path);
    let cut = file.and_then(|file| file.set_len(length as u64));
    cut.map_err(|source| cannot_write(path, source))
}

fn appended(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| cannot_write(path, source))
}

/// Replaces a file as a whole: whoever reads it sees the old content or the new one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.tmp"));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| cannot_write(path, source))
}

/// Removes what a killed process was about to put in place.
fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map_err(|source| cannot_read(folder, source))?;
    for entry in entries {
        let path = entry.map_err(|source| cannot_read(folder, source))?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.starts_with('.') && name.ends_with(".tmp") {
            fs::remove_file(&path).map_err(|source| cannot_write(&path, source))?;
        }
    }
    Ok(())
}

fn cannot_read(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::Read { path, source }
}

fn cannot_write(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    StoreError::Write { path, source }
}
