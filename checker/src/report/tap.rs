//! Test Anything Protocol, version 14.
//!
//! Text follows `ok N - ` with its hash signs escaped, in comments, or as quoted strings in
//! YAML, which JSON's strings are; never at the start of a line.

use std::io;

use serde_json::Value;

use super::prepare::Prepared;
use super::{mistakes, words};
use crate::record::{ScenarioResult, Tier};
use crate::rubric::Ungraded;
use crate::types::Status;

/// Building as the first test, then one for each scenario.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    let record = &prepared.record;
    let mut text = format!("TAP version 14\n1..{}\n", record.results.len() + 1);
    for line in comments(prepared) {
        text += &format!("# {}\n", line.replace('\n', " "));
    }
    let failed = record.build.failure.is_some();
    text += &format!("{} 1 - build\n", if failed { "not ok" } else { "ok" });
    text += &block(&[("said", &words::everything(prepared))])?;
    for (index, result) in record.results.iter().enumerate() {
        text += &test(prepared, index + 2, result)?;
    }
    if let Err(error @ (Ungraded::GraderError(_) | Ungraded::Other(_))) = &prepared.grade {
        text += &format!("Bail out! {error}\n");
    }
    Ok(text)
}

fn comments(prepared: &Prepared) -> Vec<String> {
    let record = &prepared.record;
    let mut comments = vec![record.submission.clone()];
    comments.extend(words::head(prepared));
    comments.extend(mistakes::titles(prepared));
    comments.extend(words::parts(prepared));
    comments
}

fn test(prepared: &Prepared, number: usize, result: &ScenarioResult) -> io::Result<String> {
    let (ok, directive) = match (result.status, result.tier) {
        (Status::Pass | Status::Carried, _) => ("ok", ""),
        (Status::NotReached, _) => ("ok", " # SKIP its situation did not occur"),
        (_, Tier::Robustness) => ("not ok", " # TODO the assignment does not ask for this"),
        _ => ("not ok", ""),
    };
    let description = escaped(&format!("{}: {}", result.stem, result.purpose));
    let line = format!("{ok} {number} - {description}{directive}\n");
    if result.status == Status::Pass {
        return Ok(line);
    }
    let explanation = words::explanation(prepared, result);
    let mut entries = vec![("status", result.status.word())];
    if let Some(failure) = &result.failure {
        entries.push(("message", &failure.sentence));
        entries.push(("clause", failure.clause.as_deref().unwrap_or("")));
    }
    entries.push(("explanation", &explanation));
    Ok(line + &block(&entries)?)
}

/// What a description may hold: no directive.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

/// YAML below a test.
fn block(entries: &[(&str, &str)]) -> io::Result<String> {
    let mut text = "  ---\n".to_owned();
    for (key, value) in entries {
        let value = serde_json::to_string(&Value::from(*value))?;
        text += &format!("  {key}: {value}\n");
    }
    Ok(text + "  ...\n")
}
