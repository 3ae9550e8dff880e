//! A record for a person at a terminal: one screen, or on request a mistake or everything.

mod everything;
mod paper;
mod screen;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use clap::Args;

use super::shared::Given;
use crate::record::{Failure, Mistake, Record, ScenarioResult};
use crate::report::{GradeResult, by_cost, claim, cost};
use crate::rubric::Grade;

pub(super) use paper::{Ink, Paper};

/// How much is told.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Detail {
    /// Tell one mistake in full, by its number in the list.
    #[arg(long, value_name = "N", conflicts_with = "verbose")]
    mistake: Option<usize>,
    /// Tell everything: chapters, clauses, permitted choices, every mistake in full.
    #[arg(long)]
    verbose: bool,
}

/// The list of mistakes has none of this number.
#[derive(Debug, thiserror::Error)]
#[error("{}", match .listed {
    0 => format!("--mistake {asked}: {submission} has no mistakes"),
    1 => format!("--mistake {asked}: {submission} has only 1 mistake"),
    listed => format!("--mistake {asked}: {submission} has only {listed} mistakes"),
})]
pub(super) struct NoMistake {
    submission: String,
    asked: usize,
    listed: usize,
}

impl Detail {
    /// Whether there is what is asked for.
    pub(super) fn check(self, record: &Record) -> Result<(), NoMistake> {
        let (asked, listed) = (self.mistake.unwrap_or(1), record.mistakes.len());
        let unknown = self.mistake.is_some() && !(1..=listed).contains(&asked);
        let error = || NoMistake {
            submission: record.submission.clone(),
            asked,
            listed,
        };
        if unknown { Err(error()) } else { Ok(()) }
    }
}

/// Commands that tell more.
#[derive(Clone, Debug, Default)]
pub(super) struct Commands {
    /// What was asked for, without its detail.
    pub(super) again: String,
    /// The submission as `checker explain` takes it, where that can look at it.
    pub(super) submission: Option<String>,
    /// The options that commands carry on.
    pub(super) given: Given,
}

impl Commands {
    /// The command that tells what a clause asks.
    fn clause(&self, clause: &str) -> String {
        self.given.command(&format!("explain {clause}"))
    }

    /// The command that tells what happened in a scenario, or shows it as a program.
    fn of_scenario(&self, command: &str, stem: &str) -> Option<String> {
        let number = stem.split('-').next().unwrap_or_default();
        let known = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
        let submission = self.submission.as_ref().filter(|_| known)?;
        Some(
            self.given
                .command(&format!("{command} {number} {submission}")),
        )
    }
}

/// A word of a command, as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-+=:,./@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// What is printed.
pub(super) struct Page<'a> {
    pub(super) record: &'a Record,
    /// The points; `None` where there are none to be given.
    pub(super) graded: Option<GradeResult<'a>>,
    pub(super) commands: &'a Commands,
}

/// Prints what `detail` asks for.
pub(super) fn print(
    out: &mut dyn Write,
    page: &Page<'_>,
    paper: &Paper,
    detail: Detail,
) -> io::Result<()> {
    let lines = match (&page.record.build.failure, detail) {
        (
            None,
            Detail {
                mistake: Some(n), ..
            },
        ) => page.one_mistake(paper, n),
        (_, Detail { verbose: true, .. }) => page.everything(paper),
        _ => page.screen(paper),
    };
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

impl<'a> Page<'a> {
    fn grade(&self) -> Option<&'a Grade> {
        self.graded.and_then(Result::ok)
    }

    /// The mistakes as they are numbered.
    fn mistakes(&self) -> Vec<&'a Mistake> {
        by_cost(self.record, self.grade())
    }

    fn one_mistake(&self, paper: &Paper, number: usize) -> Vec<String> {
        let Some(mistake) = self.mistakes().get(number.wrapping_sub(1)).copied() else {
            return Vec::new();
        };
        let mut lines = self.in_full(paper, number, mistake);
        let clause = self.commands.clause(&mistake.clause);
        let example = mistake.example.as_ref();
        let more =
            |command| example.and_then(|example| self.commands.of_scenario(command, &example.stem));
        lines.push(String::new());
        lines.push(format!("The clause:    {clause}"));
        lines.extend(more("explain").map(|command| format!("The scenario:  {command}")));
        lines.extend(more("repro").map(|command| format!("A program:     {command}")));
        lines
    }

    /// A mistake with its example, what should have happened, and where to look.
    fn in_full(&self, paper: &Paper, number: usize, mistake: &Mistake) -> Vec<String> {
        let charged = self.grade().and_then(|grade| grade.charged(&mistake.name));
        let price = charged.map_or_else(String::new, |points| format!(": {}", cost(points)));
        let title = format!("{}{price}", claim(mistake));
        let mut lines = paper.inked(Ink::Strong, &format!("{number}. "), &title);
        lines.extend(example(paper, "   ", mistake));
        if let Some(example) = &mistake.example {
            lines.extend(comparison(paper, &example.failure));
        }
        lines.extend(hint(paper, mistake));
        lines.extend(homes(paper, mistake));
        lines
    }
}

/// What went wrong in a scenario: the call, what it should have done, and what was printed.
pub(super) fn of_scenario(paper: &Paper, result: &ScenarioResult) -> Vec<String> {
    let Some(failure) = &result.failure else {
        return Vec::new();
    };
    let mut lines = everything::of_scenario(paper, "  ", failure);
    lines.extend(comparison(paper, failure));
    lines.extend(everything::printed(paper, result));
    lines
}

/// The smallest example of a mistake, with the heap.
fn example(paper: &Paper, front: &str, mistake: &Mistake) -> Vec<String> {
    let Some(example) = &mistake.example else {
        return Vec::new();
    };
    call(
        paper,
        front,
        &format!("for example {}, ", example.stem),
        &example.failure,
    )
}

/// A call that went wrong: where, what, and the heap.
fn call(paper: &Paper, front: &str, place: &str, failure: &Failure) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(number) = failure.call {
        let call = format!("{place}call {number}: {}", failure.code);
        lines.extend(paper.text(front, &call));
    }
    lines.extend(paper.inked(Ink::Strong, "   ", &failure.sentence));
    if let Some(source) = &failure.source {
        lines.extend(paper.inked(Ink::Strong, "   ", &source.to_string()));
    }
    lines.extend(paper.picture(failure));
    lines
}

/// What a call should have done, and what it did.
fn comparison(paper: &Paper, failure: &Failure) -> Vec<String> {
    let parts = [
        (Ink::Good, "expected", &failure.expected),
        (Ink::Bad, "observed", &failure.observed),
    ];
    let mut lines = Vec::new();
    for (ink, title, text) in parts {
        if !text.is_empty() {
            lines.push(format!("   {title}"));
            let text = text.lines().flat_map(|line| paper.verbatim("     ", line));
            lines.extend(text.map(|line| paper.ink(ink, &line)));
        }
    }
    lines
}

fn hint(paper: &Paper, mistake: &Mistake) -> Vec<String> {
    match mistake.hint.as_str() {
        "" => Vec::new(),
        hint => paper.text("   ", &format!("where to look: {hint}")),
    }
}

fn homes(paper: &Paper, mistake: &Mistake) -> Vec<String> {
    let number = |stem: &String| stem.split('-').next().unwrap_or_default().to_owned();
    let numbers: Vec<String> = mistake.homes.iter().map(number).collect();
    match numbers.is_empty() {
        true => Vec::new(),
        false => paper.text(
            "   ",
            &format!("scenarios that lose points for it: {}", numbers.join(" ")),
        ),
    }
}
