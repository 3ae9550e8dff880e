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
    /// The categories do not add up to the maximum.
    #[error("the categories add up to {sum} points, not to {maximum}")]
    Sum {
        /// What they add up to, without optional ones.
        sum: Points,
        /// What they should.
        maximum: Points,
    },
    /// The whole is less than its part.
    #[error("the whole assignment is out of {out_of} points, which is less than {maximum}")]
    OutOf {
        /// What the assignment is out of.
        out_of: Points,
        /// What the categories, and style where it is measured, add up to.
        maximum: Points,
    },
    /// A table that rubrics no longer have.
    #[error(
        "there is no [partial] any more, since a mistake costs its own scenarios only: delete this \
         table; [scenario] and [[mistake]] say what else can be set"
    )]
    Partial,
    /// More than the whole of a scenario's points.
    #[error("a fraction of a scenario's points is from 0 to 1, not {0}")]
    Fraction(Points),
    /// There is no such mistake.
    #[error("unknown mistake {0:?}; `checker mistakes` lists them")]
    Mistake(String),
    /// A mistake with two prices.
    #[error("mistake {0:?} has a price already")]
    Twice(String),
    /// No scenario fits a pattern.
    #[error("no scenario matches {0:?}")]
    Pattern(String),
    /// No scenario is in a chapter.
    #[error("no scenario is in chapter {0:?}; chapters are two digits")]
    Chapter(String),
    /// There is no such clause.
    #[error("unknown clause {0:?}")]
    Clause(String),
    /// A clause that no scenario rests on.
    #[error("no scenario rests on clause {0:?}")]
    UnusedClause(String),
    /// A category selects nothing, or nothing that is left.
    #[error(
        "no scenario is left for category {0:?}: no scenario of its kinds fits all its \
         selectors, or earlier categories have them"
    )]
    NothingLeft(String),
    /// A category has to say what it is worth, in one way.
    #[error("category {0:?} needs either `points` or `each`")]
    Worth(String),
    /// A penalty has to say what it counts, in one way.
    #[error("penalty {0:?} needs either `clauses` or `lines`")]
    Counted(String),
    /// `of` says where lines are counted.
    #[error("penalty {0:?} counts no lines, so `of` has no meaning")]
    Of(String),
    /// A name is empty or has more than one line.
    #[error("a name has to be one line of text: {0:?}")]
    Name(String),
    /// The command for style is empty.
    #[error("the command for style is empty")]
    Command,
}
