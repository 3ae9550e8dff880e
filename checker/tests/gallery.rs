//! Writes the page of the documentation that shows what a student is told: for a dozen faults the
//! first failing scenario and the diagnosis. The page is a golden of its own:
//! `UPDATE_GOLDENFILES=1 cargo test -p checker --test gallery` writes it anew.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use checker::build;
use checker::grading::{self, Grader};
use checker::record::{Record, ScenarioResult};
use checker::sandbox::IsolationOptions;
use checker::types::Status;
use goldenfile::Mint;

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

Some of the sample submissions in `ref_tests/submissions/broken`, each with one fault: the first
failing scenario, with the heap before the first wrong call, after it as it should be, and as it
is; then what explains the behaviour as a whole. Made by
`UPDATE_GOLDENFILES=1 cargo test -p checker --test gallery`.
";

#[test]
fn the_page_is_as_the_samples_are_reported() {
    let mut page = HEAD.to_owned();
    let grader = grader();
    for name in SHOWN {
        let path = Path::new("../ref_tests/submissions/broken").join(name);
        let options = build::Options::default();
        let built = grading::build(&path, &options, IsolationOptions::default()).unwrap();
        show(&mut page, name, &grader.grade(name, &built, 0.0).unwrap());
    }
    let mut mint = Mint::new("docs");
    let mut file = mint.new_goldenfile("diagnoses.md").unwrap();
    file.write_all(page.as_bytes()).unwrap();
}

fn grader() -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

fn show(page: &mut String, name: &str, record: &Record) {
    let failing =
        |result: &&ScenarioResult| !matches!(result.status, Status::Pass | Status::NotReached);
    let result = record.results.iter().find(failing).unwrap();
    let failure = result.failure.as_ref().unwrap();
    let word = result.status.word();
    writeln!(page, "\n## {name}\n\n```text").unwrap();
    writeln!(page, "{word} {}: {}", result.stem, result.purpose).unwrap();
    if let Some(call) = failure.call {
        writeln!(page, "  call {call}, {}", failure.code).unwrap();
    }
    writeln!(page, "  {}\n", failure.sentence).unwrap();
    for line in failure.picture.lines() {
        writeln!(page, "    {line}").unwrap();
    }
    writeln!(page, "```").unwrap();
    for mistake in &record.mistakes {
        writeln!(page, "\n{} ({}).", mistake.sentence, mistake.clause).unwrap();
        writeln!(page, "\n> {}", mistake.hint).unwrap();
    }
}
