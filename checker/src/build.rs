//! Makes a shared library of a submission, as bytes in memory.
//!
//! The command lines are our own: a submission's makefile is run only when asked for, and on a
//! copy. The compiler works on copies in a private temporary folder, under resource limits; every
//! process that it leaves is ended. Sources are not searched for forbidden text: what a library
//! does is seen in its symbols and while it runs.

mod confinement;
mod course;
mod diagnostics;
mod failure;
mod folder;
mod hiding;
mod inspection;
mod make;
mod process;
mod run;
mod tool;
mod toolchain;
mod units;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::elf::{self, Image};
use crate::submission::{File, Form, Ignored, LARGEST_LIBRARY, Sources, Submission};

pub use confinement::{Confined, Confinement, Unconfined};
pub use course::{CourseError, CourseTest, course_tests};
pub use failure::{Blame, Failure, Step};
pub use tool::run_tool;

#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Whether a prebuilt library is accepted.
    pub prebuilt: bool,
    /// Whether to run the submission's makefile instead of our own command lines.
    pub make: bool,
    /// Whether to leave it alone also where our own command lines cannot build the submission.
    pub no_make: bool,
    /// The course's tree, to be laid over and around the copy of the submission.
    pub overlay: Option<PathBuf>,
    /// The compiler's name or path; the first of `gcc`, `cc` and `clang` that is there otherwise.
    pub compiler: Option<String>,
    /// Flags after our own, for compiling only.
    pub extra_flags: Vec<String>,
    /// Headers, as name and text, for submissions that do not bring their own.
    pub headers: &'a [(&'a str, &'a str)],
    pub limits: Limits,
    pub confinement: &'a dyn Confinement,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            prebuilt: true,
            make: false,
            no_make: false,
            overlay: None,
            compiler: None,
            extra_flags: Vec::new(),
            headers: &[],
            limits: Limits::default(),
            confinement: &Unconfined,
        }
    }
}

/// What a build may use. All but `wall` and `folder_bytes` count for each process by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for the whole build.
    pub wall: Duration,
    pub cpu_seconds: u64,
    /// Bytes of the largest file written, messages included.
    pub file_bytes: u64,
    /// Bytes on the disk in the private folder as a whole.
    pub folder_bytes: u64,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Bytes of messages that are kept.
    pub message_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(20),
            cpu_seconds: 20,
            file_bytes: 64 << 20,
            folder_bytes: 128 << 20,
            memory_bytes: 2 << 30,
            message_bytes: 256 << 10,
        }
    }
}

/// A shared library, ready to be loaded.
#[derive(Clone, Debug)]
pub struct Library {
    pub bytes: Vec<u8>,
    /// The path that the user gave.
    pub origin: PathBuf,
    /// What it exports and imports. A function that it does not export is not an error here.
    pub image: Image,
    /// What the compiler said, made harmless for display. May be long.
    pub warnings: String,
    /// The command lines that made it, run in a copy of the submission; none for a prebuilt one.
    pub commands: Vec<Vec<String>>,
    /// The C files in it, relative to the submission's root.
    pub sources: Vec<PathBuf>,
    /// C files that were compiled and then left out.
    pub left_out: Vec<Ignored>,
    /// What is to be said of how it was built.
    pub remark: Option<String>,
}

impl Library {
    /// A library that was not built from a submission.
    pub fn carried(bytes: Vec<u8>, image: Image) -> Self {
        Self {
            bytes,
            origin: PathBuf::new(),
            image,
            warnings: String::new(),
            commands: Vec::new(),
            sources: Vec::new(),
            left_out: Vec::new(),
            remark: None,
        }
    }
}

/// What all commands that this process has run and waited for took by themselves: the time that they
/// computed, and that in which none of their processes wanted to. What they waited for a processor or a
/// disk is not in it.
pub fn taken() -> Duration {
    run::computed_by_children() + process::asleep()
}

/// Removes from the temporary folder what a process that was killed has left there.
pub fn remove_left_by(process: u32) {
    folder::remove_left_by(&std::env::temp_dir(), process);
}

/// Removes from the temporary folder what killed processes have left there for more than a minute.
/// What belongs to others stays.
pub fn remove_abandoned() {
    folder::remove_abandoned(&std::env::temp_dir());
}

/// Builds a submission, or reads it when it is a library already.
///
/// [`Failure::blame`] says who has to act where there is no library.
pub fn compile(submission: &Submission, options: &Options<'_>) -> Result<Library, Failure> {
    match &submission.form {
        Form::Library(file) if options.prebuilt => prebuilt(submission, file),
        Form::Library(file) => Err(Failure::Prebuilt {
            path: file.path.clone(),
        }),
        Form::Sources(sources) if options.make => make::run(submission, sources, options),
        Form::Sources(sources) => units::build(submission, sources, options)
            .or_else(|failure| fall_back(submission, sources, options, failure)),
    }
}

/// What the submission's makefile builds where our own command lines could not, and as long as it
/// can be confined; else why they could not.
fn fall_back(
    submission: &Submission,
    sources: &Sources,
    options: &Options<'_>,
    failure: Failure,
) -> Result<Library, Failure> {
    let rejected = matches!(
        failure,
        Failure::Rejected { .. } | Failure::NothingToLink { .. }
    );
    let possible = sources.make_folder.is_some() && !options.confinement.wants_inspection();
    if options.no_make || !rejected || !possible {
        return Err(failure);
    }
    match make::run(submission, sources, options) {
        Ok(library) => Ok(Library {
            remark: Some(by_makefile(&failure, &library)),
            ..library
        }),
        Err(_) => Err(failure),
    }
}

/// Says that a makefile was needed, and how what it does differs.
fn by_makefile(failure: &Failure, library: &Library) -> String {
    const SHOWN: usize = 3;
    let failure = failure.to_string();
    let ours: Vec<&str> = failure.lines().take(SHOWN).map(str::trim).collect();
    let builds = |line: &&str| [" -c", "-shared"].iter().any(|flag| line.contains(flag));
    let theirs = library.warnings.lines().filter(builds).map(str::trim);
    let theirs: Vec<&str> = theirs.take(SHOWN).collect();
    format!(
        "built by its own makefile, because our command line cannot build it: {}. The makefile runs: {}",
        ours.join(" "),
        theirs.join("; ")
    )
}

fn prebuilt(submission: &Submission, file: &File) -> Result<Library, Failure> {
    let bytes = read_library(file)?;
    let image = inspect(&bytes, &file.path)?;
    Ok(Library {
        origin: submission.origin.clone(),
        ..Library::carried(bytes, image)
    })
}

fn read_library(file: &File) -> Result<Vec<u8>, Failure> {
    file.read(LARGEST_LIBRARY)
        .map_err(|source| Failure::Unreadable {
            path: file.path.clone(),
            source,
        })
}

fn inspect(bytes: &[u8], path: &Path) -> Result<Image, Failure> {
    elf::inspect(bytes).map_err(|source| Failure::NotALibrary {
        path: path.to_owned(),
        source,
    })
}
