//! Every sample submission, graded: verdict, mistakes with clause, points and the smallest example are
//! as its golden says. `UPDATE_GOLDENFILES=1 cargo test -p checker --test samples submissions` writes
//! them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use checker::testing::grading::NO_ALLOCATOR;
use checker::testing::record::Record;
use checker::testing::samples;
use checker::testing::types::Status;
use goldenfile::Mint;
use libtest_mimic::{Failed, Trial};

use super::laboratory::{Error, built, folder, grader, rubric};
use super::sample::sample;

/// Samples that are folders of their own; those below `odd/` are found.
const FOLDERS: [&str; 5] = ["conforming", "bare", "helpers", "variations", "samples"];
const GOLDENS: &str = "tests/samples/submissions";

pub(crate) fn trials() -> Vec<Trial> {
    let names = names();
    let goldens = names.iter().map(|name| golden(name)).collect();
    let trials = names.into_iter().map(|name| {
        Trial::test(format!("submissions::{name}"), move || {
            check(&name).map_err(|error| format!("{error}\n{}", rerun(&name)).into())
        })
    });
    let complete = Trial::test("submissions::no_golden_is_orphaned", move || {
        require_none_orphaned(&goldens)
    });
    trials.chain([complete]).collect()
}

fn rerun(name: &str) -> String {
    format!("rerun with `cargo test -p checker --test samples submissions::{name}`")
}

fn names() -> Vec<String> {
    let odd = children(&folder().join("submissions/odd"));
    let odd = odd.iter().filter_map(|path| path.file_name()?.to_str());
    let odd = odd.map(|name| format!("odd/{name}"));
    let table = samples::all().into_iter().map(|sample| sample.name);
    FOLDERS
        .map(str::to_owned)
        .into_iter()
        .chain(odd)
        .chain(table)
        .collect()
}

fn golden(name: &str) -> String {
    format!("{}.txt", name.replace('/', "_"))
}

fn check(name: &str) -> Result<(), Error> {
    let built = built(&sample(name), &[])?;
    let record = grader().examine(name, &built, 0.0)?;
    // However broken, it is an allocator.
    if let Some(mistake) = record.mistakes.iter().find(|it| it.name == NO_ALLOCATOR) {
        return Err(mistake.sentence.clone().into());
    }
    let mut results = record.results.iter();
    if let Some(result) = results.find(|it| it.status == Status::GraderError) {
        return Err(format!("{}: golden and model do not agree", result.stem).into());
    }
    let mut mint = Mint::new(GOLDENS);
    let mut file = mint.new_goldenfile(golden(name))?;
    Ok(file.write_all(told(name, &record)?.as_bytes())?)
}

/// What the record says, but for what differs from machine to machine.
fn told(name: &str, record: &Record) -> Result<String, Error> {
    let mut text = match samples::named(name) {
        Some(sample) => format!("{name}: {}\n\n", sample.does),
        None => format!("{name}\n\n"),
    };
    if let Some(failure) = &record.build.failure {
        let first = failure.lines().next().unwrap_or_default();
        let place = sample(name).display().to_string();
        writeln!(text, "not built: {}", first.replace(&place, name))?;
        return Ok(text);
    }
    let grade = rubric().grade(record)?;
    let mut statuses = BTreeMap::new();
    for result in &record.results {
        *statuses.entry(result.status.word()).or_insert(0) += 1;
    }
    let statuses: Vec<String> = statuses
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    writeln!(
        text,
        "{} of {} points: {}",
        grade.total,
        grade.maximum,
        statuses.join(", ")
    )?;
    if let Some(reading) = &record.reading {
        writeln!(text, "reading: {reading}")?;
    }
    if let Some(damage) = &record.damage {
        writeln!(text, "damage: {} ({})", damage.sentence, damage.place)?;
    }
    for mistake in &record.mistakes {
        let cost = grade.charged(&mistake.name).unwrap_or_default();
        writeln!(
            text,
            "\n-{cost} {} ({}), {} of {}: {}",
            mistake.name, mistake.clause, mistake.shown, mistake.situations, mistake.sentence
        )?;
        if let Some(example) = &mistake.example {
            let failure = &example.failure;
            let call = failure
                .call
                .map(|call| format!(", call {call}: {}", failure.code));
            writeln!(text, "  {}{}", example.stem, call.unwrap_or_default())?;
            writeln!(text, "  {}", failure.sentence)?;
        }
    }
    let mut failures = record
        .results
        .iter()
        .filter_map(|result| Some((&result.stem, result.failure.as_ref()?)));
    if let (true, Some((stem, failure))) = (record.mistakes.is_empty(), failures.next()) {
        writeln!(text, "\n{stem}\n  {}", failure.sentence)?;
    }
    for remark in &record.remarks {
        writeln!(text, "\nremark: {remark}")?;
    }
    Ok(text)
}

fn require_none_orphaned(goldens: &BTreeSet<String>) -> Result<(), Failed> {
    let files = children(Path::new(GOLDENS));
    let files = files.iter().filter_map(|path| path.file_name()?.to_str());
    let orphans: Vec<&str> = files.filter(|file| !goldens.contains(*file)).collect();
    match orphans.as_slice() {
        [] => Ok(()),
        orphans => Err(format!("goldens of no sample: {orphans:?}").into()),
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut children: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    children.sort();
    children
}
