//! What can be wrong with a profile.

use thiserror::Error;

use crate::types::Clause;

/// Why a file is not a profile.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct Error {
    pub line: usize,
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It is not TOML, or has something that no profile has.
    #[error("{0}")]
    Syntax(String),
    #[error("alignment {0}: expected a power of two from 8 to 256")]
    Alignment(u64),
    #[error("a header of {header} bytes: expected a multiple of {unit}, at most {longest}")]
    Length {
        header: u64,
        unit: u64,
        longest: u64,
    },
    #[error(
        "a field of {bytes} bytes at {offset}: expected a multiple of {bytes} below {header}, the length of the header"
    )]
    Offset {
        offset: u64,
        bytes: u64,
        header: u64,
    },
    #[error("two fields at {0}")]
    Overlap(u64),
    #[error("a size of {size}: expected a multiple of {unit} from {least} to {most}")]
    Size {
        size: u64,
        unit: u64,
        least: u64,
        most: u64,
    },
    #[error("a field of {bytes} bytes: expected one of {possible}")]
    Width { bytes: u64, possible: String },
    #[error("a status of {status}: expected a number up to {most} that no other status has")]
    Status { status: u64, most: u64 },
    #[error("{0:?} is not a clause of the assignment (`checker explain` lists them)")]
    Clause(String),
    #[error("{0} is about safety, which is always judged")]
    Safety(Clause),
    #[error("{0:?} cannot be settled: expected V1, V2, V3, V5, V7, V11 or V12")]
    Choice(String),
    #[error("words for a clause: expected one line of at most {0} characters")]
    Text(usize),
    #[error("{0:?} is not the name of a C function of its own")]
    Function(String),
}
