//! `results.jsonl`: one finished submission a line. Only the spans of the lines are kept in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::Deserialize;

use super::entry::Entry;
use super::files::{StoreError, cannot_read};
use super::ids::is_plain;

/// What the file is called.
pub(super) const RESULTS: &str = "results.jsonl";

/// Where a line stands in its file, its end included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u64,
    length: usize,
}

/// A complete line.
pub(super) struct Line<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) span: Span,
}

/// The part of an entry that tells whose it is.
#[derive(Deserialize)]
struct Owner {
    id: String,
}

impl Span {
    pub(super) const fn new(start: u64, length: usize) -> Self {
        Self { start, length }
    }

    pub(super) const fn end(self) -> u64 {
        self.start + self.length as u64
    }

    /// The line that stands here.
    pub(super) fn read(self, file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        file.read_exact_at(&mut bytes, self.start)?;
        Ok(bytes)
    }
}

impl Line<'_> {
    /// What it says; `None` when it is garbled.
    pub(super) fn entry(&self) -> Option<Entry> {
        let entry: Entry = serde_json::from_slice(self.bytes).ok()?;
        is_safe(&entry.id).then_some(entry)
    }

    /// Whose it is; `None` when it is garbled.
    fn owner(&self) -> Option<String> {
        let owner: Owner = serde_json::from_slice(self.bytes).ok()?;
        Some(owner.id)
    }
}

/// The results in a folder, by id. A line that is not finished yet is left out.
pub fn entries(folder: &Path) -> Result<BTreeMap<String, Entry>, StoreError> {
    collected(folder, |entry| entry)
}

/// The same without texts: enough to compare and to group, and a small part of the whole.
pub fn summaries(folder: &Path) -> Result<BTreeMap<String, Entry>, StoreError> {
    collected(folder, Entry::summary)
}

/// The result of one submission.
pub fn entry(folder: &Path, id: &str) -> Result<Option<Entry>, StoreError> {
    let mut found = None;
    each(folder, |line| {
        if line.owner()? == id {
            found = Some(line.entry()?);
        }
        Some(())
    })?;
    Ok(found)
}

fn collected(
    folder: &Path,
    kept: impl Fn(Entry) -> Entry,
) -> Result<BTreeMap<String, Entry>, StoreError> {
    let mut entries = BTreeMap::new();
    each(folder, |line| {
        let entry = line.entry()?;
        entries.insert(entry.id.clone(), kept(entry));
        Some(())
    })?;
    Ok(entries)
}

/// Takes each complete line of a folder's results; fails at one that is garbled.
fn each(folder: &Path, mut take: impl FnMut(&Line<'_>) -> Option<()>) -> Result<(), StoreError> {
    let path = folder.join(RESULTS);
    let (mut number, mut garbled) = (0, None);
    scan(&path, |line| {
        number += 1;
        if take(&line).is_none() {
            garbled.get_or_insert(number);
        }
    })?;
    garbled.map_or(Ok(()), |line| Err(StoreError::Garbled { path, line }))
}

/// Shows each complete line; where the last of them ends.
pub(super) fn scan(path: &Path, mut show: impl FnMut(Line<'_>)) -> Result<u64, StoreError> {
    let file = File::open(path).map_err(cannot_read(path))?;
    let mut reader = BufReader::new(file);
    let (mut bytes, mut start) = (Vec::new(), 0);
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        let length = read.map_err(cannot_read(path))?;
        if !bytes.ends_with(b"\n") {
            return Ok(start);
        }
        let span = Span::new(start, length);
        show(Line {
            bytes: &bytes,
            span,
        });
        start = span.end();
    }
}

/// Whether an id is a name of a file, and not a hidden one.
pub(super) fn is_safe(id: &str) -> bool {
    !id.is_empty() && !id.starts_with('.') && id.chars().all(is_plain)
}
