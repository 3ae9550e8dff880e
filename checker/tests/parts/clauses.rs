//! Every clause that scenarios can show is named by two of them at least.

use std::collections::BTreeMap;

use ref_tests::SCENARIOS;
use ref_tests::clause::Clause;

#[test]
fn every_clause_is_named_by_two_scenarios() {
    let mut counts: BTreeMap<Clause, usize> =
        Clause::ALL.iter().map(|&clause| (clause, 0)).collect();
    for clause in SCENARIOS.iter().flat_map(|scenario| scenario.clauses) {
        *counts.entry(*clause).or_default() += 1;
    }
    // Links that are wrong cost nothing (B3): any scenario shows them.
    counts.remove(&Clause::B3);
    let thin: Vec<_> = counts.iter().filter(|&(_, &count)| count < 2).collect();
    assert!(
        thin.is_empty(),
        "named by fewer than two scenarios: {thin:?}"
    );
}

#[test]
fn needs_are_numbers_of_earlier_scenarios() {
    for scenario in SCENARIOS {
        for need in scenario.needs {
            let known = SCENARIOS.iter().any(|other| other.number() == *need);
            assert!(
                known && *need < scenario.number(),
                "{}: needs {need}",
                scenario.stem
            );
        }
    }
}
