//! The results of a class: killed at any moment and resumed, divided and merged, compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use checker::testing::batch::compare::compare;
use checker::testing::batch::merge::{MergeError, merge};
use checker::testing::batch::similar::groups;
use checker::testing::batch::slice::Slice;
use checker::testing::batch::store::{Entry, Key, Store, StoreError, entries, report_path};
use checker::testing::record::{Mistake, Output, Record, ScenarioResult, Tier};
use checker::testing::report::{Names, View};
use checker::testing::rubric::{Known, Rubric, Ungraded};
use checker::testing::types::Status;
use proptest::prelude::*;
use tempfile::TempDir;

const FOLDER: &str = "OSMEM_STORE_TEST_FOLDER";
const CLASS: usize = 24;

fn id(number: usize) -> String {
    format!("student-{number:02}")
}

fn record(number: usize) -> Record {
    let status = if number.is_multiple_of(3) {
        Status::Fail
    } else {
        Status::Pass
    };
    let result = ScenarioResult {
        purpose: "nothing".to_owned(),
        clauses: vec!["A1".to_owned()],
        output: Output {
            text: format!("line\n\"{number}\"\n").repeat(number),
            truncated: false,
        },
        seconds: 0.1,
        ..ScenarioResult::blank("0101-malloc-zero", Tier::Golden, status)
    };
    Record {
        snapshots: "0123456789abcdef".to_owned(),
        isolation: vec!["seccomp".to_owned()],
        results: vec![result],
        ..Record::blank(&id(number))
    }
}

fn mistake(name: &str) -> Mistake {
    Mistake {
        name: name.to_owned(),
        known: true,
        clause: "C4".to_owned(),
        sentence: "it takes another block".to_owned(),
        shown: 3,
        situations: 3,
        ..Mistake::default()
    }
}

fn rubric() -> Rubric {
    let known = [Known {
        stem: "0101-malloc-zero".to_owned(),
        clauses: Vec::new(),
        tier: Tier::Golden,
        points: None,
    }];
    let text = "maximum = 10\n[[category]]\nname = \"all\"\npoints = 10\n";
    Rubric::parse(text, &known).unwrap()
}

fn key(number: usize) -> Key {
    Key {
        submission: number.to_string(),
        suite: "0.1.0".to_owned(),
        ..Key::default()
    }
}

/// `seconds` stands for what is never the same twice.
fn entry(number: usize, seconds: f64) -> Entry {
    let mut record = record(number);
    record.time.run = seconds;
    record.results[0].seconds = seconds;
    Entry {
        id: id(number),
        key: key(number),
        behaviour: format!("behaviour-{}", number % 4),
        grade: rubric().grade(&record),
        record,
    }
}

/// Grades what is not finished, in an order of its own, as often as `limit` allows.
fn grade(folder: &Path, numbers: impl IntoIterator<Item = usize>, limit: usize) -> usize {
    let mut store = Store::open(folder).unwrap();
    let mut graded = 0;
    for number in numbers {
        if store.finished(&id(number), &key(number)).is_none() && graded < limit {
            store
                .put(entry(number, number as f64 / 7.0), &View::default())
                .unwrap();
            graded += 1;
        }
    }
    if graded < limit {
        store.finish(Names::Shown).unwrap();
    }
    graded
}

/// Every file but the one with times.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let files = files.filter(|entry| entry.file_name() != "timing.csv");
    files
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).unwrap().to_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn undisturbed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(grade(folder.path(), 0..CLASS, usize::MAX), CLASS);
    folder
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (name, content) in &one {
        assert!(other[name] == *content, "{} differs", name.display());
    }
}

#[test]
fn the_order_of_grading_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    grade(folder.path(), (0..CLASS).rev(), usize::MAX);
    assert_same(undisturbed().path(), folder.path());
    let names = files(folder.path());
    assert_eq!(names.len(), 5 + 3 * CLASS);
    assert!(names.contains_key(Path::new("grades.csv")));
}

#[test]
fn nothing_is_graded_twice_unless_something_changed() {
    let folder = undisturbed();
    assert_eq!(grade(folder.path(), 0..CLASS, usize::MAX), 0);
    let store = Store::open(folder.path()).unwrap();
    for change in [
        |key: &mut Key| key.submission.push('x'),
        |key: &mut Key| key.suite.push('x'),
        |key: &mut Key| key.snapshots.push('x'),
        |key: &mut Key| key.options.push('x'),
        |key: &mut Key| key.rubric.push('x'),
    ] {
        let mut other = key(1);
        assert!(store.finished(&id(1), &other).is_some());
        change(&mut other);
        assert!(store.finished(&id(1), &other).is_none());
    }
    fs::remove_file(report_path(folder.path(), &id(1), "txt")).unwrap();
    assert!(store.finished(&id(1), &key(1)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// What a killed process leaves: some lines, a torn one, half-written files.
    #[test]
    fn a_torn_line_is_graded_again(graded in 1..CLASS, torn in 0.0..1.0_f64, rewritten: bool) {
        let folder = tempfile::tempdir().unwrap();
        grade(folder.path(), (0..CLASS).rev(), graded);
        let results = folder.path().join("results.jsonl");
        let bytes = fs::read(&results).unwrap();
        let kept = (bytes.len() as f64 * torn) as usize;
        fs::write(&results, &bytes[..kept]).unwrap();
        fs::write(folder.path().join("reports/.student-01.json.tmp"), "{\"sui").unwrap();
        if rewritten {
            fs::write(folder.path().join(".results.jsonl.tmp"), "{").unwrap();
            fs::write(folder.path().join("grades.csv"), "id,tot").unwrap();
        }
        let timing = folder.path().join("timing.csv");
        let text = fs::read(&timing).unwrap();
        fs::write(&timing, &text[..text.len() / 2]).unwrap();
        grade(folder.path(), 0..CLASS, usize::MAX);
        assert_same(undisturbed().path(), folder.path());
    }
}

#[test]
fn killed_processes_leave_nothing_that_matters() {
    let folder = tempfile::tempdir().unwrap();
    for wait in [20, 45, 70, 30, 55] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::grades_slowly", "--ignored"])
            .env(FOLDER, folder.path())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    grade(folder.path(), 0..CLASS, usize::MAX);
    assert_same(undisturbed().path(), folder.path());
}

/// What the test above kills.
#[test]
#[ignore = "is run by another test"]
fn grades_slowly() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    for number in 0..CLASS {
        grade(Path::new(&folder), 0..CLASS, 1);
        sleep(Duration::from_millis(number as u64 % 3));
    }
}

#[test]
fn of_results_that_differ_from_run_to_run_the_worse_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let graded = |unsteady, status, number| {
        let mut entry = entry(number, 0.0);
        entry.record.unsteady = unsteady;
        entry.record.results[0].status = status;
        entry.grade = rubric().grade(&entry.record);
        entry
    };
    for (unsteady, number) in [(true, 1), (false, 2)] {
        let bad = graded(unsteady, Status::Fail, number);
        store.put(bad.clone(), &View::default()).unwrap();
        let good = graded(false, Status::Pass, number);
        assert!(bad.grade.as_ref().unwrap().total < good.grade.as_ref().unwrap().total);
        let kept = if unsteady { &bad } else { &good };
        assert_eq!(store.worse(good.clone()).unwrap().grade, kept.grade);
        // Something else was handed in.
        let other = Entry {
            key: key(number + 10),
            ..good.clone()
        };
        assert_eq!(store.worse(other).unwrap().grade, good.grade);
    }
}

#[test]
fn one_process_at_a_time_writes() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    let second = Store::open(folder.path()).unwrap_err();
    assert!(matches!(second, StoreError::Busy { .. }), "{second}");
    drop(first);
    Store::open(folder.path()).unwrap();
}

#[test]
fn an_id_cannot_lead_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for bad in ["", "../x", ".", "a/b", "a\nb"] {
        let mut entry = entry(1, 0.0);
        entry.id = bad.to_owned();
        let error = store.put(entry, &View::default()).unwrap_err();
        assert!(matches!(error, StoreError::Id(_)), "{error}");
    }
}

#[test]
fn slices_merged_are_the_whole() {
    let slices: Vec<TempDir> = (1..=3)
        .map(|number| {
            let slice: Slice = format!("{number}/3").parse().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let share = (0..CLASS).filter(|number| slice.contains(&id(*number)));
            grade(folder.path(), share, usize::MAX);
            folder
        })
        .collect();
    let paths: Vec<PathBuf> = slices.iter().map(|one| one.path().to_owned()).collect();
    let out = tempfile::tempdir().unwrap();
    assert_eq!(merge(&paths, out.path(), Names::Shown).unwrap(), CLASS);
    let whole = undisturbed();
    assert_same(whole.path(), out.path());
    let timing = |folder: &Path| fs::read_to_string(folder.join("timing.csv")).unwrap();
    assert_eq!(timing(whole.path()), timing(out.path()));
    assert_eq!(
        merge(&paths[..1], &paths[0], Names::Shown).unwrap(),
        entries(&paths[0]).unwrap().len()
    );
    merge(&paths[..2], out.path(), Names::Shown).unwrap();
    assert!(files(out.path()).len() < files(whole.path()).len());
}

#[test]
fn folders_that_disagree_are_not_merged() {
    let (one, other) = (undisturbed(), tempfile::tempdir().unwrap());
    let mut store = Store::open(other.path()).unwrap();
    let mut changed = entry(2, 0.0);
    changed.key.submission = "changed".to_owned();
    store.put(changed, &View::default()).unwrap();
    store.finish(Names::Shown).unwrap();
    let out = tempfile::tempdir().unwrap();
    let folders = [one.path().to_owned(), other.path().to_owned()];
    let error = merge(&folders, out.path(), Names::Shown).unwrap_err();
    assert!(matches!(error, MergeError::Conflict { .. }), "{error}");
}

#[test]
fn changes_are_explained() {
    let folder = undisturbed();
    let old = entries(folder.path()).unwrap();
    assert_eq!(compare(&old, &old), []);
    let mut old = old;
    old.get_mut(&id(1)).unwrap().record.mistakes = vec![mistake("FirstFit"), mistake("LastFit")];
    let mut new = old.clone();
    let changed = new.get_mut(&id(1)).unwrap();
    changed.key.submission = "another".to_owned();
    changed.record.results[0].status = Status::Crash;
    changed.record.mistakes = vec![mistake("FirstFit"), mistake("NeverSplits")];
    changed.grade = rubric().grade(&changed.record);
    new.get_mut(&id(2)).unwrap().grade = Err(Ungraded::StyleMissing);
    new.remove(&id(3));
    let lines: Vec<String> = compare(&old, &new)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "student-01: 10 of 10 -> 0 of 10 (another submission)\n  no longer: LastFit\n  \
             new: NeverSplits\n  \
             0101-malloc-zero: PASS -> CRASH",
            "student-02: 10 of 10 -> no grade: the points for style were not measured (nothing \
             that it depends on changed: it behaves differently each time)",
            "student-03: 0 of 10 -> none (no longer there)",
        ]
    );
}

#[test]
fn those_that_behave_alike_are_grouped() {
    let mut all: Vec<Entry> = (0..6).map(|number| entry(number, 0.0)).collect();
    all[5].behaviour.clear();
    let groups = groups(&all);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].ids, [id(0), id(4)]);
    assert!(!groups[0].passed);
}
