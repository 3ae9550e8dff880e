//! Points for style, which a program measures.

use thiserror::Error;

use super::Points;
use crate::submission::neutral;

/// How style is measured and when it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    command: Vec<String>,
    maximum: Points,
    above: Points,
}

/// Why a program's output is not a number of points.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StyleError {
    #[error("the command for style printed nothing; its last line should be a number of points")]
    Nothing,
    #[error("the last line that the command for style printed is not a number of points: {0:?}")]
    NoNumber(String),
    #[error("the command for style gave {given} points, of {maximum} at most")]
    TooMany { given: Points, maximum: Points },
}

impl Style {
    pub(super) const fn new(command: Vec<String>, maximum: Points, above: Points) -> Self {
        Self {
            command,
            maximum,
            above,
        }
    }

    /// The program and its arguments, to be run in the submission's folder; never empty.
    pub fn command(&self) -> &[String] {
        &self.command
    }

    /// The most points that it may give.
    pub const fn maximum(&self) -> Points {
        self.maximum
    }

    /// Style counts when all other points together are more than this.
    pub const fn above(&self) -> Points {
        self.above
    }

    /// The points in what the program wrote to its standard output: its last line that is not
    /// blank, which has to be a number from 0 to the maximum.
    pub fn points(&self, output: &[u8]) -> Result<Points, StyleError> {
        let text = neutral(output);
        let mut lines = text.lines().map(str::trim);
        let last = lines.rfind(|line| !line.is_empty());
        let last = last.ok_or(StyleError::Nothing)?;
        let given = last.parse().ok().and_then(Points::new);
        let given = given.ok_or_else(|| StyleError::NoNumber(last.chars().take(80).collect()))?;
        if given > self.maximum {
            let maximum = self.maximum;
            return Err(StyleError::TooMany { given, maximum });
        }
        Ok(given)
    }
}
