//! A record for a person at a terminal.

use std::io::{self, Write};

use crate::record::{Kind, Record, ScenarioResult};
use crate::types::Status;

/// Failing scenarios that are shown in full; the others get a line each.
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

/// Prints the record.
pub(super) fn print(out: &mut dyn Write, record: &Record, colored: bool) -> io::Result<()> {
    let mut page = Page { out, colored };
    page.head(record)?;
    if let Some(failure) = &record.build.failure {
        return page.not_built(failure);
    }
    page.table(record)?;
    page.failures(record)?;
    page.remarks(record)?;
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
            let passed = results
                .iter()
                .filter(|result| result.status == Status::Pass)
                .count();
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

    fn failures(&mut self, record: &Record) -> io::Result<()> {
        let failing: Vec<_> = record
            .results
            .iter()
            .filter(|result| fails(result))
            .collect();
        for result in failing.iter().take(SHOWN_IN_FULL) {
            self.failure(result)?;
        }
        if failing.len() > SHOWN_IN_FULL {
            writeln!(self.out)?;
        }
        for result in failing.iter().skip(SHOWN_IN_FULL) {
            let sentence = result
                .failure
                .as_ref()
                .map_or("", |failure| &failure.sentence);
            let word = self.ink(Ink::Bad, result.status.word());
            writeln!(
                self.out,
                "{word} {}{}: {sentence}",
                result.stem,
                tier(result)
            )?;
        }
        Ok(())
    }

    fn failure(&mut self, result: &ScenarioResult) -> io::Result<()> {
        let word = self.ink(Ink::Bad, result.status.word());
        writeln!(
            self.out,
            "\n{word} {}{}: {}",
            result.stem,
            tier(result),
            result.purpose
        )?;
        let Some(failure) = &result.failure else {
            return Ok(());
        };
        if let Some(number) = failure.call {
            writeln!(self.out, "  call {number}, {}", failure.code)?;
        }
        writeln!(self.out, "  {}", self.ink(Ink::Strong, &failure.sentence))?;
        for (title, text) in [
            ("", &failure.picture),
            ("", &failure.diff),
            ("printed", &result.output.text),
        ] {
            if text.is_empty() {
                continue;
            }
            writeln!(self.out, "{title}")?;
            for line in text.lines() {
                writeln!(self.out, "    {}", self.diff_line(line))?;
            }
        }
        Ok(())
    }

    fn diff_line(&self, line: &str) -> String {
        match line.as_bytes().first() {
            Some(b'-') => self.ink(Ink::Bad, line),
            Some(b'+') => self.ink(Ink::Good, line),
            _ => line.to_owned(),
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
        Ok(())
    }

    fn summary(&mut self, record: &Record) -> io::Result<()> {
        let count = |status| {
            record
                .results
                .iter()
                .filter(|result| result.status == status)
                .count()
        };
        let passed = count(Status::Pass);
        let others = STATUSES
            .iter()
            .map(|&status| (status, count(status)))
            .filter(|&(_, count)| count > 0);
        let others: String = others
            .map(|(status, count)| format!(", {count} {}", status.word()))
            .collect();
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

/// All but PASS, in the order of the summary.
const STATUSES: [Status; 7] = [
    Status::Fail,
    Status::Crash,
    Status::Timeout,
    Status::Limit,
    Status::Forbidden,
    Status::NotReached,
    Status::GraderError,
];

fn fails(result: &ScenarioResult) -> bool {
    !matches!(
        result.status,
        Status::Pass | Status::Carried | Status::NotReached
    )
}

fn tier(result: &ScenarioResult) -> &'static str {
    match result.kind {
        Kind::Golden => "",
        Kind::Probe => " (probe)",
        Kind::Robustness => " (robustness, does not count)",
    }
}

/// The numbers of the scenarios of a chapter that did not pass.
fn others(results: &[&ScenarioResult]) -> String {
    const SHOWN: usize = 8;
    let failing: Vec<_> = results
        .iter()
        .filter(|result| result.status != Status::Pass)
        .collect();
    let numbers: Vec<&str> = failing
        .iter()
        .take(SHOWN)
        .map(|result| &result.stem[..4])
        .collect();
    let more = if failing.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", numbers.join(" "))
}
