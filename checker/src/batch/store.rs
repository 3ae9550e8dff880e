//! The folder that the results of a class are kept in.
//!
//! ```text
//! results.jsonl     one finished submission a line, appended as it is finished
//! reports/ID.json   its report, and ID.txt and ID.html the same to read
//! grades.csv        the table of the class, written at the end
//! index.html        the class at a glance, with mistakes.csv and clauses.csv
//! timing.csv        how long each took
//! ```
//!
//! A process may be killed at any moment. A line counts when it is complete, and what belongs to
//! it was written before it; a torn line is ignored and its submission graded again. In the end
//! everything is put in the order of the ids, so that all files but `timing.csv` are the same,
//! byte for byte, as if nothing had happened. Nothing here is meant to survive a power failure.
//!
//! Records stay in the file: of each submission only what its result depends on, and where it
//! stands, is in memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use nix::fcntl::Flock;

use super::files::{
    appended, cannot_read, cannot_write, locked, read_if_there, remove_leftovers, replace,
    temporary,
};
use super::lines::{Line, RESULTS, Span, is_safe, scan};
use super::timing;
use crate::record::Time;
use crate::report::{Class, ClassTable, Names, Row, Seconds, View, exporter};

pub use super::entry::{Entry, Key, Standing};
pub use super::files::StoreError;
pub use super::lines::{entries, entry, summaries};

const GRADES: &str = "grades.csv";
const INDEX: &str = "index.html";
const MISTAKES: &str = "mistakes.csv";
const CLAUSES: &str = "clauses.csv";
const TIMING: &str = "timing.csv";
const REPORTS: &str = "reports";
/// The formats of each submission's reports, and their extensions.
const FORMATS: [(&str, &str); 3] = [("json", "json"), ("vmchecker", "txt"), ("html", "html")];

/// The results of a class, open for writing.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    kept: BTreeMap<String, Kept>,
    timing: BTreeMap<String, String>,
    results_file: File,
    results_end: u64,
    timing_file: File,
    _lock: Flock<File>,
}

/// What is in memory of a result.
#[derive(Clone, Debug)]
struct Kept {
    key: Key,
    standing: Standing,
    settled: bool,
    span: Span,
}

impl Kept {
    fn new(entry: &Entry, span: Span) -> Self {
        Self {
            key: entry.key.clone(),
            standing: entry.standing(),
            settled: entry.is_settled(),
            span,
        }
    }
}

/// Where a submission's report lies, with the extension of its format.
pub fn report_path(folder: &Path, id: &str, extension: &str) -> PathBuf {
    folder.join(REPORTS).join(format!("{id}.{extension}"))
}

impl Store {
    /// Opens a folder, which is made where it is not there, and keeps others from writing to it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let reports = folder.join(REPORTS);
        fs::create_dir_all(&reports).map_err(cannot_write(&reports))?;
        let lock = locked(folder)?;
        let results = folder.join(RESULTS);
        let (kept, results_end) = kept_in(&results)?;
        let timing_path = folder.join(TIMING);
        let rows = read_if_there(&timing_path)?;
        let whole = rows.iter().rposition(|byte| *byte == b'\n');
        Ok(Self {
            folder: folder.to_owned(),
            kept,
            timing: timing::rows(&String::from_utf8_lossy(&rows)),
            results_file: appended(&results, results_end)?,
            results_end,
            timing_file: appended(&timing_path, whole.map_or(0, |at| at as u64 + 1))?,
            _lock: lock,
        })
    }

    /// What became of a submission, where it is finished and nothing that it depends on changed.
    /// What the checker could not find out is not finished.
    pub fn finished(&self, id: &str, key: &Key) -> Option<Standing> {
        let kept = self.kept.get(id)?;
        let extensions = FORMATS.iter().map(|(_, extension)| extension);
        let mut reports = extensions.map(|extension| report_path(&self.folder, id, extension));
        let finished = kept.settled && kept.key == *key && reports.all(|path| path.is_file());
        finished.then_some(kept.standing)
    }

    /// The result to keep of a submission whose runs differ: the worse of the one that is kept and the
    /// new one, where nothing that they depend on has changed. So to be graded again until it goes
    /// well gains nothing.
    pub fn worse(&self, new: Entry) -> Result<Entry, StoreError> {
        let kept = self.kept.get(&new.id).filter(|kept| kept.key == new.key);
        let Some(kept) = kept else {
            return Ok(new);
        };
        let path = self.folder.join(RESULTS);
        let line = kept.span.read(&self.results_file);
        let line = line.map_err(cannot_read(&path))?;
        let Ok(old) = serde_json::from_slice::<Entry>(&line) else {
            return Ok(new);
        };
        let total = |entry: &Entry| entry.grade.as_ref().ok().map(|grade| grade.total);
        let is_worse = matches!((total(&old), total(&new)), (Some(old), Some(new)) if old < new);
        Ok(match old.record.unsteady && is_worse {
            true => old,
            false => new,
        })
    }

    /// Keeps a result. The reports show what `view` allows; results keep everything but times.
    pub fn put(&mut self, mut entry: Entry, view: &View) -> Result<(), StoreError> {
        if !is_safe(&entry.id) {
            return Err(StoreError::Id(entry.id));
        }
        let time = entry.record.time;
        timing::remove_times(&mut entry.record);
        self.write_reports(&entry, *view)?;
        self.note_time(&entry.id, &time)?;
        let mut line = serde_json::to_vec(&entry)
            .map_err(|error| cannot_write(&self.folder.join(RESULTS))(error.into()))?;
        line.push(b'\n');
        self.append(&entry, &line)
    }

    fn write_reports(&self, entry: &Entry, view: View) -> Result<(), StoreError> {
        let record = view.of(&entry.record);
        for (format, extension) in FORMATS {
            let path = report_path(&self.folder, &entry.id, extension);
            let mut bytes = Vec::new();
            let exporter = exporter(format).expect("the formats of reports are known");
            let written = exporter.write(&record, entry.grade.as_ref(), &mut bytes);
            written.map_err(cannot_write(&path))?;
            replace(&path, &bytes)?;
        }
        Ok(())
    }

    fn note_time(&mut self, id: &str, time: &Time) -> Result<(), StoreError> {
        let row = timing::row(id, time);
        let written = self.timing_file.write_all(row.as_bytes());
        written.map_err(cannot_write(&self.folder.join(TIMING)))?;
        self.timing.insert(id.to_owned(), row);
        Ok(())
    }

    fn append(&mut self, entry: &Entry, line: &[u8]) -> Result<(), StoreError> {
        let written = self.results_file.write_all(line);
        written.map_err(cannot_write(&self.folder.join(RESULTS)))?;
        let span = Span::new(self.results_end, line.len());
        self.results_end = span.end();
        self.kept.insert(entry.id.clone(), Kept::new(entry, span));
        Ok(())
    }

    /// Puts everything in order and writes the table of the class.
    pub fn finish(self, names: Names) -> Result<(), StoreError> {
        let (table, class) = self.sort_results()?;
        self.write(GRADES, |out| table.write(Seconds::LeftOut, out))?;
        self.write(INDEX, |out| class.write_page(names, out))?;
        self.write(MISTAKES, |out| class.write_mistakes(out))?;
        self.write(CLAUSES, |out| class.write_clauses(out))?;
        let mut timing = timing::HEADER.to_owned();
        timing.extend(self.timing.into_values());
        replace(&self.folder.join(TIMING), timing.as_bytes())?;
        remove_leftovers(&self.folder)?;
        remove_leftovers(&self.folder.join(REPORTS))
    }

    fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let mut bytes = Vec::new();
        content(&mut bytes).map_err(cannot_write(&path))?;
        replace(&path, &bytes)
    }

    fn sort_results(&self) -> Result<(ClassTable, Class), StoreError> {
        let path = self.folder.join(RESULTS);
        let temporary = temporary(&path);
        let sorted = self.copy_sorted(&temporary);
        let tables = sorted.map_err(cannot_write(&temporary))?;
        fs::rename(&temporary, &path).map_err(cannot_write(&path))?;
        Ok(tables)
    }

    /// Copies the results in the order of the ids, one at a time, and makes rows of them.
    fn copy_sorted(&self, path: &Path) -> io::Result<(ClassTable, Class)> {
        let mut out = BufWriter::new(File::create(path)?);
        let (mut table, mut class) = (ClassTable::default(), Class::default());
        for kept in self.kept.values() {
            let line = kept.span.read(&self.results_file)?;
            out.write_all(&line)?;
            let entry: Entry = serde_json::from_slice(&line)?;
            let row = Row {
                id: &entry.id,
                record: &entry.record,
                grade: entry.grade.as_ref(),
            };
            table.add(row);
            class.add(row, &entry.behaviour);
        }
        out.flush()?;
        Ok((table, class))
    }

    /// Forgets everything, and removes the reports of those that are not `wanted`.
    pub(super) fn restart(&mut self, wanted: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        let old = std::mem::take(&mut self.kept);
        self.timing.clear();
        for id in old.keys().filter(|id| !wanted(id)) {
            for (_, extension) in FORMATS {
                let path = report_path(&self.folder, id, extension);
                match fs::remove_file(&path) {
                    Err(source) if source.kind() != io::ErrorKind::NotFound => {
                        return Err(cannot_write(&path)(source));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Takes over a result, as the line that it is, with its reports from another folder.
    pub(super) fn adopt(&mut self, line: &Line<'_>, from: &Path) -> Result<(), StoreError> {
        let Some(entry) = line.entry() else {
            return Ok(());
        };
        for (_, extension) in FORMATS {
            let source = report_path(from, &entry.id, extension);
            let bytes = fs::read(&source).map_err(cannot_read(&source))?;
            replace(&report_path(&self.folder, &entry.id, extension), &bytes)?;
        }
        self.append(&entry, line.bytes)
    }

    /// Takes over how long things took, of those that are `wanted`.
    pub(super) fn adopt_timing(
        &mut self,
        rows: Vec<BTreeMap<String, String>>,
        wanted: impl Fn(&str) -> bool,
    ) {
        let rows = rows.into_iter().flatten();
        self.timing.extend(rows.filter(|(id, _)| wanted(id)));
    }
}

/// How long things took, as the rows of a folder's table by id.
pub(super) fn timing_of(folder: &Path) -> Result<BTreeMap<String, String>, StoreError> {
    let bytes = read_if_there(&folder.join(TIMING))?;
    Ok(timing::rows(&String::from_utf8_lossy(&bytes)))
}

/// What an earlier process has left, and where its last whole line ends.
fn kept_in(path: &Path) -> Result<(BTreeMap<String, Kept>, u64), StoreError> {
    let mut kept = BTreeMap::new();
    if !path.exists() {
        return Ok((kept, 0));
    }
    let end = scan(path, |line| {
        if let Some(entry) = line.entry() {
            kept.insert(entry.id.clone(), Kept::new(&entry, line.span));
        }
    })?;
    Ok((kept, end))
}
