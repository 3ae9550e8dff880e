//! JUnit XML as GitLab reads it.
//!
//! `classname` is shown as the suite, and of tests of the same name only the first is kept.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::prepare::{Prepared, seconds};
use super::{mistakes, words};
use crate::record::{Mistake, ScenarioResult, Tier};
use crate::types::Status;

/// Building, each mistake and each scenario as a test case.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    report(prepared).to_string().map_err(io::Error::other)
}

fn report(prepared: &Prepared) -> Report {
    let record = &prepared.record;
    let mut suite = TestSuite::new("osmem");
    for (name, value) in properties(prepared) {
        suite.add_property(Property::new(name, value));
    }
    let time = record.time;
    let mut cases = vec![build(prepared)];
    cases.extend(damage(prepared));
    cases.extend(record.mistakes.iter().map(|one| mistake(prepared, one)));
    cases.extend(record.results.iter().map(|one| case(prepared, one)));
    suite.add_test_cases(with_names_of_their_own(cases));
    suite.set_time(duration(time.whole()));
    let mut report = Report::new(format!("osmem: {}", record.submission));
    report.add_test_suite(suite);
    report
}

fn properties(prepared: &Prepared) -> Vec<(&'static str, String)> {
    let record = &prepared.record;
    let mut properties = vec![
        ("suite", record.suite.clone()),
        ("snapshots", record.snapshots.clone()),
        ("isolation", record.isolation.join(", ")),
        ("submission", record.submission.clone()),
    ];
    match &prepared.grade {
        Ok(grade) => {
            let points = words::out_of(grade.total, grade.maximum);
            properties.push(("points", points));
        }
        Err(ungraded) => properties.push(("ungraded", ungraded.to_string())),
    }
    properties.extend(prepared.notice.clone().map(|notice| ("notice", notice)));
    properties
}

fn duration(time: f64) -> Duration {
    Duration::try_from_secs_f64(seconds(time)).unwrap_or_default()
}

/// Whether it could be built, whether there is a grade, and the mistakes: what is not about one
/// scenario.
fn build(prepared: &Prepared) -> TestCase {
    let record = &prepared.record;
    let mut text = words::head(prepared);
    text.push(words::everything(prepared));
    let text = text.join("\n");
    let status = match (&prepared.grade, &record.build.failure) {
        (Err(ungraded), _) => Some((NonSuccessKind::Error, ungraded.to_string())),
        (_, Some(_)) => Some((NonSuccessKind::Failure, "could not be built".to_owned())),
        _ => None,
    };
    let status = status.map_or_else(TestCaseStatus::success, |(kind, message)| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(message).set_description(text.clone());
        status
    });
    let mut case = TestCase::new("build", status);
    case.set_classname("osmem")
        .set_time(duration(record.time.build))
        .set_system_out(text);
    case
}

/// What stands in front of the scenarios that are lost by it.
fn mistake(prepared: &Prepared, mistake: &Mistake) -> TestCase {
    // What only scenarios find that do not count does not count either.
    let mut status = match prepared.record.is_minor(mistake) {
        true => TestCaseStatus::skipped(),
        false => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status
        .set_type(mistake.clause.clone())
        .set_message(mistakes::title(prepared, mistake))
        .set_description(mistakes::explanation(mistake));
    let mut case = TestCase::new(mistakes::claim(mistake), status);
    case.set_classname("osmem.mistakes");
    case
}

/// Damaged memory, where there is some.
fn damage(prepared: &Prepared) -> Option<TestCase> {
    let said = mistakes::damage(prepared)?;
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(said);
    let mut case = TestCase::new("damaged memory", status);
    case.set_classname("osmem.mistakes");
    Some(case)
}

fn case(prepared: &Prepared, result: &ScenarioResult) -> TestCase {
    let chapter = result.stem.get(..2).unwrap_or_default();
    let mut case = TestCase::new(result.stem.clone(), status(prepared, result));
    case.set_classname(format!("osmem.{chapter}"))
        .set_time(duration(result.seconds));
    let said = match result.status {
        Status::Carried => words::explanation(prepared, result),
        _ => words::printed(&result.output),
    };
    if !said.is_empty() {
        case.set_system_out(said);
    }
    case
}

fn status(prepared: &Prepared, result: &ScenarioResult) -> TestCaseStatus {
    let mut status = match result.status {
        Status::Pass | Status::Carried => return TestCaseStatus::success(),
        Status::NotReached => TestCaseStatus::skipped(),
        Status::GraderError => TestCaseStatus::non_success(NonSuccessKind::Error),
        // It does not count.
        _ if result.tier == Tier::Robustness => TestCaseStatus::skipped(),
        _ => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status
        .set_type(result.status.word())
        .set_message(words::headline(result))
        .set_description(words::explanation(prepared, result));
    status
}

/// Numbers what has the name of an earlier one.
fn with_names_of_their_own(mut cases: Vec<TestCase>) -> Vec<TestCase> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for case in &mut cases {
        let mut name = case.name.as_str().to_owned();
        while let Some(count) = seen.get_mut(&name) {
            *count += 1;
            name = format!("{name} ({count})");
        }
        seen.insert(name.clone(), 1);
        case.name = name.into();
    }
    cases
}
