//! Says which grades changed from one run to another, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::store::{Entry, Key};
use crate::types::Status;

/// A submission which grades changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: String,
    /// Its grade before, in words; `None` when it was not there.
    pub old: Option<String>,
    /// Its grade now; `None` when it is no longer there.
    pub new: Option<String>,
    /// What is different that the grade depends on.
    pub reasons: Vec<Reason>,
    /// The mistakes that are no longer there.
    pub mended: Vec<String>,
    /// The mistakes that are there now and were not before.
    pub made: Vec<String>,
    /// The scenarios that ended differently.
    pub scenarios: Vec<ScenarioChange>,
}

/// Something that a grade depends on and that is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    Submission,
    Suite,
    Snapshots,
    Options,
    Rubric,
    Added,
    Removed,
    /// None: the submission behaved differently, or the machine did.
    Nothing,
}

impl Reason {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Submission => "another submission",
            Self::Suite => "another version of the suite",
            Self::Snapshots => "other snapshots",
            Self::Options => "other options",
            Self::Rubric => "another rubric",
            Self::Added => "new",
            Self::Removed => "no longer there",
            Self::Nothing => "nothing that it depends on changed: it behaves differently each time",
        }
    }
}

/// A scenario that ended differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioChange {
    pub stem: String,
    /// How it ended before; `None` when it was not run.
    pub old: Option<Status>,
    /// How it ends now.
    pub new: Option<Status>,
}

/// The submissions whose grade is not the same in both, in the order of the ids.
pub fn compare(old: &BTreeMap<String, Entry>, new: &BTreeMap<String, Entry>) -> Vec<Change> {
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changes = ids.into_iter();
    changes
        .filter_map(|id| change(id, old.get(id), new.get(id)))
        .collect()
}

fn change(id: &str, old: Option<&Entry>, new: Option<&Entry>) -> Option<Change> {
    let (old_words, new_words) = (old.map(in_words), new.map(in_words));
    let same = |old: &Entry, new: &Entry| points(old) == points(new);
    if let (Some(old), Some(new)) = (old, new)
        && same(old, new)
    {
        return None;
    }
    Some(Change {
        id: id.to_owned(),
        old: old_words,
        new: new_words,
        reasons: reasons(old, new),
        mended: missing(old, new),
        made: missing(new, old),
        scenarios: scenarios(old, new),
    })
}

/// What makes two grades the same: the total and the maximum, or the lack of a grade.
fn points(entry: &Entry) -> Option<(crate::rubric::Points, crate::rubric::Points)> {
    let grade = entry.grade.as_ref().ok()?;
    Some((grade.total, grade.maximum))
}

fn in_words(entry: &Entry) -> String {
    match &entry.grade {
        Ok(grade) => format!("{} of {}", grade.total, grade.maximum),
        Err(ungraded) => ungraded.to_string(),
    }
}

fn reasons(old: Option<&Entry>, new: Option<&Entry>) -> Vec<Reason> {
    match (old, new) {
        (Some(old), Some(new)) => differences(&old.key, &new.key),
        (None, _) => vec![Reason::Added],
        (_, None) => vec![Reason::Removed],
    }
}

fn differences(old: &Key, new: &Key) -> Vec<Reason> {
    let parts = [
        (Reason::Submission, &old.submission, &new.submission),
        (Reason::Suite, &old.suite, &new.suite),
        (Reason::Snapshots, &old.snapshots, &new.snapshots),
        (Reason::Options, &old.options, &new.options),
        (Reason::Rubric, &old.rubric, &new.rubric),
    ];
    let different = parts.into_iter().filter(|(_, old, new)| old != new);
    let reasons: Vec<Reason> = different.map(|(reason, _, _)| reason).collect();
    if reasons.is_empty() {
        vec![Reason::Nothing]
    } else {
        reasons
    }
}

/// The mistakes of `here` that `there` does not have.
fn missing(here: Option<&Entry>, there: Option<&Entry>) -> Vec<String> {
    let (Some(here), Some(there)) = (here, there) else {
        return Vec::new();
    };
    let names = here.record.mistakes.iter().map(|mistake| &mistake.name);
    let others = &there.record.mistakes;
    names
        .filter(|name| !others.iter().any(|other| other.name == **name))
        .cloned()
        .collect()
}

fn scenarios(old: Option<&Entry>, new: Option<&Entry>) -> Vec<ScenarioChange> {
    let (Some(old), Some(new)) = (old, new) else {
        return Vec::new();
    };
    let (old, new) = (statuses(old), statuses(new));
    let stems: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let changes = stems.into_iter().map(|stem| ScenarioChange {
        stem: stem.to_owned(),
        old: old.get(stem).copied(),
        new: new.get(stem).copied(),
    });
    changes.filter(|change| change.old != change.new).collect()
}

fn statuses(entry: &Entry) -> BTreeMap<&str, Status> {
    let results = entry.record.results.iter();
    results
        .map(|result| (result.stem.as_str(), result.status))
        .collect()
}

/// `alice: 80 of 90 -> 85 of 90 (another submission)`, then a line for the mistakes that are gone, one
/// for those that are new, and one for each scenario.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |grade: &Option<String>| grade.clone().unwrap_or_else(|| "none".to_owned());
        let reasons: Vec<&str> = self.reasons.iter().map(|reason| reason.words()).collect();
        let (old, new) = (or_none(&self.old), or_none(&self.new));
        write!(f, "{}: {old} -> {new} ({})", self.id, reasons.join(", "))?;
        for (said, names) in [("no longer", &self.mended), ("new", &self.made)] {
            if !names.is_empty() {
                write!(f, "\n  {said}: {}", names.join(", "))?;
            }
        }
        for ScenarioChange { stem, old, new } in &self.scenarios {
            let word = |status: &Option<Status>| status.map_or("not run", Status::word);
            write!(f, "\n  {stem}: {} -> {}", word(old), word(new))?;
        }
        Ok(())
    }
}
