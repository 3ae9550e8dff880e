//! What can be wrong with a profile.

use thiserror::Error;

use crate::types::Clause;

/// Why a file is not a profile.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It is not TOML, or has something that no profile has.
    #[error("{0}")]
    Syntax(String),
    /// No alignment.
    #[error("alignment {0}: expected a power of two from 8 to 256")]
    Alignment(u64),
    /// No length of a header.
    #[error("a header of {header} bytes: expected a multiple of {unit}, at most {longest}")]
    Length {
        /// The length.
        header: u64,
        /// The alignment.
        unit: u64,
        /// The longest.
        longest: u64,
    },
    /// A field is outside of the header or across words.
    #[error(
        "a field of {bytes} bytes at {offset}: expected a multiple of {bytes} below {header}, the length of the header"
    )]
    Offset {
        /// The offset.
        offset: u64,
        /// The bytes of the field.
        bytes: u64,
        /// The length of the header.
        header: u64,
    },
    /// Two fields at one place.
    #[error("two fields at {0}")]
    Overlap(u64),
    /// No threshold, preallocation or page.
    #[error("a size of {size}: expected a multiple of {unit} from {least} to {most}")]
    Size {
        /// The size.
        size: u64,
        /// The alignment.
        unit: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// No width of a field.
    #[error("a field of {bytes} bytes: expected one of {possible}")]
    Width {
        /// The bytes.
        bytes: u64,
        /// Those that it can have.
        possible: String,
    },
    /// No value of a status, or that of another.
    #[error("a status of {status}: expected a number up to {most} that no other status has")]
    Status {
        /// The value.
        status: u64,
        /// The largest that fits the field.
        most: u64,
    },
    /// No clause.
    #[error("{0:?} is not a clause of the assignment (`checker explain` lists them)")]
    Clause(String),
    /// A clause that is always judged.
    #[error("{0} is about safety, which is always judged")]
    Safety(Clause),
    /// No choice that can be settled.
    #[error("{0:?} cannot be settled: expected V1, V2, V3, V5, V7, V11 or V12")]
    Choice(String),
    /// No words for a clause.
    #[error("words for a clause: expected one line of at most {0} characters")]
    Text(usize),
    /// No name of a function.
    #[error("{0:?} is not the name of a C function of its own")]
    Function(String),
}
