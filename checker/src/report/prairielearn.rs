//! `results.json` of an external grader for PrairieLearn.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::prepare::{Prepared, fit};
use super::{Exporter, Graded, words};
use crate::record::{Record, ScenarioResult};

/// Bytes of a file: at most 1 MB.
const LARGEST: usize = 1_000_000;

/// The score as a fraction, and each scenario as a test.
pub(super) struct PrairieLearn;

impl Exporter for PrairieLearn {
    fn name(&self) -> &'static str {
        "prairielearn"
    }

    fn write(&self, record: &Record, grade: Graded<'_>, out: &mut dyn Write) -> io::Result<()> {
        fit(LARGEST, record, grade, out, |prepared| {
            Ok(serde_json::to_vec(&results(prepared))?)
        })
    }
}

fn results(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let tests: Vec<Value> = record
        .results
        .iter()
        .map(|one| test(prepared, one))
        .collect();
    let mut results = json!({
        "gradable": prepared.grade.is_ok(),
        "message": words::head(prepared).join("\n"),
        "output": words::everything(prepared),
        "tests": tests,
    });
    match &prepared.grade {
        Ok(grade) => results["score"] = json!(grade.fraction()),
        Err(ungraded) => results["format_errors"] = json!([ungraded.to_string()]),
    }
    results
}

fn test(prepared: &Prepared, result: &ScenarioResult) -> Value {
    let mut test = json!({
        "name": result.stem,
        "description": result.purpose,
        "message": format!("{}: {}", result.status.word(), words::headline(result)),
        "output": words::explanation(prepared, result),
    });
    // Points stand on all tests or on none.
    if prepared.grade.is_ok() {
        let scored = prepared.scored(result);
        let points = |value: Option<f64>| json!(value.unwrap_or(0.0));
        test["points"] = points(scored.map(|scored| scored.points.value()));
        test["max_points"] = points(scored.map(|scored| scored.maximum.value()));
    }
    test
}
