//! Finds what to test: a shared library, a C file, or a folder with C files.
//!
//! It reads only names and file types, and opens no file, except for a shared library's magic
//! number. Read a file later with [`File::read`], which never waits for a FIFO and never follows a
//! link that appeared meanwhile.

mod file;
mod overlay;
mod shape;
mod survey;
mod text;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use file::File;
pub use text::{neutral, shown};

use survey::Survey;

/// The largest source file that is looked at, in bytes.
pub const LARGEST_SOURCE: u64 = 4 << 20;

/// The largest shared library that is looked at, in bytes.
pub const LARGEST_LIBRARY: u64 = 32 << 20;

/// What was handed in, as found on disk.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The path that was given.
    pub origin: PathBuf,
    /// The folder that all other paths are relative to, without links.
    pub root: PathBuf,
    /// What is to be tested.
    pub form: Form,
    /// Files that are there but not used, sorted by path.
    pub ignored: Vec<Ignored>,
}

/// What is to be tested.
#[derive(Clone, Debug)]
pub enum Form {
    /// A prebuilt shared library.
    Library(File),
    /// C files to compile.
    Sources(Sources),
}

/// C files and what belongs to them. All paths are relative to the submission's root.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The C files to compile, the main one first.
    pub units: Vec<File>,
    /// Whether the first unit is the one that holds the allocator: it is called `osmem.c`, or it
    /// was given by name. Second definitions in other files are dropped.
    pub has_main_unit: bool,
    /// Other files that a C file may include: headers and the like.
    pub included: Vec<File>,
    /// Folders for the include path, in order; empty for the root itself.
    pub include_folders: Vec<PathBuf>,
    /// The folder that holds the allocator.
    pub home: PathBuf,
    /// The folder to run `make` in, where there is a makefile.
    pub make_folder: Option<PathBuf>,
    /// Every regular file that may be copied, for `make`.
    pub everything: Vec<File>,
}

impl Sources {
    /// Whether the submission brings a header of its own under this name.
    pub fn brings(&self, header: &str) -> bool {
        self.included
            .iter()
            .any(|file| file.path.file_name().is_some_and(|name| name == header))
    }
}

/// Something in a submission that is not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// Where, relative to the submission's root.
    pub path: PathBuf,
    /// Why, as a lower-case fragment.
    pub reason: String,
}

impl Ignored {
    /// Notes that a path is not used.
    pub fn new(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        let (path, reason) = (path.into(), reason.into());
        Self { path, reason }
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", shown(&self.path), self.reason)
    }
}

/// Why there is nothing to test.
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot read the submission {}: {source}", shown(.path))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is {found}: expected a folder, a .c file or a .so file", shown(.path))]
    Unsuitable {
        path: PathBuf,
        /// What it is, with its article.
        found: String,
    },
    #[error(
        "no allocator in {}: expected src/osmem.c, osmem.c, other .c files in src or at the top, \
         or libosmem.so; found {found}", shown(.path)
    )]
    NoSource {
        path: PathBuf,
        /// What it holds instead.
        found: String,
    },
    /// There are several prebuilt libraries and no reason to prefer one.
    #[error("several libraries in {} and none called libosmem.so: {}", shown(.path), .names.join(", "))]
    Ambiguous { path: PathBuf, names: Vec<String> },
}

impl Submission {
    /// Looks at a path that a user named. A link given as the path itself is followed; links
    /// inside the submission are not, unless they lead to a regular file inside it.
    pub fn locate(path: &Path) -> Result<Self, Error> {
        Self::locate_under(path, None)
    }

    /// Looks at a path where a course's tree is laid over and around the submission.
    pub fn locate_under(path: &Path, overlay: Option<&Path>) -> Result<Self, Error> {
        let mut submission = Self::locate_alone(path)?;
        if let (Some(overlay), Form::Sources(sources)) = (overlay, &mut submission.form) {
            let survey = overlay.canonicalize();
            let survey = survey.and_then(|root| Survey::of_tree(&root));
            let survey = survey.map_err(|source| Error::Unreadable {
                path: overlay.to_owned(),
                source,
            })?;
            *sources = overlay::laid_over(sources, survey.files);
        }
        Ok(submission)
    }

    fn locate_alone(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable {
            path: path.to_owned(),
            source,
        };
        let real = path.canonicalize().map_err(unreadable)?;
        let metadata = real.symlink_metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            let survey = Survey::of(&real).map_err(unreadable)?;
            shape::of_folder(path, real, survey)
        } else if metadata.is_file() {
            shape::of_file(path, real)
        } else {
            let found = survey::special(metadata.file_type()).to_owned();
            let path = path.to_owned();
            Err(Error::Unsuitable { path, found })
        }
    }
}

impl Submission {
    /// The submission that a folder itself is, and not one that lies somewhere in it: its sources
    /// or its library stand at the top, or its sources in `src`.
    pub fn at(folder: &Path) -> Option<Self> {
        let found = Self::locate(folder).ok()?;
        let home = match &found.form {
            Form::Library(file) => file.folder(),
            Form::Sources(sources) => sources.units.first()?.folder(),
        };
        let near = home == Path::new("") || home == Path::new("src");
        near.then_some(found)
    }
}

/// The folders in a folder that are submissions, where the folder is none itself; none where it is
/// one, or cannot be read.
pub fn inside(path: &Path) -> Vec<String> {
    let survey = path.canonicalize().and_then(|root| Survey::of(&root));
    survey.map_or_else(|_| Vec::new(), |survey| shape::inside(&survey.files))
}

/// The library that a build left in a folder: the `libosmem.so` nearest to the top. The folder is
/// taken as it is named, and no link in it counts.
pub fn built_library(folder: &Path) -> io::Result<Option<File>> {
    let files = Survey::of(folder)?.files.into_iter();
    let named = files.filter(|file| file.name() == "libosmem.so");
    Ok(named.min_by_key(|file| file.path.components().count()))
}

#[cfg(test)]
mod tests;
