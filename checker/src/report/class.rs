//! The class at a glance: one page and two tables, for the person who teaches it.
//!
//! Only their content is kept in memory, so that a class of any size can be read one submission at
//! a time. Times are in another table: these files are the same, byte for byte, for the same
//! results.

mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use super::mistakes::claim;
use super::table::Row;
use super::text::line;
use crate::rubric::Points;
use crate::types::Status;

/// Bytes of a name or sentence.
const LINE: usize = 300;

/// Whether students are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// By their ids, with links to their reports.
    #[default]
    Shown,
    /// By numbers, in an order that reveals nothing, without links.
    LeftOut,
}

/// What is kept of a class.
#[derive(Default)]
pub struct Class {
    students: Vec<Student>,
    mistakes: BTreeMap<String, Common>,
    clauses: BTreeMap<String, Asked>,
    /// The scenarios, by the order in which they appeared first.
    scenarios: Vec<String>,
}

/// What is kept of a student.
struct Student {
    id: String,
    points: Option<Points>,
    maximum: Points,
    built: bool,
    mistakes: usize,
    /// The mistake that costs most.
    most_expensive: String,
    statuses: BTreeMap<usize, Status>,
    behaviour: String,
    passed: bool,
}

/// A mistake that students made.
#[derive(Default)]
struct Common {
    clause: String,
    sentence: String,
    students: usize,
    points: Points,
}

/// A clause, and how it was kept.
#[derive(Default)]
struct Asked {
    summary: String,
    decided: usize,
    kept: usize,
    students: usize,
    broken_by: usize,
}

impl Class {
    /// Adds a student; `behaviour` names what was observed of the submission.
    pub fn add(&mut self, row: Row<'_>, behaviour: &str) {
        let Row { id, record, grade } = row;
        let grade = grade.ok();
        let mut made = BTreeSet::new();
        for mistake in &record.mistakes {
            let clause = line(&mistake.clause, LINE);
            // Unknown mistakes of two students need not be the same.
            let (name, sentence) = match mistake.known {
                true => (line(&mistake.name, LINE), line(&mistake.sentence, LINE)),
                false => {
                    let sentence = "it makes unknown mistakes against this clause";
                    (format!("unnamed-{clause}"), sentence.to_owned())
                }
            };
            let common = self.mistakes.entry(name.clone()).or_default();
            (common.clause, common.sentence) = (clause, sentence);
            common.students += usize::from(made.insert(name));
            let charged = grade.and_then(|grade| grade.charged(&mistake.name));
            common.points = common.points + charged.unwrap_or(Points::ZERO);
        }
        for card in &record.card {
            let asked = self.clauses.entry(line(&card.clause, LINE)).or_default();
            asked.summary = line(&card.summary, LINE);
            asked.decided += card.decided;
            asked.kept += card.kept;
            asked.students += 1;
            asked.broken_by += usize::from(card.kept < card.decided);
        }
        let mut statuses = BTreeMap::new();
        for result in &record.results {
            let index = self.index(&result.stem);
            if result.status != Status::Pass {
                statuses.insert(index, result.status);
            }
        }
        let most_expensive = super::mistakes::by_cost(record, grade);
        self.students.push(Student {
            id: line(id, LINE),
            points: grade.map(|grade| grade.total),
            maximum: grade.map_or(Points::ZERO, |grade| grade.maximum),
            built: record.build.failure.is_none(),
            mistakes: record.mistakes.len(),
            most_expensive: most_expensive
                .first()
                .map_or_else(String::new, |it| line(&claim(it), LINE)),
            statuses,
            behaviour: behaviour.to_owned(),
            passed: record.passed(),
        });
    }

    fn index(&mut self, stem: &str) -> usize {
        let known = self.scenarios.iter().position(|one| one == stem);
        known.unwrap_or_else(|| {
            self.scenarios.push(stem.to_owned());
            self.scenarios.len() - 1
        })
    }

    /// Writes `index.html`.
    pub fn write_page(&self, names: Names, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(page::page(self, names).as_bytes())
    }

    /// Writes the mistakes by how many students made them, as CSV.
    pub fn write_mistakes(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record([
            "mistake",
            "clause",
            "students",
            "share",
            "points lost",
            "sentence",
        ])?;
        for (name, common) in self.by_students() {
            table.write_record([
                name.clone(),
                common.clause.clone(),
                common.students.to_string(),
                share(common.students, self.students.len()),
                common.points.to_string(),
                super::table::text(&common.sentence),
            ])?;
        }
        table.flush()
    }

    /// Writes the clauses by how they were kept, as CSV.
    pub fn write_clauses(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record([
            "clause",
            "calls",
            "calls that kept it",
            "share",
            "students who broke it",
            "students",
            "summary",
        ])?;
        for (clause, asked) in &self.clauses {
            table.write_record([
                clause.clone(),
                asked.decided.to_string(),
                asked.kept.to_string(),
                share(asked.kept, asked.decided),
                asked.broken_by.to_string(),
                asked.students.to_string(),
                super::table::text(&asked.summary),
            ])?;
        }
        table.flush()
    }

    /// The most frequent mistakes first, of several the more expensive ones.
    fn by_students(&self) -> Vec<(&String, &Common)> {
        let mut mistakes: Vec<(&String, &Common)> = self.mistakes.iter().collect();
        mistakes.sort_by_key(|(_, it)| std::cmp::Reverse((it.students, it.points)));
        mistakes
    }

    /// The students in the order of the page, each with the name that it has there.
    fn named(&self, names: Names) -> Vec<(String, &Student)> {
        let mut students: Vec<&Student> = self.students.iter().collect();
        match names {
            Names::Shown => {
                let named = students.into_iter().map(|one| (one.id.clone(), one));
                named.collect()
            }
            Names::LeftOut => {
                students.sort_by_cached_key(|one| Sha256::digest(&one.id).to_vec());
                let numbered = (1..).zip(students);
                let named = numbered.map(|(number, one)| (format!("Student {number}"), one));
                named.collect()
            }
        }
    }
}

/// A part of a whole as a fraction, for a spreadsheet.
fn share(part: usize, whole: usize) -> String {
    let share = part as f64 / whole.max(1) as f64;
    ((share * 10_000.0).round() / 10_000.0).to_string()
}
