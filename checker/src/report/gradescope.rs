//! `results.json` for Gradescope.

use std::io;

use serde_json::{Map, Value, json};

use super::prepare::{Prepared, seconds};
use super::words;
use crate::record::ScenarioResult;
use crate::types::Status;

/// The score, and each scenario as a test.
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
    let time = record.time;
    let mut results = json!({
        "output": output(prepared),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": seconds(time.whole()),
        "tests": tests,
        "extra_data": extra(prepared),
    });
    // Without a score of any kind the system says that grading failed, and keeps no grade.
    if let Ok(grade) = &prepared.grade {
        results["score"] = json!(grade.total.value());
    }
    results
}

fn output(prepared: &Prepared) -> String {
    let mut lines = words::head(prepared);
    lines.extend([String::new(), words::everything(prepared)]);
    lines.join("\n")
}

fn extra(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let count = |(status, count): &(Status, usize)| (status.word().to_owned(), json!(count));
    json!({
        "suite": record.suite,
        "snapshots": record.snapshots,
        "isolation": record.isolation,
        "submission": record.submission,
        "mistakes": record.mistakes.iter().map(|one| &one.name).collect::<Vec<_>>(),
        "counts": prepared.counts.iter().map(count).collect::<Map<_, _>>(),
    })
}

fn test(prepared: &Prepared, result: &ScenarioResult) -> Value {
    let passed = words::is_fine(result.status);
    let mut test = json!({
        "name": result.stem,
        "name_format": "text",
        "number": result.stem.split('-').next(),
        "status": if passed { "passed" } else { "failed" },
        "output": words::explanation(prepared, result),
        "output_format": "text",
        "tags": result.clauses,
        "visibility": "visible",
        "extra_data": { "status": result.status.word() },
    });
    if let Some(scored) = prepared.scored(result) {
        test["score"] = json!(scored.points.value());
        test["max_score"] = json!(scored.maximum.value());
    }
    test
}
