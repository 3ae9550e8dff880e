//! Runs scenarios, one group after the other, up to the first that fails.

use crate::grading::{Built, Error, Grader};
use crate::record::Record;

/// Scenarios that are run and judged together: one by one, starting would take longer than running.
const GROUP: usize = 24;

/// The record up to the first scenario that fails, with the mistakes of that one only; those that
/// failed last come first.
pub(super) fn failure(
    grader: &mut Grader,
    name: &str,
    built: &Built,
    failed: &[usize],
) -> Result<Record, Error> {
    let (before, others): (Vec<usize>, Vec<usize>) = grader
        .indices
        .iter()
        .partition(|index| failed.contains(index));
    let groups = before.chunks(GROUP).chain(others.chunks(GROUP));
    let mut passed = Vec::new();
    let mut whole = None;
    for group in groups {
        grader.indices = group.to_vec();
        let mut record = grader.examine(name, built, 0.0)?;
        let wrong = record.results.iter().position(|one| one.status.is_wrong());
        if let Some(at) = wrong {
            record.results.truncate(at + 1);
            let blamed = record.results[at].mistakes.clone();
            record.mistakes.retain(|one| blamed.contains(&one.name));
        }
        let done = wrong.is_some() || !record.passed();
        passed.append(&mut record.results);
        whole = Some(record);
        if done {
            break;
        }
    }
    let mut record = match whole {
        Some(record) => record,
        None => grader.examine(name, built, 0.0)?,
    };
    record.results = passed;
    Ok(record)
}
