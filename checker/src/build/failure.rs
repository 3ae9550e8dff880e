//! Why there is no library.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::elf;
use crate::submission::shown;

/// Who has to act on a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The author of the submission.
    Submission,
    /// The user of the checker: the machine or the compiler failed.
    Machine,
}

/// A part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Compiling one C file, given relative to the submission's root.
    Compile(PathBuf),
    /// Linking the library.
    Link,
    /// Running the submission's makefile.
    Make,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compile(path) => write!(f, "compiling {}", shown(path)),
            Self::Link => f.write_str("linking libosmem.so"),
            Self::Make => f.write_str("running make"),
        }
    }
}

/// Why a submission could not be made into a library. All text in it can be displayed as it is.
#[derive(Debug, Error)]
pub enum Failure {
    /// The compiler, the linker or the makefile says no.
    #[error("{step} failed:\n{errors}")]
    Rejected {
        /// What was being done.
        step: Step,
        /// The first errors, a few lines.
        errors: String,
        /// All that was said.
        messages: String,
        /// The command line, run in a copy of the submission.
        command: Vec<String>,
    },
    /// It did not end in time.
    #[error("{step} took longer than {} s", .limit.as_secs_f64())]
    TimedOut {
        /// What was being done.
        step: Step,
        /// The time for the whole build.
        limit: Duration,
        /// The command line.
        command: Vec<String>,
    },
    /// The compiler was ended, or gave up, because it used too much.
    #[error("{step} used more than allowed: {reason}")]
    Limit {
        /// What was being done.
        step: Step,
        /// What it said last.
        reason: String,
        /// The command line.
        command: Vec<String>,
    },
    /// Every C file had to be left out.
    #[error("no C file is left to link: {}", .reasons.join("; "))]
    NothingToLink {
        /// Which ones, and why.
        reasons: Vec<String>,
    },
    /// The submission is larger than a build may copy.
    #[error("the submission has more than {limit} bytes of source files")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// `make` was asked for, and there is nothing that it could do.
    #[error("no makefile beside the allocator's sources or one folder up")]
    NoMakefile,
    /// The makefile built something else.
    #[error(
        "make succeeded but did not build libosmem.so:
{messages}"
    )]
    NotMade {
        /// All that was said.
        messages: String,
    },
    /// It was built elsewhere; from what, cannot be told.
    #[error("{} is a prebuilt library: only sources are graded, unless with --allow-prebuilt", shown(.path))]
    Prebuilt {
        /// The file.
        path: PathBuf,
    },
    /// What the makefile left is not its own.
    #[error("{}, which make left, is not used: {source}", shown(.path))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The library is none.
    #[error("{}: {source}", shown(.path))]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: elf::Error,
    },
    /// A file changed, or cannot be read.
    #[error("cannot read {}: {source}", shown(.path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is no compiler, or none that works.
    #[error("no working C compiler: {reason}")]
    NoCompiler {
        /// What was tried.
        reason: String,
    },
    /// The temporary folder, or a process, could not be made.
    #[error("cannot {action}: {source}")]
    System {
        /// What was being done.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

impl Failure {
    /// Who has to act.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::NoCompiler { .. } | Self::System { .. } | Self::Unreadable { .. } => {
                Blame::Machine
            }
            _ => Blame::Submission,
        }
    }

    /// Turns a system error into a failure, for `map_err`.
    pub(super) fn system(action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { action, source }
    }
}
