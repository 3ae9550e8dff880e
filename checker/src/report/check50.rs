//! JSON as check50 writes it. The format has no points.

use std::io;

use serde_json::{Value, json};

use super::prepare::Prepared;
use super::{mistakes, words};
use crate::profile;
use crate::record::{Mistake, ScenarioResult, Tier};
use crate::rubric::Ungraded;
use crate::types::{Clause, Status};

/// Building, each mistake, and each scenario as a check.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(serde_json::to_string(&whole(prepared))?)
}

fn whole(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let mut whole = json!({ "slug": "osmem", "version": record.suite });
    match &prepared.grade {
        Err(error @ (Ungraded::GraderError(_) | Ungraded::Other(_))) => {
            whole["error"] = json!({
                "type": "GraderError",
                "value": error.to_string(),
                "actions": { "show_traceback": false, "message": words::suite(record) },
                "data": data(prepared),
            });
        }
        _ => {
            let mut results = vec![build(prepared)];
            results.extend((1..).zip(&record.mistakes).map(|it| mistake(prepared, it)));
            results.extend(record.results.iter().map(|one| check(prepared, one)));
            whole["results"] = json!(results);
        }
    }
    whole
}

fn data(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    json!({
        "submission": record.submission,
        "suite": record.suite,
        "snapshots": record.snapshots,
        "isolation": record.isolation,
        "counts": words::counted(prepared),
        "notice": prepared.notice,
    })
}

fn build(prepared: &Prepared) -> Value {
    let record = &prepared.record;
    let failure = record.build.failure.as_ref();
    let mut log = words::head(prepared);
    log.push(words::everything(prepared));
    let log = log.join("\n");
    json!({
        "name": "build",
        "description": "the submission can be built",
        "passed": failure.is_none(),
        "log": log.lines().collect::<Vec<_>>(),
        "cause": failure.map(|failure| json!({
            "rationale": "it could not be built",
            "help": failure,
        })),
        "data": data(prepared),
        "dependency": null,
    })
}

/// A mistake as a check that fails.
fn mistake(prepared: &Prepared, (number, mistake): (usize, &Mistake)) -> Value {
    let explanation = mistakes::explanation(mistake);
    let counts = !prepared.record.is_minor(mistake);
    json!({
        "name": format!("mistake-{number}"),
        "description": mistakes::title(prepared, mistake),
        "passed": counts.then_some(false),
        "log": explanation.lines().collect::<Vec<_>>(),
        "cause": {
            "rationale": mistake.example.as_ref().map(|example| &example.failure.sentence),
            "help": Some(&mistake.hint).filter(|hint| !hint.is_empty()),
        },
        "data": { "mistake": mistake.name, "clause": mistake.clause },
        "dependency": "build",
    })
}

fn check(prepared: &Prepared, result: &ScenarioResult) -> Value {
    let passed = match result.status {
        Status::Pass | Status::Carried => Some(true),
        Status::NotReached | Status::GraderError => None,
        // It does not count.
        _ if result.tier == Tier::Robustness => None,
        _ => Some(false),
    };
    let explanation = words::explanation(prepared, result);
    json!({
        "name": result.stem,
        "description": result.purpose,
        "passed": passed,
        "log": explanation.lines().collect::<Vec<_>>(),
        "cause": (passed != Some(true)).then(|| cause(result)),
        "data": { "status": result.status.word(), "clauses": result.clauses },
        "dependency": "build",
    })
}

fn cause(result: &ScenarioResult) -> Value {
    let failure = result.failure.as_ref();
    let clause = failure.and_then(|failure| failure.clause.as_deref());
    let help = clause.and_then(Clause::numbered).map(profile::summary);
    let mut cause = json!({ "rationale": words::headline(result), "help": help });
    if let Some(failure) = failure.filter(|failure| !failure.expected.is_empty()) {
        cause["expected"] = json!(failure.expected);
    }
    if let Some(failure) = failure.filter(|failure| !failure.observed.is_empty()) {
        cause["actual"] = json!(failure.observed);
    }
    cause
}
