//! How long submissions took: `timing.csv`, apart from results because it is never the same twice.

use std::collections::BTreeMap;

use crate::record::{Record, Time};

/// The first line.
pub(super) const HEADER: &str = "id,build,run,judge\n";

/// A line. Ids need no quotes.
pub(super) fn row(id: &str, time: &Time) -> String {
    let Time { build, run, judge } = time;
    format!("{id},{build:.3},{run:.3},{judge:.3}\n")
}

/// The lines of an earlier file by id, the last for each; others are ignored.
pub(super) fn rows(text: &str) -> BTreeMap<String, String> {
    let whole = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n') && line.split(',').count() == 4 && *line != HEADER);
    let keyed = whole.filter_map(|line| {
        let (id, _) = line.split_once(',')?;
        Some((id.to_owned(), line.to_owned()))
    });
    keyed.collect()
}

/// Takes out of a record what is never the same twice.
pub(super) fn remove_times(record: &mut Record) {
    record.time = Time::default();
    for result in &mut record.results {
        result.seconds = 0.0;
    }
}
