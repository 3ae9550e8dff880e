//! A record for a person at a terminal.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::record::{Failure, Kind, Mistake, Record, ScenarioResult};
use crate::report::{claim, dearest_first};
use crate::rubric::Grade;
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

/// Prints the record: the details first, and at the end what is wrong and what it costs.
pub(super) fn print(
    out: &mut dyn Write,
    record: &Record,
    grade: Option<&Grade>,
    colored: bool,
) -> io::Result<()> {
    let mut page = Page { out, colored };
    page.head(record)?;
    if let Some(failure) = &record.build.failure {
        return page.not_built(failure);
    }
    page.table(record)?;
    page.failures(record)?;
    page.card(record)?;
    page.remarks(record)?;
    page.mistakes(&dearest_first(record, grade))?;
    page.summary(record)
}

struct Page<'a> {
    out: &'a mut dyn Write,
    colored: bool,
}

#[derive(Clone, Copy)]
enum Ink {
    Good,
    Bad,
    Dim,
    Strong,
}

impl Page<'_> {
    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Dim => "2",
            Ink::Strong => "1",
        };
        if self.colored {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn head(&mut self, record: &Record) -> io::Result<()> {
        writeln!(self.out, "{}", self.ink(Ink::Strong, &record.submission))?;
        for name in &record.build.missing {
            writeln!(self.out, "  it does not export {name}")?;
        }
        for import in &record.build.forbidden {
            writeln!(self.out, "  it imports {import}")?;
        }
        for file in &record.build.left_out {
            writeln!(self.out, "  not compiled: {file}")?;
        }
        Ok(())
    }

    fn not_built(&mut self, failure: &str) -> io::Result<()> {
        writeln!(self.out, "{}", self.ink(Ink::Bad, "not built"))?;
        failure
            .lines()
            .try_for_each(|line| writeln!(self.out, "  {line}"))
    }

    fn table(&mut self, record: &Record) -> io::Result<()> {
        for (number, title) in CHAPTERS {
            let of_chapter = |result: &&ScenarioResult| result.stem.starts_with(number);
            let results: Vec<_> = record.results.iter().filter(of_chapter).collect();
            if results.is_empty() {
                continue;
            }
            let passed = results.iter().filter(|result| passes(result)).count();
            let whole = passed == results.len();
            let counts = format!("{passed:>3} of {:>3}", results.len());
            let counts = self.ink(if whole { Ink::Good } else { Ink::Bad }, &counts);
            writeln!(
                self.out,
                "  {number} {title:<28} {counts}  {}",
                others(&results)
            )?;
        }
        Ok(())
    }

    /// What fails by no mistake of the list: the first few in full, the others in a line each.
    fn failures(&mut self, record: &Record) -> io::Result<()> {
        let fails = |result: &&ScenarioResult| {
            let known = record.mistakes_in(result).next().is_some();
            !known && (result.status.is_wrong() || result.status == Status::GraderError)
        };
        for (index, result) in record.results.iter().filter(fails).enumerate() {
            let failure = result.failure.as_ref();
            let in_full = index < SHOWN_IN_FULL;
            let said = match failure {
                Some(failure) if !in_full => &failure.sentence,
                _ => &result.purpose,
            };
            let word = self.ink(Ink::Bad, result.status.word());
            let gap = if index <= SHOWN_IN_FULL { "\n" } else { "" };
            writeln!(
                self.out,
                "{gap}{word} {}{}: {said}",
                result.stem,
                tier(result)
            )?;
            if let Some(failure) = failure.filter(|_| in_full) {
                self.call(failure)?;
                self.indented("", &failure.diff)?;
                self.indented("printed", &result.output.text)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, failure: &Failure) -> io::Result<()> {
        if let Some(number) = failure.call {
            writeln!(self.out, "  call {number}, {}", failure.code)?;
        }
        writeln!(self.out, "  {}", self.ink(Ink::Strong, &failure.sentence))?;
        self.indented("", &failure.picture)
    }

    fn indented(&mut self, title: &str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{title}")?;
        let mut lines = text.lines();
        lines.try_for_each(|line| writeln!(self.out, "    {}", self.diff_line(line)))
    }

    fn diff_line(&self, line: &str) -> String {
        match line.as_bytes().first() {
            Some(b'-') => self.ink(Ink::Bad, line),
            Some(b'+') => self.ink(Ink::Good, line),
            _ => line.to_owned(),
        }
    }

    /// The clauses that were not kept in every call, and how many were.
    fn card(&mut self, record: &Record) -> io::Result<()> {
        let broken: Vec<_> = record
            .card
            .iter()
            .filter(|line| line.kept < line.decided)
            .collect();
        if broken.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nClauses, and the calls that kept them:")?;
        for line in &broken {
            let kept = format!("{} of {}", line.kept, line.decided);
            writeln!(self.out, "  {:4} {kept:>12}  {}", line.clause, line.summary)?;
        }
        let others = record.card.len() - broken.len();
        match others {
            0 => Ok(()),
            _ => writeln!(self.out, "  all others were kept by every call"),
        }
    }

    fn remarks(&mut self, record: &Record) -> io::Result<()> {
        if !record.choices.is_empty() {
            writeln!(self.out, "\nPermitted choices that were seen:")?;
        }
        for choice in &record.choices {
            writeln!(self.out, "  {choice}")?;
        }
        for contradiction in &record.contradictions {
            writeln!(self.out, "  not consistent: {contradiction}")?;
        }
        for remark in record.reading.iter().chain(&record.remarks) {
            writeln!(self.out, "\nRemark: {remark}")?;
        }
        Ok(())
    }

    /// The mistakes in full, the dearest first.
    fn mistakes(&mut self, mistakes: &[&Mistake]) -> io::Result<()> {
        for (number, mistake) in (1..).zip(mistakes) {
            let title = format!("{number}. {}", claim(mistake));
            writeln!(self.out, "\n{}", self.ink(Ink::Strong, &title))?;
            if let Some(example) = &mistake.example {
                writeln!(self.out, "  for example in {}:", example.stem)?;
                self.call(&example.failure)?;
                self.indented("expected", &example.failure.expected)?;
                self.indented("observed", &example.failure.observed)?;
            }
            if !mistake.hint.is_empty() {
                writeln!(self.out, "  where to look: {}", mistake.hint)?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, record: &Record) -> io::Result<()> {
        let count = |status| {
            record
                .results
                .iter()
                .filter(|one| one.status == status)
                .count()
        };
        let passed = record.results.iter().filter(|one| passes(one)).count();
        let said = |status: Status| match (status, count(status)) {
            (Status::Pass, _) | (_, 0) => String::new(),
            (Status::Carried, count) => format!(" ({count} of them CARRIED)"),
            (_, count) => format!(", {count} {}", status.word()),
        };
        let others: String = Status::ALL.map(said).concat();
        let line = format!(
            "{passed} of {} scenarios passed{others}",
            record.results.len()
        );
        let ink = if record.passed() { Ink::Good } else { Ink::Bad };
        let time = record.time;
        let time = format!(
            "built {:.0} ms, ran {:.0} ms, judged {:.0} ms; suite {}, snapshots {}{}",
            time.build * 1e3,
            time.run * 1e3,
            time.judge * 1e3,
            record.suite,
            record.snapshots,
            record
                .seed
                .map(|seed| format!(", random sequences from seed {seed}"))
                .unwrap_or_default()
        );
        writeln!(self.out, "\n{}", self.ink(ink, &line))?;
        writeln!(self.out, "{}", self.ink(Ink::Dim, &time))
    }
}

/// Whether there is nothing to say of a scenario.
fn passes(result: &ScenarioResult) -> bool {
    matches!(result.status, Status::Pass | Status::Carried)
}

fn tier(result: &ScenarioResult) -> &'static str {
    match result.kind {
        Kind::Golden => "",
        Kind::Probe => " (probe)",
        Kind::Robustness => " (robustness)",
    }
}

/// The numbers of the scenarios of a chapter that did not pass.
fn others(results: &[&ScenarioResult]) -> String {
    const SHOWN: usize = 8;
    let failing: Vec<_> = results.iter().filter(|result| !passes(result)).collect();
    let numbers: Vec<&str> = failing
        .iter()
        .take(SHOWN)
        .map(|result| &result.stem[..4])
        .collect();
    let more = if failing.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", numbers.join(" "))
}
