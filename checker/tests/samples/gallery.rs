//! Writes the pages of the documentation that show what a student is told: for a dozen faults the
//! mistakes that are found, what they cost, and the smallest example; and what stands on a terminal
//! of 80 columns and 24 rows. The pages are goldens of their own:
//! `UPDATE_GOLDENFILES=1 cargo test -p checker --test samples gallery` writes them anew.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use checker::build;
use checker::grading::{self, Grader};
use checker::record::{Failure, Mistake, Record};
use checker::rubric::{Grade, Known, Points, Rubric};
use checker::sandbox::IsolationOptions;
use goldenfile::Mint;
use libtest_mimic::Trial;
use ref_tests::SCENARIOS;

use super::trial;

/// Samples of `ref_tests/submissions/broken`.
const SHOWN: [&str; 12] = [
    "no_preallocation",
    "first_fit",
    "never_splits_reused",
    "never_coalesces",
    "realloc_always_moves",
    "realloc_last_not_grown",
    "grows_by_whole_size",
    "calloc_not_zeroed",
    "mapped_never_unmapped",
    "munmap_wrong_length",
    "realloc_free_served",
    "realloc_copies_too_little",
];

const HEAD: &str = "\
# What a student is told

Some of the sample submissions in `ref_tests/submissions/broken`, each with one fault. For each
mistake that is found: what the submission does, the clause, how often it was seen, and what it
costs; the smallest example, with the heap before the call, after it as it should be, and as it
is; and where to look. `checker mistakes` lists all known mistakes with their prices. Made by
`UPDATE_GOLDENFILES=1 cargo test -p checker --test samples gallery`.
";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("gallery::page", the_page_is_as_the_samples_are_reported),
        trial("gallery::screens", the_screens_are_as_they_are_shown),
    ]
}

fn the_page_is_as_the_samples_are_reported() {
    let mut page = HEAD.to_owned();
    let grader = grader();
    let rubric = Rubric::built_in(&Known::all(SCENARIOS)).unwrap();
    for name in SHOWN {
        let path = Path::new("../ref_tests/submissions/broken").join(name);
        let options = build::Options::default();
        let built = grading::build(&path, &options, IsolationOptions::default()).unwrap();
        let record = grader.grade(name, &built, 0.0).unwrap();
        show(&mut page, name, &record, &rubric.grade(&record).unwrap());
    }
    let mut mint = Mint::new("docs");
    let mut file = mint.new_goldenfile("mistakes.md").unwrap();
    file.write_all(page.as_bytes()).unwrap();
}

fn grader() -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

fn show(page: &mut String, name: &str, record: &Record, grade: &Grade) {
    let (total, whole) = (grade.total, grade.maximum);
    writeln!(page, "\n## {name}\n\n{total} of {whole} points.").unwrap();
    for charge in &grade.charges {
        let mistake = record.mistakes.iter().find(|it| it.name == charge.name);
        let Some(mistake) = mistake else {
            let damage = record.damage.as_ref().unwrap();
            let (place, sentence) = (&damage.place, &damage.sentence);
            let cost = cost(charge.points);
            writeln!(
                page,
                "\n**Memory is damaged in {place}: {sentence}: {cost}.**"
            )
            .unwrap();
            continue;
        };
        let Mistake {
            sentence,
            clause,
            shown,
            situations,
            ..
        } = mistake;
        writeln!(
            page,
            "\n**{} ({clause}), in {shown} of {situations} situations: {}.**",
            sentence.replacen("it ", "It ", 1),
            cost(charge.points)
        )
        .unwrap();
        let example = mistake.example.as_ref().unwrap();
        call(page, &example.stem, &example.failure);
        if !mistake.hint.is_empty() {
            writeln!(page, "\n> {}", mistake.hint).unwrap();
        }
    }
}

fn cost(points: Points) -> String {
    match points {
        Points::ZERO => "costs nothing more".to_owned(),
        points => format!("costs {points} points"),
    }
}

fn call(page: &mut String, stem: &str, failure: &Failure) {
    writeln!(page, "\n```text\n{stem}").unwrap();
    if let Some(call) = failure.call {
        writeln!(page, "  call {call}, {}", failure.code).unwrap();
    }
    writeln!(page, "  {}\n", failure.sentence).unwrap();
    for line in failure.picture.lines() {
        writeln!(page, "    {line}").unwrap();
    }
    writeln!(page, "```").unwrap();
}

const SCREENS_HEAD: &str = "\
# What stands on a terminal

Each command as it is given in `ref_tests/submissions`, and all that it prints: one screen of 80
columns and 24 rows, the last of which is the prompt's. `--mistake N` tells a mistake in full,
`checker explain NUMBER SUBMISSION` what happened in a scenario, and `--verbose` everything. Made by
`UPDATE_GOLDENFILES=1 cargo test -p checker --test samples gallery`.
";

/// What is typed, with the exit code; whether it has to fit on one screen.
const SCREENS: [(&str, i32, bool); 8] = [
    ("checker grade conforming", 0, true),
    ("checker grade broken/first_fit", 1, true),
    ("checker grade handmade/36_deadline", 1, true),
    ("checker grade odd/does_not_compile", 3, true),
    ("checker grade handmade/36_deadline --mistake 2", 1, false),
    ("checker explain 0629 broken/first_fit", 1, false),
    ("checker explain C6", 0, false),
    ("checker explain notation", 0, false),
];

fn the_screens_are_as_they_are_shown() {
    let mut page = SCREENS_HEAD.to_owned();
    for (typed, exit, one_screen) in SCREENS {
        let output = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(typed.split(' ').skip(1))
            .current_dir("../ref_tests/submissions")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(exit), "{typed}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{typed}: {widest:?} columns");
        let rows = text.lines().count();
        assert!(rows <= 23 || !one_screen, "{typed}: {rows} rows\n{text}");
        writeln!(page, "\n```text\n$ {typed}\n{text}```").unwrap();
    }
    let mut mint = Mint::new("docs");
    let mut file = mint.new_goldenfile("terminal.md").unwrap();
    file.write_all(page.as_bytes()).unwrap();
}
