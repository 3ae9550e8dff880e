//! The formats in JSON, against schemas.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checker::testing::record::Record;
use checker::testing::report::GradeResult;
use checker::testing::types::Status;
use serde_json::Value;

use super::records::{each_hostile, exported, grade, record, text, ungraded};

const GRADESCOPE: &str = include_str!("../schemas/gradescope.json");
const PRAIRIELEARN: &str = include_str!("../schemas/prairielearn.json");
const CLASSROOM: &str = include_str!("../schemas/classroom.json");
const CHECK50: &str = include_str!("../schemas/check50.json");
const EVENT: &str = include_str!("../schemas/event.json");

fn conforms(schema: &str, document: &Value) {
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = validator.validate(document) {
        panic!("{error} at {}", error.instance_path());
    }
}

/// No text in a document holds what a database or a terminal stumbles over.
pub(crate) fn has_only_harmless_text(document: &Value) {
    match document {
        Value::String(text) => {
            let acts = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
            assert!(!text.contains(acts), "{text:?}");
            assert!(
                !text.contains(['\u{202e}', '\u{fffe}', '\u{2028}']),
                "{text:?}"
            );
        }
        Value::Array(items) => items.iter().for_each(has_only_harmless_text),
        Value::Object(entries) => {
            for (key, value) in entries {
                assert!(!key.contains(char::is_control));
                has_only_harmless_text(value);
            }
        }
        _ => {}
    }
}

pub(crate) fn gradescope(record: &Record, graded: GradeResult<'_>) {
    let document: Value = serde_json::from_slice(&exported("gradescope", record, graded)).unwrap();
    conforms(GRADESCOPE, &document);
    has_only_harmless_text(&document);
    let score = graded.ok().map(|grade| grade.total.value());
    assert_eq!(document.get("score").and_then(Value::as_f64), score);
    let tests = document["tests"].as_array().unwrap();
    assert_eq!(tests.len(), record.results.len());
    for (test, result) in tests.iter().zip(&record.results) {
        assert_eq!(test["status"] == "passed", is_fine(result.status));
    }
    let scored = tests.iter().any(|test| test.get("score").is_some());
    assert_eq!(scored, graded.is_ok() && !tests.is_empty());
}

fn is_fine(status: Status) -> bool {
    ["PASS", "CARRIED", "NOT-REACHED"].contains(&status.word())
}

pub(crate) fn prairielearn(record: &Record, graded: GradeResult<'_>) {
    let bytes = exported("prairielearn", record, graded);
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    conforms(PRAIRIELEARN, &document);
    has_only_harmless_text(&document);
    assert_eq!(document["gradable"].as_bool(), Some(graded.is_ok()));
}

pub(crate) fn classroom(record: &Record, graded: GradeResult<'_>) {
    let encoded = exported("github-classroom", record, graded);
    let document: Value = serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap();
    conforms(CLASSROOM, &document);
    has_only_harmless_text(&document);
    assert_eq!(document["status"] == "error", graded.is_err());
    let tests = document["tests"].as_array().unwrap();
    for (test, result) in tests[1..].iter().zip(&record.results) {
        assert_eq!(test["status"] == "pass", is_fine(result.status));
    }
    let sum: f64 = tests
        .iter()
        .map(|test| test["score"].as_f64().unwrap())
        .sum();
    let total = graded.map_or(0.0, |grade| grade.total.value());
    assert!((sum - total).abs() < 1e-6, "{sum} is not {total}");
}

pub(crate) fn check50(record: &Record, graded: GradeResult<'_>) {
    let document: Value = serde_json::from_slice(&exported("check50", record, graded)).unwrap();
    conforms(CHECK50, &document);
    has_only_harmless_text(&document);
    assert_eq!(document.get("error").is_some(), graded.is_err());
}

pub(crate) fn jsonl(record: &Record, graded: GradeResult<'_>) {
    let text = text("jsonl", record, graded);
    let lines: Vec<Value> = text
        .split_terminator('\n')
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        conforms(EVENT, line);
        has_only_harmless_text(line);
    }
    let count = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!(count("start"), 1);
    assert_eq!(count("scenario"), record.results.len());
    assert_eq!(count("mistake"), record.mistakes.len());
    assert_eq!(count("grade"), usize::from(graded.is_ok()));
    assert_eq!(count("ungraded"), usize::from(graded.is_err()));
    assert_eq!(lines.last().unwrap()["event"], "end");
}

pub(crate) fn record_itself(record: &Record, graded: GradeResult<'_>) {
    let mut record = record.clone();
    for seconds in record.results.iter_mut().map(|one| &mut one.seconds) {
        *seconds = 0.5;
    }
    record.time.judge = 0.5;
    let bytes = exported("json", &record, graded);
    let read: Record = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(read, record);
}

#[test]
fn gradescope_fits_its_schema() {
    each_hostile(gradescope);
}

#[test]
fn prairielearn_fits_its_schema() {
    each_hostile(prairielearn);
}

#[test]
fn classroom_fits_its_schema() {
    each_hostile(classroom);
}

#[test]
fn check50_fits_its_schema() {
    each_hostile(check50);
}

#[test]
fn each_json_line_fits_its_schema() {
    each_hostile(jsonl);
}

#[test]
fn the_record_can_be_read_again() {
    each_hostile(record_itself);
}

#[test]
fn versions_are_in_every_format() {
    let record = record("text");
    let grade = grade(&record);
    let error = ungraded("text");
    for exporter in checker::testing::report::EXPORTERS {
        for graded in [Ok(&grade), Err(&error)] {
            let mut bytes = exported(exporter.name, &record, graded);
            if exporter.name == "github-classroom" {
                bytes = STANDARD.decode(bytes).unwrap();
            }
            let text = String::from_utf8(bytes).unwrap();
            let name = exporter.name;
            assert!(text.contains("0123456789abcdef"), "{name}");
            assert!(text.contains("0.1.0"), "{name}");
            assert!(graded.is_ok() || text.contains("no grade"), "{name}");
        }
    }
}
