//! `results.json` of an external grader for PrairieLearn.

use std::io;

use serde_json::{Value, json};

use super::prepare::Prepared;
use super::words;
use crate::record::ScenarioResult;

/// The score as a fraction, and each scenario as a test.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(serde_json::to_string(&results(prepared))?)
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
