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
    Link,
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
    #[error("{step} failed:\n{errors}")]
    Rejected {
        step: Step,
        /// The first errors, a few lines.
        errors: String,
        messages: String,
        /// The command line, run in a copy of the submission.
        command: Vec<String>,
    },
    #[error("{step} took longer than {} s", .limit.as_secs_f64())]
    TimedOut {
        step: Step,
        /// The time for the whole build.
        limit: Duration,
        command: Vec<String>,
    },
    /// The compiler was ended, or gave up, because it used too much.
    #[error("{step} used more than allowed: {reason}")]
    Limit {
        step: Step,
        /// The last words of the compiler.
        reason: String,
        command: Vec<String>,
    },
    /// Every C file had to be left out.
    #[error("no C file is left to link: {}", .reasons.join("; "))]
    NothingToLink { reasons: Vec<String> },
    #[error("the submission has more than {limit} bytes of source files")]
    TooLarge { limit: u64 },
    /// `make` was asked for, and there is nothing that it could do.
    #[error("no makefile beside the allocator's sources or one folder up")]
    NoMakefile,
    #[error(
        "make succeeded but did not build libosmem.so:
{messages}"
    )]
    NotMade { messages: String },
    /// It was built elsewhere; from what, cannot be told.
    #[error("{} is a prebuilt library: only sources are graded, unless with --allow-prebuilt", shown(.path))]
    Prebuilt { path: PathBuf },
    #[error("{}, which make left, is not used: {source}", shown(.path))]
    Foreign { path: PathBuf, source: io::Error },
    /// The library is none.
    #[error("{}: {source}", shown(.path))]
    NotALibrary { path: PathBuf, source: elf::Error },
    /// A file changed, or cannot be read.
    #[error("cannot read {}: {source}", shown(.path))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("no working C compiler: {reason}")]
    NoCompiler { reason: String },
    /// The temporary folder, or a process, could not be made.
    #[error("cannot {action}: {source}")]
    System {
        action: &'static str,
        source: io::Error,
    },
}

impl Failure {
    /// Who has to act.
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
