//! Finds the functions, files and lines of a submission's sources from the registers and the stack of
//! its process.
//!
//! All of it is found from outside, after the process is gone: the way from a system call or a
//! crash out to the call of the assignment by the libraries' unwind tables, functions and lines by
//! the debug information of the submission's library. Both are a submission's own bytes as much as
//! its instructions are. They can say anything; what they say is told and decides nothing. Reading
//! them takes a bounded number of steps for a submission as a whole, and no byte sequence makes it panic.

mod lines;
mod unwind;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};

use crate::record::{Frame, Source};
use crate::submission::{neutral, shown};
use crate::types::{Site, Trail};
use lines::{Lines, Raw};
use unwind::Unwinder;

/// Functions that are kept, inlined ones included.
const FRAMES: usize = 12;
/// Bytes of a name.
const NAME: usize = 200;

/// Finds the sources of one submission's library.
pub struct Backtraces<'a> {
    library: &'a [u8],
    /// The C files in it, relative to the submission's root.
    sources: &'a [PathBuf],
    lines: OnceCell<Option<Lines<'a>>>,
    c_library: OnceCell<Vec<u8>>,
    /// Bytes of unwind tables that may still be read.
    left: Cell<u64>,
    known: RefCell<HashMap<u64, Vec<Frame>>>,
}

impl<'a> Backtraces<'a> {
    /// Finds places in this library, which was made from these sources.
    pub fn new(library: &'a [u8], sources: &'a [PathBuf]) -> Self {
        Self {
            library,
            sources,
            lines: OnceCell::new(),
            c_library: OnceCell::new(),
            left: Cell::new(unwind::ROWS),
            known: RefCell::default(),
        }
    }

    /// Where in the sources a process was; `None` where nothing leads there.
    pub fn source(&self, trail: &Trail, site: &Site, what: &str, call: &str) -> Option<Source> {
        // What no check of ours has thought of costs the lines and nothing else.
        let find = || self.find(trail, site);
        let (mut frames, whole) = catch_unwind(AssertUnwindSafe(find)).ok()?;
        let cut = !whole || frames.len() > FRAMES;
        frames.truncate(FRAMES);
        (!frames.is_empty()).then(|| Source {
            what: what.to_owned(),
            frames,
            call: call.to_owned(),
            cut,
        })
    }

    /// The functions from the innermost on, and whether these are all.
    fn find(&self, trail: &Trail, site: &Site) -> (Vec<Frame>, bool) {
        let unwinder = Unwinder {
            code: &trail.code,
            library: self.library,
            c_library: self
                .c_library
                .get_or_init(|| fs::read(&trail.code.c_library.path).unwrap_or_default()),
            left: &self.left,
        };
        let (addresses, whole) = unwinder.addresses(site);
        let frames = addresses.iter().flat_map(|&at| self.frames(at)).collect();
        (frames, whole)
    }

    fn frames(&self, address: u64) -> Vec<Frame> {
        let mut known = self.known.borrow_mut();
        let frames = known.entry(address).or_insert_with(|| {
            let lines = self.lines.get_or_init(|| Lines::of(self.library));
            let raw = lines
                .as_ref()
                .map_or_else(Vec::new, |it| it.frames(address));
            let mut frames: Vec<Frame> = raw.into_iter().map(|raw| self.frame(raw)).collect();
            // What the compiler took over from a header of the system is not the student's.
            let is_own = |frame: &Frame| frame.file.as_ref().is_none_or(|it| !it.starts_with('/'));
            if frames.iter().any(is_own) {
                frames.retain(is_own);
            }
            frames
        });
        frames.clone()
    }

    fn frame(&self, raw: Raw) -> Frame {
        let name = neutral(&raw.function[..raw.function.len().min(NAME)]);
        Frame {
            // What the compiler has split off has a name that goes on after a full stop.
            function: name.split('.').next().unwrap_or_default().to_owned(),
            file: raw.file.map(|file| self.relative(&file, &raw.folder)),
            line: raw.line.map(|line| u32::try_from(line).unwrap_or(u32::MAX)),
        }
    }

    /// A file as the submission names it.
    fn relative(&self, file: &Path, folder: &Path) -> String {
        let mut known = self.sources.iter();
        if let Some(source) = known.find(|source| file.ends_with(source)) {
            return shown(source);
        }
        let inside = file.strip_prefix(folder).unwrap_or(file);
        let plain = inside.components().filter(|it| *it != Component::CurDir);
        let mut name = shown(&plain.collect::<PathBuf>());
        let whole = (0..=NAME.min(name.len())).rev();
        name.truncate(
            { whole }
                .find(|&end| name.is_char_boundary(end))
                .unwrap_or(0),
        );
        name
    }
}

#[cfg(test)]
mod tests;
