//! Grades every sample submission and compares with what `expected.toml` says of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use checker::build;
use checker::grading::{self, Grader, NO_ALLOCATOR};
use checker::record::{Record, ScenarioResult};
use checker::sandbox::IsolationOptions;
use checker::types::Status;
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    submission: Vec<Expected>,
}

/// What is expected of a submission; the keys are explained beside the table.
#[derive(Clone, Deserialize)]
struct Expected {
    path: String,
    overall: Overall,
    statuses: Vec<String>,
    clauses: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Overall {
    Pass,
    Fail,
    NoBuild,
    Any,
}

pub(crate) fn trials() -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/submissions");
    let text = std::fs::read_to_string(folder.join("expected.toml")).expect("the table is there");
    let table: Table = toml::from_str(&text).expect("the table can be read");
    let listed: BTreeSet<String> = table.submission.iter().map(|it| it.path.clone()).collect();
    let mut trials: Vec<Trial> = table
        .submission
        .into_iter()
        .map(|expected| {
            let path = folder.join(&expected.path);
            Trial::test(format!("submissions::{}", expected.path), move || {
                check(&path, &expected)
            })
        })
        .collect();
    trials.push(Trial::test(
        "submissions::every_sample_is_listed",
        move || {
            unlisted(&folder, &listed).map_or(Ok(()), |path| {
                Err(format!("{path} is not in expected.toml").into())
            })
        },
    ));
    trials
}

fn check(path: &Path, expected: &Expected) -> Result<(), Failed> {
    let built = grading::build(
        path,
        &build::Options::default(),
        IsolationOptions::default(),
    )?;
    let record = grader().grade(&expected.path, &built, 0.0)?;
    require(&record, expected).map_err(|trouble| {
        format!(
            "{trouble}\nrerun with `cargo run --release -- grade {}`",
            path.display()
        )
        .into()
    })
}

fn grader() -> Grader {
    Grader {
        workers: 1,
        ..Grader::built_in()
    }
}

fn require(record: &Record, expected: &Expected) -> Result<(), String> {
    let overall = match (&record.build.failure, record.passed()) {
        (Some(_), _) => Overall::NoBuild,
        (None, true) => Overall::Pass,
        (None, false) => Overall::Fail,
    };
    if expected.overall != Overall::Any && overall != expected.overall {
        return Err(format!(
            "{:?} is expected, it is {overall:?}",
            expected.overall
        ));
    }
    // However broken, it is an allocator.
    let answers = record.mistakes.iter().find(|it| it.name == NO_ALLOCATOR);
    if let Some(mistake) = answers {
        return Err(mistake.sentence.clone());
    }
    let errors = record
        .results
        .iter()
        .find(|result| result.status == Status::GraderError);
    if let Some(result) = errors {
        return Err(format!("{}: golden and model do not agree", result.stem));
    }
    let seen: BTreeSet<&str> = record
        .results
        .iter()
        .map(|result| result.status.word())
        .collect();
    let wanted = &expected.statuses;
    if !wanted.is_empty() && !wanted.iter().any(|status| seen.contains(status.as_str())) {
        return Err(format!("one of {wanted:?} is expected, there are {seen:?}"));
    }
    let named = named_clauses(record);
    let wanted = &expected.clauses;
    if !wanted.is_empty() && !wanted.iter().any(|clause| named.contains(clause)) {
        return Err(format!("one of {wanted:?} should be named, {named:?} are"));
    }
    Ok(())
}

/// The clauses that the report names, in failing scenarios and in the mistakes.
fn named_clauses(record: &Record) -> BTreeSet<String> {
    let failing =
        |result: &&ScenarioResult| !matches!(result.status, Status::Pass | Status::NotReached);
    let failures = record
        .results
        .iter()
        .filter(failing)
        .filter_map(|result| result.failure.as_ref());
    let of_scenarios = failures.filter_map(|failure| failure.clause.clone());
    let of_mistakes = record.mistakes.iter().map(|mistake| mistake.clause.clone());
    of_scenarios.chain(of_mistakes).collect()
}

/// A sample that the table forgets.
fn unlisted(folder: &Path, listed: &BTreeSet<String>) -> Option<String> {
    let groups = ["broken", "odd"].map(|group| folder.join(group));
    let samples = groups.iter().flat_map(|group| children(group)).map(|path| {
        path.strip_prefix(folder)
            .map(|path| path.display().to_string())
            .unwrap_or_default()
    });
    samples.into_iter().find(|path| !listed.contains(path))
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
