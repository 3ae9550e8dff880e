//! What is wrong with a rubric.

use thiserror::Error as ThisError;

use super::Points;

/// What is wrong with a rubric, and where.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("rubric, line {line}: {problem}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a line of a rubric.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum Problem {
    /// It is no TOML, or has keys or values that a rubric does not have.
    #[error("{0}")]
    Syntax(String),
    #[error("the categories add up to {sum} points, not to {maximum}")]
    Sum {
        /// What they add up to, without optional ones.
        sum: Points,
        /// What they should.
        maximum: Points,
    },
    #[error("the whole assignment is out of {out_of} points, which is less than {maximum}")]
    OutOf {
        /// What the assignment is out of.
        out_of: Points,
        /// What the categories, and style where it is measured, add up to.
        maximum: Points,
    },
    #[error("a fraction of a scenario's points is from 0 to 1, not {0}")]
    Fraction(Points),
    #[error("unknown mistake {0:?}; `checker mistakes` lists them")]
    Mistake(String),
    #[error("mistake {0:?} has a price already")]
    Twice(String),
    #[error("no scenario matches {0:?}")]
    Pattern(String),
    #[error("no scenario is in chapter {0:?}; chapters are two digits")]
    Chapter(String),
    #[error("unknown clause {0:?}")]
    Clause(String),
    #[error("no scenario rests on clause {0:?}")]
    UnusedClause(String),
    /// A category selects nothing, or nothing that is left.
    #[error(
        "no scenario is left for category {0:?}: no scenario of its kinds fits all its \
         selectors, or earlier categories have them"
    )]
    NothingLeft(String),
    #[error("category {0:?} needs either `points` or `each`")]
    Worth(String),
    #[error("penalty {0:?} needs either `clauses` or `lines`")]
    Counted(String),
    #[error("penalty {0:?} counts no lines, so `of` has no meaning")]
    Of(String),
    #[error("a name has to be one line of text: {0:?}")]
    Name(String),
    #[error("the command for style is empty")]
    Command,
}
