//! One screen: the first mistake, the points, what costs points, and what to do next.
//!
//! The most important part is last, next to the prompt. It always fits: if there is too little
//! room, first the example is left out, then each mistake gets only one line, then the cheapest are
//! only counted.

use super::{Ink, Page, Paper, example, hint};
use crate::record::{Build, Record, ScenarioResult};
use crate::report::{accidents, claim, damage_in_words, deduction, unexplained};
use crate::rubric::{DAMAGE, Deduction, Grade, Points};
use crate::types::Status;

/// Lines of trouble with the library that are shown.
const TROUBLE: usize = 4;
/// Lines that the points, or why there are none, may take.
const VERDICT: usize = 4;

/// What costs points.
struct Loss {
    points: Option<Points>,
    /// The number of the mistake, where it is one.
    number: Option<usize>,
    said: String,
}

impl Page<'_> {
    pub(super) fn screen(&self, paper: &Paper) -> Vec<String> {
        let head = self.head(paper);
        let verdict = self.verdict(paper);
        let next = self.next(paper);
        let taken = paper.rows(&head) + paper.rows(&verdict) + paper.rows(&next);
        let room = (paper.height - 1).saturating_sub(taken);
        let losses = fitted(paper, &self.losses(), room);
        let room = room - paper.rows(&losses).min(room);
        let details = self.details(paper, room);
        [head, details, verdict, losses, next].concat()
    }

    /// Everything below the details of [`Page::everything`]: the same, however long.
    pub(super) fn summary(&self, paper: &Paper) -> Vec<String> {
        let losses = fitted(paper, &self.losses(), usize::MAX);
        [self.verdict(paper), losses, self.next(paper)].concat()
    }

    /// Which submission it is, and what is wrong with its library.
    fn head(&self, paper: &Paper) -> Vec<String> {
        let name = paper.inked(Ink::Strong, "", &self.record.submission);
        let mut lines: Vec<String> = name.into_iter().take(1).collect();
        let trouble = trouble(paper, self.record);
        let hidden = trouble.len().saturating_sub(TROUBLE);
        lines.extend(trouble.into_iter().take(TROUBLE));
        if hidden > 0 {
            lines.push(format!(
                "  … and {hidden} more lines of this kind (--verbose)"
            ));
        }
        lines
    }

    /// The points, and how many scenarios passed.
    fn verdict(&self, paper: &Paper) -> Vec<String> {
        let (ink, counted) = match &self.record.build.failure {
            Some(_) => (
                Ink::Bad,
                "it could not be built, so nothing was run".to_owned(),
            ),
            None if self.record.passed() => (Ink::Good, counted(self.record)),
            None => (Ink::Bad, counted(self.record)),
        };
        let points = self.graded.map(|graded| match graded {
            Ok(grade) => format!("{} of {} points", grade.total, grade.maximum),
            Err(ungraded) => ungraded.to_string(),
        });
        let points = points.map_or_else(String::new, |points| format!("{points}: "));
        let lines = paper.text("", &format!("{points}{counted}")).into_iter();
        let lines = lines.take(VERDICT);
        let mut lines: Vec<String> = lines.map(|line| paper.ink(ink, &line)).collect();
        lines.insert(0, String::new());
        lines
    }

    /// What costs points, the most expensive first.
    fn losses(&self) -> Vec<Loss> {
        let grade = self.grade();
        let mistakes = (1..).zip(self.mistakes());
        let mut losses: Vec<Loss> = mistakes
            .map(|(number, mistake)| Loss {
                points: grade.and_then(|grade| grade.charged(&mistake.name)),
                number: Some(number),
                said: claim(mistake),
            })
            .collect();
        losses.extend(self.record.damage.as_ref().map(|damage| Loss {
            points: grade.and_then(|grade| grade.charged(DAMAGE)),
            number: None,
            said: damage_in_words(damage),
        }));
        losses.extend(grade.into_iter().flat_map(penalties));
        let (count, points) = unexplained(self.record, grade);
        losses.extend(accidents(count, Points::ZERO).map(|said| Loss {
            points: grade.map(|_| points),
            number: None,
            said,
        }));
        // Stable: where there are no points, the order is that of the record.
        losses.sort_by_key(|loss| std::cmp::Reverse(loss.points.unwrap_or(Points::ZERO)));
        losses
    }

    /// What there is room for: the most expensive mistake's example, what the compiler said, or
    /// what was seen of permitted choices.
    fn details(&self, paper: &Paper, room: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        if let Some(failure) = &self.record.build.failure {
            let said = failure.lines().flat_map(|line| paper.verbatim("  ", line));
            lines.extend(said);
            return cut(paper, lines, room);
        }
        let Some(mistake) = self.mistakes().first().copied() else {
            lines.extend(remarks(paper, self.record));
            return cut(paper, lines, room);
        };
        lines.extend(example(paper, "1. ", mistake));
        let hint = hint(paper, mistake);
        match paper.rows(&lines) + paper.rows(&hint) <= room {
            true => [lines, hint].concat(),
            false if paper.rows(&lines) <= room => lines,
            false => Vec::new(),
        }
    }

    /// Commands for what comes next.
    fn next(&self, paper: &Paper) -> Vec<String> {
        let again = &self.commands.again;
        let mistakes = self.mistakes();
        let failing = self.record.results.iter();
        let mut failing = failing.filter(|one| one.status.is_wrong());
        let mut lines = vec![String::new()];
        let mut push = |title: &str, command: &str| {
            lines.push(format!(
                "{} {command}",
                paper.ink(Ink::Dim, &format!("{title:<12}"))
            ));
        };
        match (&self.record.build.failure, mistakes.first()) {
            (Some(_), _) => {
                push(
                    "First:",
                    "fix the first error of the compiler, then run again:",
                );
                push("", again);
            }
            (None, Some(first)) => {
                push("First:", &format!("{again} --mistake 1"));
                push("The clause:", &self.commands.clause(&first.clause));
            }
            (None, None) => {
                let explain =
                    failing.find_map(|one| self.commands.of_scenario("explain", &one.stem));
                if let Some(command) = explain {
                    push("First:", &command);
                }
                push("A clause:", &self.commands.clause("C4"));
            }
        }
        push("Everything:", &format!("{again} --verbose"));
        lines
    }
}

/// What else was deducted.
fn penalties(grade: &Grade) -> Vec<Loss> {
    let deductions = grade.deductions.iter();
    let new = deductions.filter(|one| grade.charged(&one.name).is_none());
    let loss = |one: &Deduction| Loss {
        points: Some(one.points),
        number: None,
        said: deduction(one),
    };
    new.map(loss).collect()
}

/// The losses in at most so many rows: the most expensive in full as far as there is room, and one
/// line for all that cost nothing where there is not.
fn fitted(paper: &Paper, losses: &[Loss], room: usize) -> Vec<String> {
    let rows: usize = losses.iter().map(|loss| loss.lines(paper).len()).sum();
    let costing = losses.partition_point(|loss| loss.points != Some(Points::ZERO));
    let shown = match losses.len() - costing {
        _ if rows <= room => losses.len(),
        0 | 1 if losses.len() <= room => losses.len(),
        0 | 1 => room.saturating_sub(1),
        _ => costing.min(room.saturating_sub(1)),
    };
    let (shown, counted) = losses.split_at(shown);
    let mut spare = room.saturating_sub(shown.len() + usize::from(!counted.is_empty()));
    let mut lines = Vec::new();
    for loss in shown {
        let full = loss.lines(paper);
        let more = full.len().saturating_sub(1);
        if more <= spare {
            spare -= more;
            lines.extend(full);
        } else {
            lines.push(loss.line(paper));
        }
    }
    lines.extend(others(counted).map(|loss| loss.line(paper)));
    lines
}

/// Those for which there is no room, together.
fn others(losses: &[Loss]) -> Option<Loss> {
    let first = losses.first()?;
    let points = losses.iter().filter_map(|loss| loss.points).sum();
    Some(Loss {
        points: first.points.map(|_| points),
        number: None,
        said: format!("by {} others (--verbose)", losses.len()),
    })
}

impl Loss {
    fn front(&self) -> String {
        let points = match self.points {
            None => String::new(),
            Some(Points::ZERO) => format!("{:>7}  ", "0"),
            Some(points) => format!("{:>7}  ", format!("-{points}")),
        };
        let number = self.number.map(|number| format!("{number}."));
        format!("{points}{:>3} ", number.unwrap_or_default())
    }

    fn lines(&self, paper: &Paper) -> Vec<String> {
        paper.text(&self.front(), &self.said)
    }

    /// The loss on one line, cut between words.
    fn line(&self, paper: &Paper) -> String {
        let mut lines = paper
            .text(&self.front(), &format!("{} …", self.said))
            .into_iter();
        let first = lines.next().unwrap_or_default();
        match lines.next() {
            None => first.trim_end_matches(" …").to_owned(),
            Some(_) => {
                let shorter = first.rsplit_once(' ').map_or("", |(words, _)| words);
                format!("{shorter} …")
            }
        }
    }
}

/// At most so many rows of lines, the last of which says that there are more.
fn cut(paper: &Paper, mut lines: Vec<String>, room: usize) -> Vec<String> {
    if lines.len() < 2 || room < 2 {
        return Vec::new();
    }
    if paper.rows(&lines) > room {
        while paper.rows(&lines) >= room {
            lines.pop();
        }
        lines.push("  … (--verbose)".to_owned());
    }
    lines
}

/// What is wrong with the library, and why scenarios could not be judged.
pub(super) fn trouble(paper: &Paper, record: &Record) -> Vec<String> {
    let Build {
        notices,
        missing,
        forbidden,
        left_out,
        ..
    } = &record.build;
    let missing = missing.iter().map(|it| format!("it does not export {it}"));
    let forbidden = forbidden.iter().map(|it| format!("it imports {it}"));
    let left_out = left_out.iter().map(|it| format!("not compiled: {it}"));
    let said = notices
        .iter()
        .cloned()
        .chain(missing)
        .chain(forbidden)
        .chain(left_out)
        .chain(unjudged(record));
    said.flat_map(|line| paper.text("  ", &line)).collect()
}

/// That scenarios could not be judged, and why: the first of them.
fn unjudged(record: &Record) -> Option<String> {
    let unknown = |one: &&ScenarioResult| one.status == Status::GraderError;
    let mut unjudged = record.results.iter().filter(unknown);
    let first = unjudged.next()?;
    let cause = first.failure.as_ref().map_or("", |it| it.sentence.as_str());
    Some(match unjudged.count() {
        0 => format!("{}: {} ({cause})", Status::GraderError.word(), first.stem),
        more => format!(
            "{}: {} ({cause}) and {more} more",
            Status::GraderError.word(),
            first.stem
        ),
    })
}

/// `172 of 186 scenarios passed (1 of them CARRIED), 14 FAIL`
fn counted(record: &Record) -> String {
    let results = record.results.iter();
    let count = |status| results.clone().filter(|one| one.status == status).count();
    let said = |status: Status| match (status, count(status)) {
        (Status::Pass, _) | (_, 0) => String::new(),
        (Status::Carried, count) => format!(" ({count} of them CARRIED)"),
        (_, count) => format!(", {count} {}", status.word()),
    };
    let passed = count(Status::Pass) + count(Status::Carried);
    let others: String = Status::ALL.map(said).concat();
    format!(
        "{passed} of {} scenarios passed{others}",
        record.results.len()
    )
}

/// What costs nothing by itself.
pub(super) fn remarks(paper: &Paper, record: &Record) -> Vec<String> {
    let choices = record
        .choices
        .iter()
        .map(|it| format!("permitted choice: {it}"));
    let conflicts = record.contradictions.iter();
    let conflicts = conflicts.map(|it| format!("not consistent: {it}"));
    let remarks = record.reading.iter().chain(&record.remarks);
    let remarks = remarks.map(|it| format!("remark: {it}"));
    let said = choices.chain(conflicts).chain(remarks);
    said.flat_map(|line| paper.text("  ", &line)).collect()
}
