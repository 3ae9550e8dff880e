//! Writes the pages of the documentation that show what a student is told: for a dozen faults the
//! mistakes that are found, what they cost, and the smallest example; and what stands on a terminal
//! of 80 columns and 24 rows. The pages are goldens of their own:
//! `UPDATE_GOLDENFILES=1 cargo test -p checker --test samples gallery` writes them again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use checker::testing::record::{Failure, Mistake, Record};
use checker::testing::rubric::{Grade, Points};
use goldenfile::Mint;
use libtest_mimic::Trial;

use super::laboratory::{built, grader, rubric};
use super::sample::sample;
use super::trial;

/// Samples of the table, each with one fault.
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
# What a student reads

Some of the sample submissions, each with one mistake; `checker export --sample NAME DIR` writes one.
For each mistake that the checker finds: what the submission does, the clause, how often it was seen,
and what it costs; the smallest example, with the heap before the call, as expected and as observed
after it; and where to look. `checker mistakes` lists all known mistakes with their prices. Made by
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
    let rubric = rubric();
    for name in SHOWN {
        let built = built(&sample(name), &[]).unwrap();
        let record = grader.examine(name, &built, 0.0).unwrap();
        show(&mut page, name, &record, &rubric.grade(&record).unwrap());
    }
    let mut mint = Mint::new("docs");
    let mut file = mint.new_goldenfile("mistakes.md").unwrap();
    file.write_all(page.as_bytes()).unwrap();
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
        Points::ZERO => "costs no further points".to_owned(),
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
# The output on a terminal

Each command as it is given in a folder with some of the samples, and all that it prints: one screen
of 80 columns and 24 rows, the last of which is the prompt's. `--mistake N` shows a mistake in full,
`checker explain NUMBER SUBMISSION` what happened in a scenario, and `--verbose` everything. Made by
`UPDATE_GOLDENFILES=1 cargo test -p checker --test samples gallery`.
";

/// What is typed, with the exit code; whether it has to fit on one screen.
const SCREENS: [(&str, i32, bool); 8] = [
    ("checker grade conforming", 0, true),
    ("checker grade first_fit", 1, true),
    ("checker grade handmade/36_deadline", 1, true),
    ("checker grade does_not_compile", 3, true),
    ("checker grade handmade/36_deadline --mistake 2", 1, false),
    ("checker explain 0629 first_fit", 1, false),
    ("checker explain C6", 0, false),
    ("checker explain notation", 0, false),
];

fn the_screens_are_as_they_are_shown() {
    let mut page = SCREENS_HEAD.to_owned();
    let desk = tempfile::tempdir().unwrap();
    for name in [
        "conforming",
        "first_fit",
        "does_not_compile",
        "handmade/36_deadline",
    ] {
        let to = desk.path().join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied = Command::new("cp")
            .arg("-r")
            .arg(sample(name))
            .arg(to)
            .status();
        assert!(copied.unwrap().success(), "{name}");
    }
    for (typed, exit, one_screen) in SCREENS {
        let output = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(typed.split(' ').skip(1))
            .current_dir(&desk)
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
