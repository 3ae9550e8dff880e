//! Scenarios as files: the notation of snapshots, where the outcomes may be missing.
//!
//! The calls of a file are its script, its outcomes the golden. In a file that a person writes,
//! calls need no numbers, pointers may have any names, sizes may name constants, and comments stand
//! on lines of their own. When the outcomes are added, the file keeps its text, except the names of
//! pointers, which become those of the golden.

mod read;
#[cfg(test)]
mod tests;

use ref_tests::scenario::Kind;
use thiserror::Error;

use super::words::standing;
use super::{FORMAT, ParseError, Snapshot, SnapshotStep, parse, write};
use crate::types::{Call, CallNumber, Clause, Place, Profile};

use read::Reader;

/// Why a file is not a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{line}:{column}: expected {expected}, found {found}")]
pub struct ScriptError {
    pub line: usize,
    /// The character on it, from 1.
    pub column: usize,
    pub expected: String,
    /// What is there, fit for a terminal.
    pub found: String,
}

/// A scenario as it is written in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// The file's name without `.snap`.
    pub stem: String,
    /// What it finds out, in one line.
    pub purpose: Option<String>,
    /// The clauses that it rests on.
    pub clauses: Vec<Clause>,
    /// The points that it is worth.
    pub points: Option<f64>,
    /// How it is judged.
    pub kind: Kind,
    /// The scenarios that must pass before it says anything, each with its line.
    pub needs: Vec<(usize, String)>,
    /// Its calls, with the sizes that the constants give.
    pub calls: Vec<Call>,
    /// Head and comments in front of the first call.
    head: Vec<String>,
    written: Vec<Written>,
    /// Comments after the last call.
    tail: Vec<String>,
    /// The lines of outcomes and the end: the call that they belong to, the number of the line, and
    /// the line.
    outcomes: Vec<(usize, usize, String)>,
}

/// A call as it is written.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    /// Comments and empty lines in front of it.
    before: Vec<String>,
    /// The number in front of it, and its column.
    number: Option<(u32, usize)>,
    /// The call with the arguments as they are written.
    spelled: String,
    result: Option<Place>,
    line: usize,
    /// The characters of the line.
    width: usize,
}

impl Script {
    /// Reads a file's text.
    ///
    /// An error is the first thing that is wrong with its head or its calls. Outcomes are not looked at.
    pub fn parse(stem: &str, text: &str, profile: &Profile) -> Result<Self, ScriptError> {
        let mut reader = Reader::new(stem, profile);
        for (line, text) in (1..).zip(text.lines()) {
            reader.line(line, text)?;
        }
        reader.finish(text.lines().count() + 1)
    }

    /// The golden that the outcomes make; `None` where there are none.
    pub fn golden(&self) -> Result<Option<Snapshot>, ScriptError> {
        let silent = self.written.iter().all(|call| call.result.is_none());
        if silent && self.outcomes.is_empty() {
            return Ok(None);
        }
        let (text, lines) = self.canonical()?;
        parse(&text)
            .map(Some)
            .map_err(|wrong| self.mapped(&lines, wrong))
    }

    /// The text with these outcomes, as the file keeps it.
    pub fn blessed(&self, golden: &Snapshot) -> String {
        let mut text = title(&self.stem);
        let push = |text: &mut String, lines: &[String]| {
            for line in lines {
                text.push_str(line);
                text.push('\n');
            }
        };
        push(&mut text, &self.head);
        let width = write::number_width(self.written.len());
        let mut before = None;
        let steps = golden.steps.iter().zip(&self.written);
        for (number, (step, written)) in (1..).map(CallNumber).zip(steps) {
            push(&mut text, &written.before);
            write::push_step(&mut text, (width, number), &written.spelled, step, before);
            before = Some(&step.outcome.layout);
        }
        push(&mut text, &self.tail);
        push(&mut text, &[write::end(&golden.end)]);
        text
    }

    /// A generated file with these calls.
    pub fn of_calls(stem: &str, head: Vec<String>, golden: &Snapshot) -> String {
        let written = |(number, step): (CallNumber, &SnapshotStep)| Written {
            before: Vec::new(),
            number: None,
            spelled: write::call(number, step.call),
            result: None,
            line: 0,
            width: 0,
        };
        let script = Self {
            head,
            written: (1..)
                .map(CallNumber)
                .zip(&golden.steps)
                .map(written)
                .collect(),
            ..Self::blank(stem)
        };
        script.blessed(golden)
    }

    fn blank(stem: &str) -> Self {
        Self {
            stem: stem.to_owned(),
            purpose: None,
            clauses: Vec::new(),
            points: None,
            kind: Kind::Golden,
            needs: Vec::new(),
            calls: Vec::new(),
            head: Vec::new(),
            written: Vec::new(),
            tail: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    /// The script in the canonical spelling of a snapshot, and for each of its lines the number of the
    /// line in the file.
    fn canonical(&self) -> Result<(String, Vec<usize>), ScriptError> {
        let mut text = title(&self.stem);
        let mut lines = vec![1];
        let width = write::number_width(self.written.len());
        let mut outcomes = self.outcomes.iter().peekable();
        for (index, (written, &call)) in self.written.iter().zip(&self.calls).enumerate() {
            let number = CallNumber(index as u32 + 1);
            if let Some((_, column)) = written.number.filter(|(found, _)| *found != number.0) {
                let (found, _) = written.number.unwrap_or_default();
                let expected = format!("call {}", number.0);
                return Err(error(
                    (written.line, column),
                    &expected,
                    Some(&found.to_string()),
                ));
            }
            let called = write::call(number, call);
            text.push_str(&write::call_line((width, number), &called, written.result));
            lines.push(written.line);
            while let Some((_, line, outcome)) = outcomes.next_if(|it| it.0 == index + 1) {
                text.push_str(outcome);
                text.push('\n');
                lines.push(*line);
            }
        }
        Ok((text, lines))
    }

    /// An error in the canonical text, as an error at the place in the file that it comes from.
    fn mapped(&self, lines: &[usize], wrong: ParseError) -> ScriptError {
        let ParseError::Unexpected {
            line,
            column,
            expected,
            found,
        } = wrong
        else {
            return error((wrong.line(), 1), &format!("format {FORMAT}"), None);
        };
        let last = lines.last().map_or(1, |last| last + 1);
        let line = lines.get(line - 1).copied().unwrap_or(last);
        let of_call = self.written.iter().find(|written| written.line == line);
        ScriptError {
            line,
            // A call's line is written again: it keeps its start and its end.
            column: match of_call {
                Some(written) if column > 1 => written.width + 1,
                _ => column,
            },
            expected,
            found,
        }
    }
}

fn title(stem: &str) -> String {
    format!("# {stem} · format {FORMAT}\n")
}

pub(super) fn error(
    (line, column): (usize, usize),
    expected: &str,
    found: Option<&str>,
) -> ScriptError {
    ScriptError {
        line,
        column,
        expected: expected.to_owned(),
        found: standing(found),
    }
}
