//! Finds submissions that behave alike in everything that was observed.
//!
//! This shows only where to look: all submissions that follow the assignment exactly behave alike.
//! So groups that passed everything are marked as such.

use std::collections::BTreeMap;

use super::store::Entry;

/// Several submissions of the same behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Names the behaviour.
    pub behaviour: String,
    /// The submissions, in order.
    pub ids: Vec<String>,
    /// Whether they passed everything that counts: then being alike means little.
    pub passed: bool,
}

/// The groups of at least two, those with faults first, then by size.
pub fn groups<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<Group> {
    let mut alike: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if !entry.behaviour.is_empty() {
            alike.entry(&entry.behaviour).or_default().push(entry);
        }
    }
    let several = alike.into_iter().filter(|(_, group)| group.len() > 1);
    let mut groups: Vec<Group> = several
        .map(|(behaviour, group)| of(behaviour, &group))
        .collect();
    groups.sort_by(|one, other| {
        let order = |group: &Group| (group.passed, usize::MAX - group.ids.len());
        order(one)
            .cmp(&order(other))
            .then_with(|| one.ids.cmp(&other.ids))
    });
    groups
}

fn of(behaviour: &str, entries: &[&Entry]) -> Group {
    let mut ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
    ids.sort();
    Group {
        behaviour: behaviour.to_owned(),
        ids,
        passed: entries.iter().all(|entry| entry.record.passed()),
    }
}
