//! Submissions that were written by hand, each with what a teaching assistant says of it: grades all
//! of them, prints a table, and compares the whole reports with golden files.
//!
//! ```text
//! cargo test -p checker --test samples handmade -- --nocapture              # shows the table
//! UPDATE_GOLDENFILES=1 cargo test -p checker --test samples handmade        # writes the reports anew
//! ```
//!
//! The table is also written to `handmade.txt` in the folder of temporary files.

use std::fmt::Write as _;
use std::io::Write as _;

use checker::testing::record::Record;
use checker::testing::report::exporter;
use checker::testing::rubric::{Grade, Rubric};
use goldenfile::Mint;
use libtest_mimic::Trial;
use serde::Deserialize;

use super::laboratory::{bare, folder, grader, library, on_all_processors, rubric};
use super::trial;

/// The submissions whose main mistake is named, in a hundred.
const LEAST_NAMED: usize = 90;
/// The mean difference from the assistant's totals.
const MOST_APART: f64 = 8.0;

/// Main mistakes that the catalogue has under another clause than the assistant.
const SAME: [(&str, &str); 6] = [
    ("02_singly_linked", "CopiesNewSize"),
    ("18_always_moves", "ReallocNeverGrows"),
    ("32_join_on_free", "CoalescesOnlyAtFree"),
    ("33_heap_manager", "ReallocNeverGrows"),
    ("36_deadline", "CopiesNewSize"),
    ("37_expand", "ExtendedLastStaysFree"),
];

#[derive(Deserialize)]
struct Sheet {
    submission: Vec<Assessed>,
}

/// What a teaching assistant says of a submission.
#[derive(Clone, Debug, Deserialize)]
struct Assessed {
    folder: String,
    mistakes: Vec<Mistake>,
    total: f64,
}

#[derive(Clone, Debug, Deserialize)]
struct Mistake {
    clause: String,
    what: String,
    #[serde(default)]
    main: bool,
}

/// A submission, graded.
struct Line {
    assessed: Assessed,
    record: Record,
    grade: Grade,
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "handmade",
        hand_written_submissions_are_graded_as_by_an_assistant,
    )]
}

fn hand_written_submissions_are_graded_as_by_an_assistant() {
    let rubric = rubric();
    let assessed = sheets();
    let lines = on_all_processors(&assessed, |one| Line::of(one, &rubric));
    let table = table(&lines);
    println!("{table}");
    std::fs::write(std::env::temp_dir().join("handmade.txt"), &table).unwrap();
    let mut mint = Mint::new("tests/samples/handmade");
    for line in &lines {
        let name = format!("{}.md", line.assessed.folder);
        let mut file = mint.new_goldenfile(name).unwrap();
        file.write_all(line.report().as_bytes()).unwrap();
    }
    let (named, all) = named(&lines);
    assert!(named * 100 >= LEAST_NAMED * all, "{table}");
    assert!(apart(&lines) <= MOST_APART, "{table}");
}

/// The text without status values that are a part of an address: the address depends on the size of
/// the scenario program.
fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('x') {
        let (before, after) = rest.split_at(place + 1);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        kept += before;
        rest = if digits >= 9 { &after[digits..] } else { after };
    }
    kept + rest
}

fn sheets() -> Vec<Assessed> {
    let place = folder().join("submissions/handmade");
    let read = |name: &str| {
        let text = std::fs::read_to_string(place.join(name)).unwrap();
        toml::from_str::<Sheet>(&text).unwrap().submission
    };
    ["a.toml", "b.toml"].into_iter().flat_map(read).collect()
}

impl Line {
    fn of(assessed: &Assessed, rubric: &Rubric) -> Self {
        let place = folder().join("submissions/handmade").join(&assessed.folder);
        let library = library(&place, &[]).unwrap();
        let mut record = grader()
            .examine(&assessed.folder, &Ok(library), 0.0)
            .unwrap();
        let grade = rubric.grade(&record).unwrap();
        // What differs from run to run and from machine to machine is no part of a golden.
        record.time = checker::testing::record::Time::default();
        record.isolation.clear();
        for result in &mut record.results {
            result.seconds = 0.0;
        }
        Self {
            assessed: assessed.clone(),
            record,
            grade,
        }
    }

    fn report(&self) -> String {
        let mut text = Vec::new();
        let markdown = exporter("github-summary").unwrap();
        markdown
            .write(&self.record, Ok(&self.grade), &mut text)
            .unwrap();
        without_addresses(&String::from_utf8(text).unwrap())
    }

    fn total(&self) -> f64 {
        self.grade.total.value()
    }

    fn main(&self) -> Option<&Mistake> {
        self.assessed.mistakes.iter().find(|mistake| mistake.main)
    }

    /// Whether the main mistake is reported, by its clause or by a name that means the same; `None`
    /// where there is none.
    fn names_main(&self) -> Option<bool> {
        let main = self.main()?;
        let mut found = self.record.mistakes.iter();
        let mut same = SAME
            .iter()
            .filter(|(folder, _)| *folder == self.assessed.folder);
        let mut names = self
            .record
            .mistakes
            .iter()
            .map(|mistake| bare(&mistake.name));
        if same.any(|(_, name)| names.any(|it| it == *name)) {
            return Some(true);
        }
        let of_reading = self.record.reading.is_some() && main.clause.starts_with('B');
        Some(of_reading || found.any(|mistake| mistake.clause == main.clause))
    }
}

/// How many have their main mistake named, and how many have one.
fn named(lines: &[Line]) -> (usize, usize) {
    let answers: Vec<bool> = lines.iter().filter_map(Line::names_main).collect();
    (
        answers.iter().filter(|named| **named).count(),
        answers.len(),
    )
}

/// The mean difference of the totals.
fn apart(lines: &[Line]) -> f64 {
    let apart = lines
        .iter()
        .map(|line| (line.total() - line.assessed.total).abs());
    apart.sum::<f64>() / lines.len() as f64
}

fn table(lines: &[Line]) -> String {
    let mut text = String::new();
    writeln!(
        text,
        "folder                assistant    ours  apart  main mistake"
    )
    .unwrap();
    for line in lines {
        let (due, total) = (line.assessed.total, line.total());
        let main = match (line.main(), line.names_main()) {
            (Some(main), Some(true)) => format!("{:4} named", main.clause),
            (Some(main), _) => format!("{:4} NOT NAMED: {}", main.clause, main.what),
            (None, _) => "none".to_owned(),
        };
        let name = &line.assessed.folder;
        writeln!(
            text,
            "{name:22} {due:8.1} {total:7.1} {:6.1}  {main}",
            total - due
        )
        .unwrap();
        let reading = line
            .record
            .reading
            .iter()
            .map(|it| format!("reading: {it}"));
        let damage = line.record.damage.iter();
        let damage = damage.map(|it| format!("damage: {} ({})", it.sentence, it.place));
        let mistakes = line.record.mistakes.iter().map(|mistake| {
            let cost = line.grade.charged(&mistake.name).unwrap_or_default();
            let (shown, situations) = (mistake.shown, mistake.situations);
            let (name, clause) = (&mistake.name, &mistake.clause);
            match mistake.known {
                true => format!("{cost} {name} {clause} {shown}/{situations}"),
                false => format!("{cost} {name} {shown}/{situations}: {}", mistake.sentence),
            }
        });
        for part in reading.chain(damage).chain(mistakes) {
            writeln!(text, "        {part}").unwrap();
        }
        for mistake in &line.assessed.mistakes {
            writeln!(text, "      - {} {}", mistake.clause, mistake.what).unwrap();
        }
    }
    let ((named, all), apart) = (named(lines), apart(lines));
    writeln!(text, "\nmain mistake named: {named} of {all}").unwrap();
    writeln!(text, "mean difference of the totals: {apart:.1}").unwrap();
    text
}
