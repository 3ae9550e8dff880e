//! Lists the files in a folder without opening any of them.
//!
//! Written by hand rather than with a directory walker, because a walker cannot say "this folder
//! has too many entries" before it hands them out: what is found here must not depend on the order
//! in which the file system lists entries.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use super::{File, Ignored, LARGEST_LIBRARY, LARGEST_SOURCE};

/// Folders below each other that are looked into.
const DEEPEST: usize = 8;
/// Entries of one folder that are accepted.
const MOST_ENTRIES: usize = 1000;
/// Entries that are looked at in all.
const MOST_IN_ALL: usize = 8000;

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Regular files of moderate size and with valid names, sorted by path.
    pub(super) files: Vec<File>,
    /// Everything else.
    pub(super) ignored: Vec<Ignored>,
    /// Whether folders of tests and tools are looked into.
    whole: bool,
}

impl Survey {
    /// Looks through a folder, given without links. Folders near the top come first, so that the
    /// bound on entries cuts off what is far below.
    pub(super) fn of(root: &Path) -> io::Result<Self> {
        Self::default().through(root)
    }

    /// The same with the folders of tests and tools: for a course's own tree.
    pub(super) fn of_tree(root: &Path) -> io::Result<Self> {
        let survey = Self {
            whole: true,
            ..Self::default()
        };
        survey.through(root)
    }

    fn through(mut self, root: &Path) -> io::Result<Self> {
        let survey = &mut self;
        let mut waiting = VecDeque::from([PathBuf::new()]);
        let mut seen = 0;
        fs::read_dir(root)?;
        while let Some(folder) = waiting.pop_front() {
            let names = match names(&root.join(&folder)) {
                Ok(names) => names,
                Err(reason) => {
                    let top = folder.as_os_str().is_empty();
                    let folder = if top { PathBuf::from(".") } else { folder };
                    survey.ignored.push(Ignored::new(folder, reason));
                    continue;
                }
            };
            seen += names.len();
            if seen > MOST_IN_ALL {
                let reason = format!("not looked into: more than {MOST_IN_ALL} entries before it");
                survey.ignored.push(Ignored::new(folder, reason));
                break;
            }
            let paths = names.into_iter().map(|name| folder.join(name));
            let folders: Vec<_> = paths.filter_map(|path| survey.add(root, path)).collect();
            waiting.extend(folders);
        }
        survey.files.sort();
        survey.ignored.sort();
        Ok(self)
    }

    /// Looks at the entries of one folder only; finds nothing where that is not possible.
    pub(super) fn beside(root: &Path) -> Self {
        let mut survey = Self::default();
        for name in names(root).unwrap_or_default() {
            survey.add(root, PathBuf::from(name));
        }
        survey
    }

    /// Adds one entry, and returns it when it is a folder to look into.
    fn add(&mut self, root: &Path, path: PathBuf) -> Option<PathBuf> {
        match classify(root, &path) {
            Ok(Entry::Folder) => match unwanted_folder(&path, self.whole) {
                Some(reason) => self.ignored.push(Ignored::new(path, reason)),
                None => return Some(path),
            },
            Ok(Entry::File(content, metadata)) => self.files.push(File {
                path,
                content,
                size: metadata.len(),
            }),
            Err(reason) => self.ignored.push(Ignored::new(path, reason)),
        }
        None
    }
}

/// The entries of a folder, sorted; or why they are not looked at.
fn names(folder: &Path) -> Result<Vec<OsString>, String> {
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let names: io::Result<Vec<_>> = entries
        .take(MOST_ENTRIES + 1)
        .map(|entry| Ok(entry?.file_name()))
        .collect();
    let mut names = names.map_err(|error| error.to_string())?;
    if names.len() > MOST_ENTRIES {
        return Err(format!("a folder with more than {MOST_ENTRIES} entries"));
    }
    names.sort();
    Ok(names)
}

enum Entry {
    Folder,
    File(PathBuf, Metadata),
}

fn classify(root: &Path, path: &Path) -> Result<Entry, String> {
    check_name(path)?;
    let full = root.join(path);
    let metadata = full.symlink_metadata().map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Ok(Entry::Folder);
    }
    if metadata.is_symlink() {
        return classify_link(root, &full);
    }
    accept(full, metadata)
}

fn accept(content: PathBuf, metadata: Metadata) -> Result<Entry, String> {
    if !metadata.is_file() {
        return Err(special(metadata.file_type()).to_owned());
    }
    let library = content.extension().is_some_and(|name| name == "so");
    let limit = if library {
        LARGEST_LIBRARY
    } else {
        LARGEST_SOURCE
    };
    if metadata.len() > limit {
        let size = metadata.len();
        return Err(format!("{size} bytes, more than {limit}"));
    }
    Ok(Entry::File(content, metadata))
}

/// A link counts as the regular file that it leads to when that lies in the submission too.
fn classify_link(root: &Path, full: &Path) -> Result<Entry, String> {
    let Ok(target) = full.canonicalize() else {
        return Err("a broken symbolic link".to_owned());
    };
    if !target.starts_with(root) {
        return Err("a symbolic link that leads outside the submission".to_owned());
    }
    let metadata = target
        .symlink_metadata()
        .map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Err("a symbolic link to a folder".to_owned());
    }
    accept(target, metadata).map_err(|reason| format!("a symbolic link to {reason}"))
}

fn check_name(path: &Path) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let Ok(text) = std::str::from_utf8(name) else {
        return Err("its name is not UTF-8".to_owned());
    };
    if text.chars().any(char::is_control) {
        return Err("its name holds a control character".to_owned());
    }
    if path.components().count() > DEEPEST {
        return Err(format!("more than {DEEPEST} folders deep"));
    }
    Ok(())
}

/// Folders that hold no part of an allocator, or of a course's whole tree.
fn unwanted_folder(path: &Path, whole: bool) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    match name.as_str() {
        _ if name.starts_with('.') => Some("a hidden folder"),
        _ if whole => None,
        "checker" | "_checker" | "checkers" => Some("a folder of the course's checker"),
        _ if name.starts_with("test") => Some("a folder of tests"),
        "__macosx" => Some("left by an archiver"),
        "node_modules" | "cmakefiles" => Some("a folder of tools"),
        _ => None,
    }
}

/// What a file is that is neither a regular file nor a folder.
pub(super) fn special(kind: FileType) -> &'static str {
    match kind {
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_block_device() => "a block device",
        _ if kind.is_char_device() => "a character device",
        _ => "a special file",
    }
}
