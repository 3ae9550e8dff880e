//! The output of `--verbose`: all that is known of a submission, the details first.

use std::fmt::Write as _;

use super::screen::{remarks, trouble};
use super::{Ink, Page, Paper, call};
use crate::record::{Failure, Record, ScenarioResult, Tier};
use crate::report::deduction;
use crate::rubric::{Category, Grade};
use crate::types::Status;

/// Failing scenarios that no mistake accounts for and that are shown in full.
const SHOWN_IN_FULL: usize = 3;

/// Chapters by their number.
const CHAPTERS: &[(&str, &str)] = &[
    ("01", "malloc sizes and thresholds"),
    ("02", "splitting"),
    ("03", "coalescing"),
    ("04", "best fit"),
    ("05", "calloc"),
    ("06", "realloc"),
    ("07", "mappings"),
    ("08", "mixed"),
    ("09", "faults"),
    ("10", "stress"),
];

impl Page<'_> {
    pub(super) fn everything(&self, paper: &Paper) -> Vec<String> {
        let record = self.record;
        let mut lines = paper.inked(Ink::Strong, "", &record.submission);
        lines.extend(trouble(paper, record));
        lines.extend(compiler(paper, record));
        lines.extend(chapters(paper, record));
        lines.extend(failures(paper, record));
        lines.extend(card(paper, record));
        lines.extend(titled("Remarks:", remarks(paper, record)));
        for (number, mistake) in (1..).zip(self.mistakes()) {
            lines.push(String::new());
            lines.extend(self.in_full(paper, number, mistake));
        }
        let parts = self
            .grade()
            .map_or_else(Vec::new, |grade| parts(paper, grade));
        lines.extend(titled("Points by part:", parts));
        lines.extend(titled("How it was graded:", manner(paper, record)));
        lines.extend(self.summary(paper));
        lines
    }
}

/// Lines under a title, after a blank line; nothing where there are none.
fn titled(title: &str, lines: Vec<String>) -> Vec<String> {
    match lines.is_empty() {
        true => lines,
        false => [vec![String::new(), title.to_owned()], lines].concat(),
    }
}

/// What the compiler said.
fn compiler(paper: &Paper, record: &Record) -> Vec<String> {
    let failure = record.build.failure.iter();
    let said = failure.chain([&record.build.warnings]);
    let lines = said.flat_map(|text| text.lines());
    let lines = lines.flat_map(|line| paper.verbatim("  ", line)).collect();
    titled("What the compiler said:", lines)
}

fn chapters(paper: &Paper, record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, title) in CHAPTERS {
        let of_chapter = |result: &&ScenarioResult| result.stem.starts_with(number);
        let results: Vec<_> = record.results.iter().filter(of_chapter).collect();
        if results.is_empty() {
            continue;
        }
        let failing: Vec<&str> = results
            .iter()
            .filter(|result| !passes(result))
            .map(|result| result.stem.get(..4).unwrap_or(&result.stem))
            .collect();
        let whole = failing.is_empty();
        let counts = format!(
            "{:>3} of {:>3}",
            results.len() - failing.len(),
            results.len()
        );
        let counts = paper.ink(if whole { Ink::Good } else { Ink::Bad }, &counts);
        let front = format!("  {number} {title:<28} ");
        let blanks = " ".repeat(front.len() + 12);
        let numbers = paper.text(&blanks, &failing.join(" "));
        let first = numbers.first().map_or("", |line| line.trim());
        lines.push(format!("{front}{counts}  {first}").trim_end().to_owned());
        lines.extend(numbers.into_iter().skip(1));
    }
    titled(
        "Scenarios that passed, and the numbers of the others:",
        lines,
    )
}

/// Whether there is nothing to say of a scenario.
fn passes(result: &ScenarioResult) -> bool {
    matches!(result.status, Status::Pass | Status::Carried)
}

/// What fails by no mistake of the list: the first few in full, the others in short.
fn failures(paper: &Paper, record: &Record) -> Vec<String> {
    let fails = |result: &&ScenarioResult| {
        let known = record.mistakes_in(result).next().is_some();
        !known && (result.status.is_wrong() || result.status == Status::GraderError)
    };
    let mut lines = Vec::new();
    for (index, result) in record.results.iter().filter(fails).enumerate() {
        let in_full = index < SHOWN_IN_FULL;
        let failure = result.failure.as_ref();
        let said = match failure {
            Some(failure) if !in_full => &failure.sentence,
            _ => &result.purpose,
        };
        let (word, stem) = (result.status.word(), &result.stem);
        lines.extend(paper.inked(
            Ink::Bad,
            "",
            &format!("{word} {stem}{}: {said}", tier(result)),
        ));
        if let Some(failure) = failure.filter(|_| in_full) {
            lines.extend(of_scenario(paper, "   ", failure));
            lines.extend(printed(paper, result));
        }
    }
    titled("What failed without a listed mistake:", lines)
}

/// A failure in full: the call, and the difference.
pub(super) fn of_scenario(paper: &Paper, front: &str, failure: &Failure) -> Vec<String> {
    let mut lines = call(paper, front, "", failure);
    for line in failure.diff.lines() {
        let ink = match line.as_bytes().first() {
            Some(b'-') => Some(Ink::Good),
            Some(b'+') => Some(Ink::Bad),
            _ => None,
        };
        let text = paper.verbatim("    ", line).into_iter();
        lines.extend(text.map(|text| ink.map_or(text.clone(), |ink| paper.ink(ink, &text))));
    }
    lines
}

/// What a scenario printed.
pub(super) fn printed(paper: &Paper, result: &ScenarioResult) -> Vec<String> {
    let text = result.output.text.lines();
    let lines: Vec<String> = text
        .flat_map(|line| paper.verbatim("   | ", line))
        .collect();
    match lines.is_empty() {
        true => lines,
        false => [vec!["   it printed".to_owned()], lines].concat(),
    }
}

fn tier(result: &ScenarioResult) -> &'static str {
    match result.tier {
        Tier::Golden => "",
        Tier::Probe => " (probe)",
        Tier::Robustness => " (robustness)",
    }
}

/// The clauses that were not kept in every call, and how many were.
fn card(paper: &Paper, record: &Record) -> Vec<String> {
    let broken = record.card.iter().filter(|line| line.kept < line.decided);
    let mut lines: Vec<String> = broken
        .clone()
        .flat_map(|line| {
            let kept = format!("{} of {}", line.kept, line.decided);
            paper.text(&format!("  {:4} {kept:>12}  ", line.clause), &line.summary)
        })
        .collect();
    let others = record.card.len() - broken.count();
    if !lines.is_empty() && others > 0 {
        lines.push(format!(
            "  every call kept the {others} other clauses that applied"
        ));
    }
    titled("Clauses, and the calls that kept them:", lines)
}

fn parts(paper: &Paper, grade: &Grade) -> Vec<String> {
    let part = |part: &Category| {
        let front = format!(
            "  {:>6} of {:>3}  ",
            part.points.to_string(),
            part.maximum.to_string()
        );
        paper.text(&front, &part.name)
    };
    let deductions = grade.deductions.iter().flat_map(|one| {
        let points = format!("-{}", one.points);
        paper.text(&format!("  {points:>6}         "), &deduction(one))
    });
    let style = grade.style.iter().flat_map(part);
    let categories = grade.categories.iter().flat_map(part);
    categories.chain(deductions).chain(style).collect()
}

/// Times, versions and seed.
fn manner(paper: &Paper, record: &Record) -> Vec<String> {
    let time = record.time;
    let mut text = format!(
        "built {:.0} ms, ran {:.0} ms, judged {:.0} ms; suite {}, snapshots {}",
        time.build * 1e3,
        time.run * 1e3,
        time.judge * 1e3,
        record.suite,
        record.snapshots,
    );
    if let Some(seed) = record.seed {
        // Writing to a string cannot fail.
        let _ = write!(text, ", random sequences from seed {seed}");
    }
    paper.text("  ", &text)
}
