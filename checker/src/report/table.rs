//! A table of a class in CSV, one row a submission.
//!
//! Spreadsheets take what begins with certain signs for a formula, so such texts get a quote in
//! front.

use std::io::{self, Write};

use super::GradeResult;
use super::prepare::{Prepared, counts};
use crate::record::Record;
use crate::rubric::{Category, Grade, Points};
use crate::types::Status;

/// The table of one submission: a header and a row.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    let mut bytes = Vec::new();
    write_rows(&[cells(prepared)], Seconds::Shown, &mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// A row of the table of a class.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// What the submission is called in files and tables.
    pub id: &'a str,
    /// What is known of it.
    pub record: &'a Record,
    /// Its points.
    pub grade: GradeResult<'a>,
}

/// Whether a table says how long things took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seconds {
    /// It has a column of seconds.
    Shown,
    /// It has none, and is the same for the same results.
    LeftOut,
}

/// A table of a class in the making. Keeps no records, only what stands in the rows.
#[derive(Default)]
pub struct ClassTable(Vec<Cells>);

impl ClassTable {
    pub fn add(&mut self, row: Row<'_>) {
        self.0.push(row.cells());
    }

    /// Writes the table.
    pub fn write(&self, seconds: Seconds, out: &mut dyn Write) -> io::Result<()> {
        write_rows(&self.0, seconds, out)
    }
}

impl Row<'_> {
    fn cells(&self) -> Cells {
        let prepared = Prepared::without_results(self.record, self.grade);
        let mut cells = cells(&prepared);
        cells.id = super::text::line(self.id, usize::MAX);
        if let Some(grade) = &mut cells.grade {
            grade.scenarios = Vec::new();
        }
        cells
    }
}

/// What a row is made of.
struct Cells {
    id: String,
    grade: Option<Grade>,
    counts: Vec<(Status, usize)>,
    mistakes: String,
    isolation: String,
    suite: String,
    snapshots: String,
    seconds: f64,
    note: String,
}

fn cells(prepared: &Prepared) -> Cells {
    let record = &prepared.record;
    let time = record.time;
    let names: Vec<&str> = record
        .mistakes
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let built = record.build.failure.is_none();
    let build = if built { "" } else { "could not be built" };
    Cells {
        id: record.submission.clone(),
        grade: prepared.grade.as_ref().ok().cloned(),
        counts: prepared.counts.clone(),
        mistakes: names.join(";"),
        isolation: record.isolation.join(", "),
        suite: record.suite.clone(),
        snapshots: record.snapshots.clone(),
        seconds: super::prepare::seconds(time.whole()),
        note: match &prepared.grade {
            Ok(_) => build.to_owned(),
            Err(ungraded) => ungraded.to_string(),
        },
    }
}

fn write_rows(rows: &[Cells], seconds: Seconds, out: &mut dyn Write) -> io::Result<()> {
    let parts = part_names(rows);
    let mut table = csv::Writer::from_writer(out);
    table.write_record(header(&parts, seconds))?;
    for row in rows {
        table.write_record(row.fields(&parts, seconds))?;
    }
    table.flush()
}

/// The parts of all grades, in the order of their first appearance.
fn part_names(rows: &[Cells]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in rows
        .iter()
        .filter_map(|row| row.grade.as_ref())
        .flat_map(parts)
    {
        if !names.contains(&part.0) {
            names.push(part.0);
        }
    }
    names
}

/// The parts of a grade by name; what was taken off is a part below zero.
fn parts(grade: &Grade) -> Vec<(String, f64)> {
    let of = |part: &Category| (part.name.clone(), part.points.value());
    let mut parts: Vec<(String, f64)> = grade.categories.iter().map(of).collect();
    parts.extend(grade.style.iter().map(of));
    let taken_off: Points = grade.deductions.iter().map(|one| one.points).sum();
    parts.push(("deductions".to_owned(), 0.0 - taken_off.value()));
    parts
}

fn header(parts: &[String], seconds: Seconds) -> Vec<String> {
    let mut names = vec!["id", "total", "maximum"];
    names.extend(parts.iter().map(String::as_str));
    names.extend(Status::ALL.iter().map(|status| status.word()));
    names.extend(["mistakes", "isolation", "suite", "snapshots"]);
    names.extend((seconds == Seconds::Shown).then_some("seconds"));
    names.push("note");
    names.into_iter().map(text).collect()
}

impl Cells {
    fn fields(&self, names: &[String], seconds: Seconds) -> Vec<String> {
        let mut fields = vec![text(&self.id)];
        let of_grade = |value: fn(&Grade) -> Points| {
            let grade = self.grade.as_ref();
            grade.map_or_else(String::new, |grade| value(grade).to_string())
        };
        fields.push(of_grade(|grade| grade.total));
        fields.push(of_grade(|grade| grade.maximum));
        let parts = self.grade.as_ref().map(parts).unwrap_or_default();
        for name in names {
            let found = parts.iter().find(|part| part.0 == *name);
            fields.push(found.map_or_else(String::new, |part| number(part.1)));
        }
        fields.extend(self.counts.iter().map(|(_, count)| count.to_string()));
        fields.extend(
            [
                &self.mistakes,
                &self.isolation,
                &self.suite,
                &self.snapshots,
            ]
            .map(|one| text(one)),
        );
        fields.extend((seconds == Seconds::Shown).then(|| self.seconds.to_string()));
        fields.push(text(&self.note));
        fields
    }
}

fn number(value: f64) -> String {
    ((value * 100.0).round() / 100.0 + 0.0).to_string()
}

/// A text that no spreadsheet takes for a formula.
pub(super) fn text(text: &str) -> String {
    let first = text.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '|' | '%' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

impl Prepared {
    /// What a row needs: the counts, but no results.
    fn without_results(record: &Record, grade: GradeResult<'_>) -> Self {
        let bare = Record {
            results: Vec::new(),
            ..record.clone()
        };
        let mut prepared = Self::roomy(&bare, grade);
        prepared.counts = counts(&record.results);
        prepared
    }
}
