//! The step output `result` that GitHub Classroom's reporter reads: JSON in base64.
//!
//! The reporter adds up the tests' scores, so what is taken off and what style gives are tests of
//! their own.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::prepare::{Prepared, seconds};
use super::words;
use crate::record::{ScenarioResult, Source};
use crate::rubric::{Grade, Points};
use crate::types::Status;

/// The scores of all scenarios.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(STANDARD.encode(serde_json::to_vec(&result(prepared))?))
}

fn result(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let mut tests = vec![overall(prepared)];
    tests.extend(record.results.iter().map(|one| test(prepared, one)));
    let grade = prepared.grade.as_ref().ok();
    tests.extend(grade.map(beside_scenarios).unwrap_or_default());
    let status = match &prepared.grade {
        Err(_) => "error",
        Ok(_) if prepared.passed => "pass",
        Ok(_) => "fail",
    };
    json!({
        "version": 1,
        "status": status,
        "max_score": grade.map_or(0.0, |grade| grade.maximum.value()),
        "tests": tests,
        "suite": record.suite,
        "snapshots": record.snapshots,
    })
}

fn overall(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let status = match (&prepared.grade, &record.build.failure) {
        (Err(_), _) => "error",
        (_, Some(_)) => "fail",
        _ => "pass",
    };
    let mut message = words::head(prepared);
    message.push(words::everything(prepared));
    json!({
        "name": "build",
        "status": status,
        "score": 0,
        "message": message.join("\n"),
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "duration": seconds(record.time.build),
    })
}

fn test(prepared: &Prepared, result: &ScenarioResult) -> Value {
    let status = match result.status {
        Status::GraderError => "error",
        fine if words::is_fine(fine) => "pass",
        _ => "fail",
    };
    let failure = result.failure.as_ref();
    let source = failure.and_then(|failure| failure.source.as_ref());
    let (file, line) = source.and_then(Source::place).unwrap_or_default();
    let points = prepared.scored(result).map(|scored| scored.points);
    let message = match result.status {
        Status::Pass => String::new(),
        _ => words::explanation(prepared, result),
    };
    json!({
        "name": result.stem,
        "status": status,
        "score": points.unwrap_or_default().value(),
        "message": message,
        "test_code": failure.map_or("", |failure| &failure.code),
        "filename": file,
        "line_no": line,
        "duration": result.seconds,
    })
}

/// What changes the score and is not a scenario.
fn beside_scenarios(grade: &Grade) -> Vec<Value> {
    let test = |name: &str, status: &str, score: f64, message: &str| {
        json!({
            "name": name, "status": status, "score": score, "message": message,
            "test_code": "", "filename": "", "line_no": 0, "duration": 0.0,
        })
    };
    let reached: Points = grade.scenarios.iter().map(|scored| scored.points).sum();
    let taken_off = reached - grade.without_style();
    let mut tests = Vec::new();
    if !grade.deductions.is_empty() {
        let names: Vec<&str> = grade
            .deductions
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        tests.push(test(
            "deductions",
            "fail",
            -taken_off.value(),
            &names.join(", "),
        ));
    }
    if let Some(style) = &grade.style {
        let full = style.points == style.maximum;
        let status = if full { "pass" } else { "fail" };
        let message = words::out_of(style.points, style.maximum);
        tests.push(test("style", status, style.points.value(), &message));
    }
    tests
}
